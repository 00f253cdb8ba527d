package dev.duet.app.bench;

import java.time.Instant;
import java.util.function.LongSupplier;

/// Nanoseconds since 1970 that only go forward: where they began is read once, so that another
/// process of the machine has the same, and what passed since is monotonic.
final class BenchClock implements LongSupplier {
  private final long began;
  private final long ticks;

  BenchClock() {
    Instant now = Instant.now();
    this.ticks = System.nanoTime();
    this.began = now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  @Override
  public long getAsLong() {
    return began + (System.nanoTime() - ticks);
  }
}
