package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// What a [Store] is made of.
///
/// @param durability `OS` or `DISK`
/// @param limits when a segment is full
/// @param background runs what nobody waits for: sealing, the next segment; one task at a time of
///     each store
/// @param random ids, salts and keys of hashes come from it
/// @param wall the wall clock
/// @param ticker monotonic nanoseconds
/// @param bootId what tells this run of the operating system from the one before; an empty text:
///     not known
/// @param keyWindow how long idempotency keys are remembered
/// @param maxKeys how many are, at a start
/// @param cacheBytes most bytes of blocks of indexes that are kept in memory
/// @param operator is told, in words, what was cut, lost, mended
public record StoreSettings(
    Durability durability,
    SegmentLimits limits,
    Executor background,
    RandomGenerator random,
    InstantSource wall,
    LongSupplier ticker,
    Supplier<String> bootId,
    Duration keyWindow,
    int maxKeys,
    long cacheBytes,
    Consumer<String> operator) {
  /// @throws IllegalArgumentException for the durability `MEMORY`
  public StoreSettings {
    if (durability == Durability.MEMORY) {
      throw new IllegalArgumentException("a log on disk is of durability os or disk");
    }
  }
}
