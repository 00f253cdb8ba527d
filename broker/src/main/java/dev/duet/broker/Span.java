package dev.duet.broker;

/// Of one channel, everything after an offset.
///
/// @param channel the channel
/// @param after the reader has everything up to there, or does not want it
/// @param told a gap up to here was told, or is none: the log tells a gap only if the channel's
///     horizon lies beyond it. At least `after`, except that a reader of the whole state of a
///     channel that keeps the latest per key has `after` 0.
public record Span(String channel, long after, long told) {
  /// Everything of a channel after `offset`; a gap that ends there or before is not told.
  public static Span after(String channel, long offset) {
    return new Span(channel, offset, offset);
  }

  /// The same from `offset` on, if that is further.
  public Span advancedTo(long offset) {
    return offset <= after ? this : new Span(channel, offset, Math.max(told, offset));
  }
}
