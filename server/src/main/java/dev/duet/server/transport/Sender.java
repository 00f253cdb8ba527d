package dev.duet.server.transport;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.transport.TrustedProxies.Fields;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Who sent a request, as far as those who are trusted say: the nearest address from the right that
/// is not a trusted proxy's (RFC 7239 section 5.2; the left part may be the client's invention, and
/// is not looked at).
///
/// @param remote the client's address; port 0 if it was not said. Where a trusted proxy says that
///     it does not know or tell (`unknown`, `_hidden`), the proxy's own
/// @param scheme `http` or `https`, as the client used
/// @param host what the client addressed, if a trusted proxy says so
record Sender(InetSocketAddress remote, String scheme, @Nullable String host) {
  private static final Pattern NODE =
      Pattern.compile(
          "\\[([0-9A-Fa-f:.]+)](?::([0-9]{1,5}|_[\\w.-]+))?|([0-9.]+)(?::([0-9]{1,5}|_[\\w.-]+))?"
              + "|([0-9A-Fa-f:.]+)");
  private static final Pattern HIDDEN =
      Pattern.compile("(?:unknown|_[\\w.-]+)(?::(?:[0-9]{1,5}|_[\\w.-]+))?");

  /// @param peer who is at the other end of the connection
  /// @param believed whether that is known, so that it may be a trusted proxy
  /// @param scheme of the connection
  /// @param fields all header fields of a name in lower case, in order
  /// @throws DuetException 400 if a trusted proxy says what cannot be understood: to pass over it
  ///     would make the proxy's own address, and what is allowed to that, the client's
  static Sender of(
      InetSocketAddress peer,
      boolean believed,
      String scheme,
      TrustedProxies proxies,
      Function<String, List<String>> fields) {
    if (!believed || proxies.fields() == Fields.NONE || !proxies.trust(peer)) {
      return new Sender(peer, scheme, null);
    }
    return proxies.fields() == Fields.FORWARDED
        ? forwarded(peer, scheme, proxies, fields.apply("forwarded"))
        : xForwarded(peer, scheme, proxies, fields);
  }

  private static Sender forwarded(
      InetSocketAddress peer, String scheme, TrustedProxies proxies, List<String> fields) {
    InetSocketAddress remote = peer;
    String said = scheme;
    String host = null;
    List<ForwardedElement> elements = ForwardedElement.parse(fields);
    for (ForwardedElement element : elements.reversed()) {
      said = element.proto() == null ? said : scheme("Forwarded", element.proto());
      host = element.host() == null ? host : host("Forwarded", element.host());
      InetSocketAddress node =
          element.node() == null ? null : node("Forwarded", element.node(), false);
      if (node == null) {
        break;
      }
      remote = node;
      if (!proxies.trust(remote)) {
        break;
      }
    }
    return new Sender(remote, said, host);
  }

  private static Sender xForwarded(
      InetSocketAddress peer,
      String scheme,
      TrustedProxies proxies,
      Function<String, List<String>> fields) {
    InetSocketAddress remote = peer;
    List<String> nodes = elements(fields.apply("x-forwarded-for"));
    int hop = 0;
    for (int i = 0; i < nodes.size(); i++) {
      hop = i;
      InetSocketAddress node = node("X-Forwarded-For", nodes.get(nodes.size() - 1 - i), true);
      if (node == null) {
        break;
      }
      remote = node;
      if (!proxies.trust(remote)) {
        break;
      }
    }
    String proto = fromRight(elements(fields.apply("x-forwarded-proto")), hop);
    String host = fromRight(elements(fields.apply("x-forwarded-host")), hop);
    return new Sender(
        remote,
        proto == null ? scheme : scheme("X-Forwarded-Proto", proto),
        host == null ? null : host("X-Forwarded-Host", host));
  }

  /// What the proxy that is so many hops away said; of proxies that replace the field rather than
  /// append to it, the last that there is.
  private static @Nullable String fromRight(List<String> elements, int hop) {
    return elements.isEmpty() ? null : elements.get(Math.max(0, elements.size() - 1 - hop));
  }

  private static List<String> elements(List<String> fields) {
    var elements = new ArrayList<String>();
    for (String field : fields) {
      for (String element : field.split(",", -1)) {
        if (!element.isBlank()) {
          elements.add(element.strip());
        }
      }
    }
    return elements;
  }

  /// @param bare whether an IPv6 address may stand without brackets
  /// @return null if it is hidden
  private static @Nullable InetSocketAddress node(String field, String text, boolean bare) {
    if (HIDDEN.matcher(text).matches()) {
      return null;
    }
    Matcher form = NODE.matcher(text);
    if (form.matches() && (bare || form.group(5) == null)) {
      String literal = form.group(1) != null ? form.group(1) : form.group(3);
      String port = form.group(2) != null ? form.group(2) : form.group(4);
      InetAddress address = AddressRange.address(literal == null ? form.group(5) : literal);
      int number = port == null || port.startsWith("_") ? 0 : Integer.parseInt(port);
      if (address != null && number <= 65_535) {
        return new InetSocketAddress(address, number);
      }
    }
    throw bad(field, text, "an address");
  }

  /// Some proxies name a WebSocket's scheme.
  private static String scheme(String field, String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "http", "ws" -> "http";
      case "https", "wss" -> "https";
      default -> throw bad(field, text, "http or https");
    };
  }

  private static String host(String field, String text) {
    if (!Http1Head.isAuthority(text)) {
      throw bad(field, text, "a host");
    }
    return text;
  }

  private static DuetException bad(String field, String text, String wanted) {
    String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
    return new DuetException(
        ErrorCode.BAD_REQUEST,
        "a trusted proxy says in %s '%s', which is not %s".formatted(field, shown, wanted));
  }
}
