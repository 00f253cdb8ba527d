package dev.duet.app.bench;

import java.util.concurrent.atomic.AtomicLongArray;

/// Counts to how many of its channel's subscribers a message has come, for the newest messages of
/// each channel, so that its last delivery is known. Any thread.
final class LastOnes {
  private static final int MOST_SLOTS = 1 << 20;
  private static final int MOST_PER_CHANNEL = 4_096;
  private static final int COUNT_BITS = 32;

  private final int perChannel;

  /// A message's place in the upper half, its count in the lower one.
  private final AtomicLongArray slots;

  LastOnes(int channels) {
    int fair = Math.clamp(MOST_SLOTS / channels, 2, MOST_PER_CHANNEL);
    this.perChannel = Integer.highestOneBit(fair);
    this.slots = new AtomicLongArray(Math.multiplyExact(perChannel, channels));
  }

  /// Counts one delivery; true if it was the last of `subscribers`.
  boolean isLast(int channel, long sequence, int subscribers) {
    int slot = channel * perChannel + (int) (sequence & (perChannel - 1));
    while (true) {
      long was = slots.get(slot);
      long held = was >>> COUNT_BITS;
      if (held > sequence) {
        return false;
      }
      long next = held == sequence ? was + 1 : sequence << COUNT_BITS | 1;
      if (slots.compareAndSet(slot, was, next)) {
        return (int) next == subscribers;
      }
    }
  }
}
