package dev.duet.broker.memory;

import dev.duet.broker.Namespaces;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;

/// What a [MemoryBroker] is made of.
///
/// @param namespaces what its channels keep
/// @param logs names of its logs
/// @param placement the index in `logs` of the log in which a channel lives; the same for ever
/// @param wall the clock that offsets and times are read from
/// @param ticker monotonic nanoseconds, which measure age
/// @param random the logs' ids come from it
/// @param maxBytes most bytes of heap that each log holds, estimated
/// @param maxPendingCount most appends under way in each log; more are told BUSY
/// @param maxPendingBytes most bytes of them
/// @param maxKeys most idempotency keys that each log remembers, about 200 bytes each
/// @param keyWindow how long it does
/// @param sweep most publications that one [MemoryBroker#tick()] lets go in each log: about a
///     millisecond's work
public record MemorySettings(
    Namespaces namespaces,
    List<String> logs,
    ToIntFunction<String> placement,
    InstantSource wall,
    LongSupplier ticker,
    RandomGenerator random,
    long maxBytes,
    int maxPendingCount,
    long maxPendingBytes,
    int maxKeys,
    Duration keyWindow,
    int sweep) {

  public MemorySettings {
    logs = List.copyOf(logs);
  }

  /// One log, `memory`, on the system's clocks: a quarter of the heap for what is held, 1/64 for
  /// what is under way, at most 1/16 for idempotency keys (a million of them from 3.2 GB on).
  public static MemorySettings of(Namespaces namespaces) {
    long heap = Runtime.getRuntime().maxMemory();
    return new MemorySettings(
        namespaces,
        List.of("memory"),
        channel -> 0,
        InstantSource.system(),
        System::nanoTime,
        new SecureRandom(),
        heap / 4,
        100_000,
        Math.max(16L << 20, heap / 64),
        (int) Math.min(1_000_000, heap / 16 / 200),
        Duration.ofMinutes(2),
        1_000);
  }

  /// These, but with several logs, and the rule that places a channel.
  public MemorySettings withLogs(List<String> names, ToIntFunction<String> rule) {
    return with(
        to -> {
          to.logs = names;
          to.placement = rule;
        });
  }

  /// These, but on other clocks.
  public MemorySettings withClocks(InstantSource wallClock, LongSupplier monotonic) {
    return with(
        to -> {
          to.wall = wallClock;
          to.ticker = monotonic;
        });
  }

  /// These, but with other randomness.
  public MemorySettings withRandom(RandomGenerator generator) {
    return with(to -> to.random = generator);
  }

  /// These, but with another bound on what each log holds, in bytes.
  public MemorySettings withMaxBytes(long bytes) {
    return with(to -> to.maxBytes = bytes);
  }

  /// These, but with other bounds on appends under way.
  public MemorySettings withPending(int count, long bytes) {
    return with(
        to -> {
          to.maxPendingCount = count;
          to.maxPendingBytes = bytes;
        });
  }

  /// These, but remembering idempotency keys otherwise.
  public MemorySettings withKeys(int most, Duration window) {
    return with(
        to -> {
          to.maxKeys = most;
          to.keyWindow = window;
        });
  }

  /// These, but letting so many go in one tick.
  public MemorySettings withSweep(int most) {
    return with(to -> to.sweep = most);
  }

  private MemorySettings with(Consumer<Copy> change) {
    var copy = new Copy(this);
    change.accept(copy);
    return copy.settings();
  }

  /// A copy that can be changed.
  private static final class Copy {
    final Namespaces namespaces;
    List<String> logs;
    ToIntFunction<String> placement;
    InstantSource wall;
    LongSupplier ticker;
    RandomGenerator random;
    long maxBytes;
    int maxPendingCount;
    long maxPendingBytes;
    int maxKeys;
    Duration keyWindow;
    int sweep;

    Copy(MemorySettings from) {
      namespaces = from.namespaces;
      logs = from.logs;
      placement = from.placement;
      wall = from.wall;
      ticker = from.ticker;
      random = from.random;
      maxBytes = from.maxBytes;
      maxPendingCount = from.maxPendingCount;
      maxPendingBytes = from.maxPendingBytes;
      maxKeys = from.maxKeys;
      keyWindow = from.keyWindow;
      sweep = from.sweep;
    }

    MemorySettings settings() {
      return new MemorySettings(
          namespaces,
          logs,
          placement,
          wall,
          ticker,
          random,
          maxBytes,
          maxPendingCount,
          maxPendingBytes,
          maxKeys,
          keyWindow,
          sweep);
    }
  }
}
