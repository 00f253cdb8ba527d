package dev.duet.broker.memory;

import dev.duet.broker.Namespaces;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
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

  /// Several logs, and the rule that places a channel.
  public MemorySettings withLogs(List<String> names, ToIntFunction<String> rule) {
    return new MemorySettings(
        namespaces,
        names,
        rule,
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

  public MemorySettings withClocks(InstantSource wallClock, LongSupplier monotonic) {
    return new MemorySettings(
        namespaces,
        logs,
        placement,
        wallClock,
        monotonic,
        random,
        maxBytes,
        maxPendingCount,
        maxPendingBytes,
        maxKeys,
        keyWindow,
        sweep);
  }

  public MemorySettings withRandom(RandomGenerator generator) {
    return new MemorySettings(
        namespaces,
        logs,
        placement,
        wall,
        ticker,
        generator,
        maxBytes,
        maxPendingCount,
        maxPendingBytes,
        maxKeys,
        keyWindow,
        sweep);
  }

  public MemorySettings withMaxBytes(long bytes) {
    return new MemorySettings(
        namespaces,
        logs,
        placement,
        wall,
        ticker,
        random,
        bytes,
        maxPendingCount,
        maxPendingBytes,
        maxKeys,
        keyWindow,
        sweep);
  }

  public MemorySettings withPending(int count, long bytes) {
    return new MemorySettings(
        namespaces,
        logs,
        placement,
        wall,
        ticker,
        random,
        maxBytes,
        count,
        bytes,
        maxKeys,
        keyWindow,
        sweep);
  }

  public MemorySettings withKeys(int most, Duration window) {
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
        most,
        window,
        sweep);
  }

  public MemorySettings withSweep(int most) {
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
        most);
  }
}
