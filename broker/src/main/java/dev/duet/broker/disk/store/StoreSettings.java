package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
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
/// @param bootId what tells this run of the operating system from the one before
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
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /// @throws IllegalArgumentException for the durability `MEMORY`
  public StoreSettings {
    if (durability == Durability.MEMORY) {
      throw new IllegalArgumentException("a log on disk is of durability os or disk");
    }
  }

  /// On the system's clocks and randomness, with the default limits, a window of two minutes and a
  /// million keys.
  public static StoreSettings of(
      Durability durability, Executor background, Consumer<String> operator) {
    var random = new SecureRandom();
    return new StoreSettings(
        durability,
        SegmentLimits.DEFAULT,
        background,
        random,
        InstantSource.system(),
        System::nanoTime,
        () -> bootId(random),
        Duration.ofMinutes(2),
        1_000_000,
        Math.max(4L << 20, Runtime.getRuntime().maxMemory() / 64),
        operator);
  }

  /// These, but on other clocks.
  public StoreSettings withClocks(InstantSource wallClock, LongSupplier monotonic) {
    return with(
        to -> {
          to.wall = wallClock;
          to.ticker = monotonic;
        });
  }

  /// These, but with other randomness.
  public StoreSettings withRandom(RandomGenerator generator) {
    return with(to -> to.random = generator);
  }

  /// These, but with other segments.
  public StoreSettings withLimits(SegmentLimits other) {
    return with(to -> to.limits = other);
  }

  /// These, but remembering idempotency keys otherwise.
  public StoreSettings withKeys(int most, Duration window) {
    return with(
        to -> {
          to.maxKeys = most;
          to.keyWindow = window;
        });
  }

  /// These, but with another source of the boot's id.
  public StoreSettings withBootId(Supplier<String> source) {
    return with(to -> to.bootId = source);
  }

  private StoreSettings with(Consumer<Copy> change) {
    var copy = new Copy(this);
    change.accept(copy);
    return copy.settings();
  }

  /// A copy that can be changed.
  private static final class Copy {
    final StoreSettings from;
    SegmentLimits limits;
    RandomGenerator random;
    InstantSource wall;
    LongSupplier ticker;
    Supplier<String> bootId;
    Duration keyWindow;
    int maxKeys;

    Copy(StoreSettings from) {
      this.from = from;
      limits = from.limits;
      random = from.random;
      wall = from.wall;
      ticker = from.ticker;
      bootId = from.bootId;
      keyWindow = from.keyWindow;
      maxKeys = from.maxKeys;
    }

    StoreSettings settings() {
      return new StoreSettings(
          from.durability,
          limits,
          from.background,
          random,
          wall,
          ticker,
          bootId,
          keyWindow,
          maxKeys,
          from.cacheBytes,
          from.operator);
    }
  }

  /// The kernel's; where it has none, one that is never the same again, so that an `os` log takes a
  /// new id at each start that no clean stop went before.
  private static String bootId(RandomGenerator random) {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      return "unknown-" + Long.toHexString(random.nextLong());
    }
  }
}
