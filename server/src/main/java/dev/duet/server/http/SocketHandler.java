package dev.duet.server.http;

import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.exchange.SocketReceiver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an embedding application speaks on a WebSocket path of its own.
@FunctionalInterface
public interface SocketHandler {
  /// A client asks for a socket; `Host` and `Origin` are checked. Called on the loop of its
  /// connection; must not block. A [dev.duet.protocol.DuetException] refuses it with its status.
  SocketReceiver receiver(RequestHead head);

  /// The same, with the user that access gave, or null.
  default SocketReceiver receiver(RequestHead head, @Nullable String user) {
    return receiver(head);
  }

  /// Sub-protocols that it speaks, in order of preference.
  default List<String> protocols() {
    return List.of();
  }

  /// Bounds on what the client may send.
  default SocketLimits limits() {
    return SocketLimits.DEFAULT;
  }
}
