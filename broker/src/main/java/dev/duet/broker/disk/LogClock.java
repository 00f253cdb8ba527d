package dev.duet.broker.disk;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// The two clocks of a log. The wall clock gives offsets and times; the log's own clock, which only
/// the monotonic one moves and which continues over restarts, gives ages: so a jump of the wall
/// clock expires nothing. Guarded by the log's lock, but for [#age()].
final class LogClock {
  /// A smaller step back of the wall clock is slewing: times of publications do not follow it.
  private static final long SLEW_MILLIS = 100;

  private final InstantSource wall;
  private final LongSupplier ticker;
  private final long origin;
  private final long tickerOrigin;
  private long time;

  /// @param age where the log's own clock goes on, milliseconds
  LogClock(InstantSource wall, LongSupplier ticker, long age) {
    this.wall = wall;
    this.ticker = ticker;
    this.origin = age;
    this.tickerOrigin = ticker.getAsLong();
  }

  /// Microseconds since 1970 by the wall clock.
  long micros() {
    Instant now = wall.instant();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  /// Milliseconds of the log's own clock; any thread.
  long age() {
    return origin + (ticker.getAsLong() - tickerOrigin) / 1_000_000;
  }

  /// Nanoseconds of the monotonic clock.
  long tick() {
    return ticker.getAsLong();
  }

  /// The offset of the next record after `last`; [#time()] is its time.
  long stamp(long last) {
    long micros = micros();
    long millis = micros / 1_000;
    time = millis < time && time - millis <= SLEW_MILLIS ? time : millis;
    return Math.max(last + 1, micros);
  }

  /// The time of the publication stamped last, milliseconds since 1970.
  long time() {
    return time;
  }
}
