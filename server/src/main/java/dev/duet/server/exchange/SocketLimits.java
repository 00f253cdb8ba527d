package dev.duet.server.exchange;

/// Bounds on what a WebSocket client may send.
///
/// @param maxMessageBytes largest message, over all its fragments; beyond it close code 1009
/// @param maxFragments most fragments of a message; beyond it 1009
/// @param quota where the bytes of messages count as they come. While it has no room the socket is
///     not read; after ten seconds it is closed with 1013
public record SocketLimits(int maxMessageBytes, int maxFragments, BodyQuota quota) {
  /// 256 KiB in at most 1,024 fragments, counted in no quota.
  public static final SocketLimits DEFAULT = new SocketLimits(256 << 10, 1_024);

  /// Counts in no quota.
  public SocketLimits(int maxMessageBytes, int maxFragments) {
    this(maxMessageBytes, maxFragments, BodyQuota.NONE);
  }
}
