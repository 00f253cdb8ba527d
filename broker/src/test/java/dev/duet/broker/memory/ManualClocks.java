package dev.duet.broker.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/// A wall clock and a monotonic one that stand still until a test moves them.
public final class ManualClocks {
  private final AtomicLong wallMicros = new AtomicLong(1_700_000_000_000_000L);
  private final AtomicLong nanos = new AtomicLong();

  /// The wall clock.
  public InstantSource wall() {
    return () -> {
      long micros = wallMicros.get();
      return Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000);
    };
  }

  /// Milliseconds since 1970 by the wall clock.
  public long millis() {
    return wallMicros.get() / 1_000;
  }

  /// Monotonic nanoseconds.
  public long nanos() {
    return nanos.get();
  }

  /// Time passes: both clocks see it.
  public void advance(Duration time) {
    wallMicros.addAndGet(time.toNanos() / 1_000);
    nanos.addAndGet(time.toNanos());
  }

  /// Somebody sets the wall clock.
  public void jump(Duration by) {
    wallMicros.addAndGet(by.toNanos() / 1_000);
  }
}
