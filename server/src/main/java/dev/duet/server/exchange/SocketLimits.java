package dev.duet.server.exchange;

/// Bounds on what a WebSocket client may send.
///
/// @param maxMessageBytes largest message, over all its fragments; beyond it close code 1009
/// @param maxFragments most fragments of a message; beyond it 1009
public record SocketLimits(int maxMessageBytes, int maxFragments) {
  public static final SocketLimits DEFAULT = new SocketLimits(256 << 10, 1_024);
}
