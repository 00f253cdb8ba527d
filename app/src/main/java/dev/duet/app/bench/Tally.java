package dev.duet.app.bench;

import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/// What one reading loop counts. Confined to it, but for the counters that other threads may read.
final class Tally {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final int DIGITS = 3;

  /// Due to delivery, of messages that were due in the window, in microseconds.
  final Histogram latency = new Histogram(DIGITS);

  /// Due to the delivery to the last of a channel's subscribers.
  final Histogram last = new Histogram(DIGITS);

  /// From the first attempt to connect to an open stream.
  final Histogram connect = new Histogram(DIGITS);

  /// From the first attempt to connect to the last of the missed publications.
  final Histogram returned = new Histogram(DIGITS);

  long repeated;
  long outOfOrder;
  long misdelivered;

  private long seen;
  private long distinct;
  private long reads;
  private long bytes;
  private final AtomicLong seenShown = new AtomicLong();
  private final AtomicLong distinctShown = new AtomicLong();
  private final AtomicLong readsShown = new AtomicLong();
  private final AtomicLong bytesShown = new AtomicLong();

  static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.max(0, nanos / NANOS_PER_MICRO));
  }

  void seen(boolean forTheFirstTime) {
    seen++;
    if (forTheFirstTime) {
      distinct++;
    }
  }

  /// At the end of each read.
  void read(int length) {
    reads++;
    bytes += length;
    readsShown.lazySet(reads);
    bytesShown.lazySet(bytes);
    seenShown.lazySet(seen);
    distinctShown.lazySet(distinct);
  }

  /// Messages that came, repeats included. Any thread.
  long deliveries() {
    return seenShown.get();
  }

  /// Messages that came for the first time. Any thread.
  long distinct() {
    return distinctShown.get();
  }

  /// Reads from sockets. Any thread.
  long reads() {
    return readsShown.get();
  }

  /// Bytes read, heads and framing included. Any thread.
  long bytes() {
    return bytesShown.get();
  }
}
