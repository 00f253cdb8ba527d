package dev.duet.server.session;

/// Bounds on one `duet.v1` socket.
///
/// @param maxChannels most channels that it follows at once
/// @param maxRequests most requests that are not yet answered; while there are as many, the socket
///     is not read
public record SessionLimits(int maxChannels, int maxRequests) {
  /// 1,000 channels: about half a megabyte of a loop's memory; 64 requests: enough to keep a log
  /// busy over a round trip, and answers to all of them fit beside a socket's water mark.
  public static final SessionLimits DEFAULT = new SessionLimits(1_000, 64);

  /// @throws IllegalArgumentException if a bound is out of range
  public SessionLimits {
    if (maxChannels < 1 || maxChannels > 10_000 || maxRequests < 1 || maxRequests > 10_000) {
      throw new IllegalArgumentException("bounds on a session are from 1 to 10000");
    }
  }

  /// These, but with so many channels.
  public SessionLimits withMaxChannels(int value) {
    return new SessionLimits(value, maxRequests);
  }

  /// These, but with so many requests under way.
  public SessionLimits withMaxRequests(int value) {
    return new SessionLimits(maxChannels, value);
  }
}
