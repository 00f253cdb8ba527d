package dev.duet.server.access;

import dev.duet.server.exchange.RequestHead;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who asks, as far as the head of the request says. Of what is done over a socket it is the
/// request that opened the socket. Immutable; any thread.
public final class Caller {
  private final RequestHead head;

  /// @param head of the request, or of the one that opened the socket
  public Caller(RequestHead head) {
    this.head = head;
  }

  RequestHead head() {
    return head;
  }

  /// The first header field of that name (any case), or null. Each character is one byte that came
  /// (Latin-1).
  public @Nullable String header(String name) {
    return head.header(name);
  }

  /// All header fields of that name (any case), in order.
  public List<String> headers(String name) {
    return head.headers(name);
  }

  /// What follows `Bearer ` in the field `Authorization` (RFC 6750 section 2.1), or null.
  public @Nullable String bearer() {
    String value = head.header("authorization");
    boolean bearer = value != null && value.regionMatches(true, 0, "Bearer ", 0, 7);
    return bearer && value != null ? value.substring(7).strip() : null;
  }

  /// The first cookie of that name (RFC 6265 section 4.2.1) without quotes around it, or null.
  public @Nullable String cookie(String name) {
    for (String field : head.headers("cookie")) {
      for (String pair : field.split(";", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
          String value = pair.substring(equals + 1).strip();
          boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
          return quoted ? value.substring(1, value.length() - 1) : value;
        }
      }
    }
    return null;
  }

  /// The first parameter of that name in the query, decoded, or null; null as well if it cannot be
  /// decoded.
  public @Nullable String query(String name) {
    for (String part : head.rawQuery().split("&", -1)) {
      int equals = part.indexOf('=');
      String key = decoded(equals < 0 ? part : part.substring(0, equals));
      if (name.equals(key)) {
        return equals < 0 ? "" : decoded(part.substring(equals + 1));
      }
    }
    return null;
  }

  private static @Nullable String decoded(String raw) {
    try {
      return URLDecoder.decode(raw, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// The path as it came, percent-encoded.
  public String rawPath() {
    return head.rawPath();
  }

  /// `http` or `https`.
  public String scheme() {
    return head.scheme();
  }

  /// Address and port of the client, or of the proxy before it.
  public InetSocketAddress remote() {
    return head.remote();
  }
}
