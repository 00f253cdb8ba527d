package dev.duet.server.exchange;

import java.util.concurrent.Executor;

/// One open WebSocket (RFC 6455). Its [Outlet] takes server frames that are already in wire form,
/// as [SocketFrames] makes them, so that one frame serves all sockets. Pings are answered and the
/// closing handshake is done below. Confined to the connection's loop.
public interface Socket {
  /// The event loop that it is confined to: where to go from another thread.
  Executor loop();

  /// Where the server's frames go. Its `end()` closes with 1000; `listen` is optional here, for
  /// [SocketReceiver#closed] tells the end as well.
  Outlet outlet();

  /// Starts the closing handshake: nothing is sent after the close frame, and the connection is cut
  /// if the client does not answer in time.
  ///
  /// @param code one that may be sent (RFC 6455 section 7.4)
  /// @param reason cut to 123 bytes of UTF-8 at the border of a character
  void close(int code, String reason);

  /// Stops or resumes reading from the client: back pressure for what it sends. Pings are not
  /// answered while it is paused.
  void pauseReading(boolean paused);
}
