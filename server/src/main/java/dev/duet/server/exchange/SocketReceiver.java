package dev.duet.server.exchange;

/// The server's side of one WebSocket. Called on the loop of the connection, one call at a time.
///
/// A message that is handed over still counts in [SocketLimits#quota()]: its length is the
/// receiver's to release.
public interface SocketReceiver {
  /// The handshake has been answered: the first call, not from within [Exchange#accept]. A client
  /// who has gone by then is never heard of.
  ///
  /// @param protocol the sub-protocol agreed on, or ""
  void opened(Socket socket, String protocol);

  /// A whole text message: valid UTF-8, owned by the receiver.
  void text(byte[] message);

  /// A whole binary message, owned by the receiver.
  void binary(byte[] message);

  /// A pong to a ping of ours, or an unasked one.
  default void pong() {}

  /// The last call: the client's close code (1005 if its close frame had none, 1006 if there was
  /// none) and reason, or what the server closed with.
  void closed(int code, String reason);
}
