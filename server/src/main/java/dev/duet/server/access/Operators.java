package dev.duet.server.access;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.RequestHead;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Knows an operator: by where the request comes from, or by a key. Any thread.
public final class Operators {
  /// Fields by which proxies name themselves or their clients. A request that has one was sent by a
  /// proxy, so that its address says nothing about who asked for it.
  private static final List<String> OF_PROXIES =
      List.of(
          "forwarded",
          "via",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-proto",
          "x-real-ip");

  private final boolean local;
  private final byte @Nullable [] key;

  /// Those whom the settings name.
  public Operators(OperatorSettings settings) {
    this.local = settings.local();
    String text = settings.key();
    this.key = text == null ? null : text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Whether the channel is for operators only.
  public static boolean isTheirs(String channel) {
    return channel.startsWith("~");
  }

  /// @throws DuetException `FORBIDDEN` or `UNAUTHORIZED` if the request is no operator's
  public void check(RequestHead head) {
    DuetException refusal = refusal(head);
    if (refusal != null) {
      throw refusal;
    }
  }

  /// What the request is refused with; null if it is an operator's.
  @Nullable DuetException refusal(RequestHead head) {
    if ((local && isLocal(head)) || hasKey(head)) {
      return null;
    }
    return key == null
        ? new DuetException(
            ErrorCode.FORBIDDEN,
            "only requests from the server's own machine may see this; a key lets others in, see"
                + " operators.key in its configuration")
        : new DuetException(
            ErrorCode.UNAUTHORIZED,
            "this is for the server's operators: Authorization: Bearer <operators.key>");
  }

  private boolean hasKey(RequestHead head) {
    String shown = new Caller(head).bearer();
    return key != null
        && shown != null
        && MessageDigest.isEqual(key, shown.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// Whether it comes from this machine, from nobody's proxy, and from no foreign web page.
  private static boolean isLocal(RequestHead head) {
    return head.remote().getAddress() != null
        && head.remote().getAddress().isLoopbackAddress()
        && head.direct()
        && OF_PROXIES.stream().allMatch(field -> head.header(field) == null)
        && isOfNoForeignPage(head);
  }

  private static boolean isOfNoForeignPage(RequestHead head) {
    String origin = head.header("origin");
    String host = head.header("host");
    return origin == null
        || (host != null
            && origin.toLowerCase(Locale.ROOT).endsWith("://" + host.toLowerCase(Locale.ROOT)));
  }
}
