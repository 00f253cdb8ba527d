package dev.duet.server.http;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.RequestHead;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The one place where it is decided whether a request may be looked at: under which name it came
/// (against DNS rebinding) and, if a browser sent it, from a page of which origin. Every request
/// passes, whatever it asks for.
///
/// What a trusted proxy says that the client addressed takes the place of `Host` when a page's
/// origin is compared. Both must be allowed: a proxy that passes on a client's `X-Forwarded-Host`
/// does not let a page in that came under a foreign `Host`.
final class Gate {
  private final Set<String> hosts;
  private final boolean anyHost;
  private final Set<String> origins;
  private final boolean anyOrigin;

  /// @param listeningOn the address that the server was told to listen on: a name for it as well
  Gate(AllowedPlaces allowed, String listeningOn) {
    hosts = new HashSet<>();
    allowed.hosts().forEach(host -> hosts.add(bare(host)));
    if (!listeningOn.equals("0.0.0.0") && !listeningOn.equals("::")) {
      hosts.add(bare(listeningOn));
    }
    anyHost = allowed.hosts().contains("*");
    origins = new HashSet<>();
    allowed.origins().forEach(origin -> origins.add(origin.toLowerCase(Locale.ROOT)));
    anyOrigin = allowed.origins().contains("*");
  }

  /// What CORS says of a request that passed.
  ///
  /// @param origin the origin to name in the answer, or null if it is no request across origins
  /// @param any whether every origin is allowed, so that credentials are not
  record Passed(@Nullable String origin, boolean any) {}

  /// Of a request that did not pass, or came from no other origin.
  static final Passed NOBODY = new Passed(null, false);

  /// @param anyName whether it may come under any name
  /// @throws DuetException [ErrorCode#FORBIDDEN_HOST] or [ErrorCode#FORBIDDEN_ORIGIN]
  Passed check(RequestHead head, boolean anyName) {
    String authority = head.header("host");
    if (authority != null && !anyName) {
      checkHost(authority);
    }
    if (head.forwardedHost() != null) {
      authority = head.forwardedHost();
      if (!anyName) {
        checkHost(authority);
      }
    }
    List<String> named = head.headers("origin");
    if (named.isEmpty()) {
      return NOBODY;
    }
    String origin = named.getFirst().toLowerCase(Locale.ROOT);
    if (named.size() == 1) {
      if (authority != null && isOwn(origin, authority.toLowerCase(Locale.ROOT))) {
        return NOBODY;
      }
      if (origins.contains(origin)) {
        return new Passed(named.getFirst(), false);
      }
      if (anyOrigin) {
        return new Passed("*", true);
      }
    }
    throw new DuetException(
        ErrorCode.FORBIDDEN_ORIGIN,
        "pages of origin '"
            + Shown.of(named.getFirst())
            + "' may not use this server; server.allowed-origins in its configuration names those"
            + " that may");
  }

  private void checkHost(String authority) {
    String host = hostOf(authority.toLowerCase(Locale.ROOT));
    if (!anyHost && !isLoopback(host) && !hosts.contains(host)) {
      throw new DuetException(
          ErrorCode.FORBIDDEN_HOST,
          "this server is not known as '"
              + Shown.of(host)
              + "'; allowed are localhost, loopback addresses and those of server.allowed-hosts in"
              + " its configuration");
    }
  }

  /// A page's scheme may differ from ours where a proxy ends TLS.
  private static boolean isOwn(String origin, String authority) {
    int scheme = origin.indexOf("://");
    if (scheme < 0) {
      return false;
    }
    String port = origin.startsWith("https:") ? ":443" : ":80";
    String of = origin.substring(scheme + 3);
    return without(of, port).equals(without(authority, port));
  }

  private static String without(String authority, String port) {
    return authority.endsWith(port)
        ? authority.substring(0, authority.length() - port.length())
        : authority;
  }

  private static String bare(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.indexOf(':') >= 0 && !lower.startsWith("[") ? "[" + lower + "]" : lower;
  }

  private static String hostOf(String authority) {
    int bracket = authority.lastIndexOf(']');
    int colon = authority.lastIndexOf(':');
    return colon > bracket ? authority.substring(0, colon) : authority;
  }

  static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || host.equals("[::1]")
        || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
  }
}
