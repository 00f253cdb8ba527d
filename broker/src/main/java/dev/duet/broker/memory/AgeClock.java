package dev.duet.broker.memory;

import dev.duet.protocol.Publication;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// Stamps publications with the wall clock and measures their age with the monotonic one, so that a
/// jump of the wall clock expires nothing. Guarded by the log's lock.
///
/// The two clocks differ by a number that changes only when the wall clock is set or slewed. The
/// offsets from which a new difference holds cut the log into *runs*; within a run `time` never
/// decreases. The age of a publication is the monotonic time now, less its `time` moved by the
/// difference of its run. So nothing is kept per publication but its `time`.
final class AgeClock {
  /// A smaller difference is slewing and the noise of two readings.
  private static final long TOLERANCE_MILLIS = 100;

  /// Most runs remembered, 16 bytes each. A clock slewed without pause at 500 ppm begins one in 200
  /// s: 57 hours. Older ones are joined, by the difference under which their publications are
  /// younger.
  private static final int MAX_RUNS = 1_024;

  private final InstantSource wall;
  private final LongSupplier ticker;
  private final long tickerOrigin;
  private final long ageOrigin;
  private long[] from = new long[4];
  private long[] difference = new long[4];
  private int runs = 1;
  private long time;

  AgeClock(InstantSource wall, LongSupplier ticker) {
    this.wall = wall;
    this.ticker = ticker;
    this.tickerOrigin = ticker.getAsLong();
    this.ageOrigin = wall.millis();
  }

  /// Microseconds since 1970 by the wall clock.
  long micros() {
    Instant now = wall.instant();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  /// Milliseconds of a clock that was set once, when this was made.
  long now() {
    return ageOrigin + (ticker.getAsLong() - tickerOrigin) / 1_000_000;
  }

  /// The offset of the next publication after `last`; [#time()] is its time.
  long stamp(long last) {
    long micros = micros();
    long offset = Math.max(last + 1, micros);
    long millis = micros / 1_000;
    long apart = now() - millis;
    if (Math.abs(apart - difference[runs - 1]) > TOLERANCE_MILLIS) {
      begin(offset, apart);
      time = millis;
    } else {
      time = Math.max(time, millis);
    }
    return offset;
  }

  /// The time of the publication stamped last, in milliseconds since 1970.
  long time() {
    return time;
  }

  /// Milliseconds since the publication was appended, as seen at `now`.
  long age(Publication publication, long now) {
    return now - publication.time() - difference[runOf(publication.offset())];
  }

  /// How many runs there are.
  int runs() {
    return runs;
  }

  /// The offset at which a run begins.
  long runFrom(int run) {
    return from[run];
  }

  private int runOf(long offset) {
    int low = 0;
    int high = runs - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (from[middle] <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private void begin(long offset, long apart) {
    if (runs == MAX_RUNS) {
      difference[1] = Math.max(difference[0], difference[1]);
      long oldest = from[0];
      runs--;
      System.arraycopy(from, 1, from, 0, runs);
      System.arraycopy(difference, 1, difference, 0, runs);
      from[0] = oldest;
    }
    if (runs == from.length) {
      from = java.util.Arrays.copyOf(from, runs * 2);
      difference = java.util.Arrays.copyOf(difference, runs * 2);
    }
    from[runs] = offset;
    difference[runs] = apart;
    runs++;
  }
}
