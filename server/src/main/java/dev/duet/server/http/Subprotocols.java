package dev.duet.server.http;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.session.Sessions;
import java.util.List;
import java.util.regex.Pattern;

/// The sub-protocols that a handshake names (RFC 6455 section 1.9). A browser that named some drops
/// a socket that was accepted without one, so that is never done here.
final class Subprotocols {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

  private Subprotocols() {}

  /// Those of a socket on channels: what goes over it is the application's, so the first that it
  /// names is agreed to.
  ///
  /// @throws DuetException [ErrorCode#BAD_REQUEST] for one that would be the server's to speak
  static List<String> ofChannels(RequestHead head) {
    List<String> named = named(head);
    for (String name : named) {
      if (name.startsWith("duet.")) {
        throw new DuetException(
            ErrorCode.BAD_REQUEST,
            "'"
                + Shown.of(name)
                + "' is not spoken here, where a socket carries payloads as they are: "
                + Sessions.PROTOCOL
                + " is spoken at /ws");
      }
    }
    return named.isEmpty() ? List.of() : List.of(named.getFirst());
  }

  /// Those of a socket that speaks `duet.v1`, and does as well if none was named.
  ///
  /// @throws DuetException [ErrorCode#BAD_REQUEST] if only others were named
  static List<String> ofSession(RequestHead head) {
    List<String> named = named(head);
    if (!named.isEmpty() && !named.contains(Sessions.PROTOCOL)) {
      throw new DuetException(
          ErrorCode.BAD_REQUEST,
          "the sub-protocol here is "
              + Sessions.PROTOCOL
              + ", also if none is named, and not '"
              + Shown.of(String.join(", ", named))
              + "'");
    }
    return List.of(Sessions.PROTOCOL);
  }

  private static List<String> named(RequestHead head) {
    List<String> named =
        head.headers("sec-websocket-protocol").stream()
            .flatMap(field -> List.of(field.split(",", -1)).stream())
            .map(String::strip)
            .toList();
    for (String name : named) {
      if (!TOKEN.matcher(name).matches()) {
        throw new DuetException(
            ErrorCode.BAD_REQUEST,
            "Sec-WebSocket-Protocol is a list of names; '" + Shown.of(name) + "' is none");
      }
    }
    return named;
  }
}
