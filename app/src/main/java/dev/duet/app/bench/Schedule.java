package dev.duet.app.bench;

/// When which message is due, fixed before the first is sent: who publishes late does not move it,
/// so that waiting counts (no coordinated omission).
///
/// @param start when the first is due, in nanoseconds of the bench's clock
/// @param rate messages a second
/// @param burst messages that are due at once
/// @param channels channels, which take turns
/// @param count messages in all
record Schedule(long start, double rate, int burst, int channels, long count) {
  private static final double NANOS = 1e9;

  long due(long message) {
    return start + (long) (message / burst * burst * (NANOS / rate));
  }

  int channel(long message) {
    return (int) (message % channels);
  }

  /// The place of a message in its channel, from 1.
  long sequence(long message) {
    return message / channels + 1;
  }

  /// The message at that place of that channel.
  long message(int channel, long sequence) {
    return (sequence - 1) * channels + channel;
  }

  /// The last place of a channel after the first `sent` messages; 0 if there is none.
  long lastSequence(int channel, long sent) {
    return sent <= channel ? 0 : (sent - 1 - channel) / channels + 1;
  }
}
