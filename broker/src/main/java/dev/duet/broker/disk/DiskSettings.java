package dev.duet.broker.disk;

import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.store.SegmentLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// What a [DiskBroker] is made of.
///
/// @param directory the data directory; made if it is not there
/// @param namespaces what its channels keep; one log for each durability among them
/// @param wall the clock that offsets and times are read from
/// @param ticker monotonic nanoseconds, which measure age
/// @param random the logs' ids, and their secrets, come from it
/// @param bootId tells one run of the operating system from the next
/// @param maxBytes most bytes that the files of each log take
/// @param maxPendingCount most appends under way in each log; more are told BUSY
/// @param maxPendingBytes most bytes of them
/// @param maxKeys most idempotency keys that each log remembers, about 200 bytes each
/// @param keyWindow how long it does
/// @param syncEvery longest time between two syncs of the log `os`
/// @param syncBytes as many bytes that are not synced make it sync at once
/// @param maxUnsyncedBytes at so many, publishers are told BUSY
/// @param segments when a segment is sealed
/// @param maxChannelBytes most bytes of heap for what is known of channels in use, about
/// @param pace is told of bytes that compaction wrote, on its thread, and may wait: publishers go
///     first
public record DiskSettings(
    Path directory,
    Namespaces namespaces,
    InstantSource wall,
    LongSupplier ticker,
    RandomGenerator random,
    Supplier<String> bootId,
    long maxBytes,
    int maxPendingCount,
    long maxPendingBytes,
    int maxKeys,
    Duration keyWindow,
    Duration syncEvery,
    long syncBytes,
    long maxUnsyncedBytes,
    SegmentLimits segments,
    long maxChannelBytes,
    LongConsumer pace) {

  /// Most bytes of each log, unless it is said otherwise: 1 GiB.
  public static final long DEFAULT_MAX_BYTES = 1L << 30;

  /// Least bytes of a log: two segments, one that is written and one that goes.
  public static final long MIN_MAX_BYTES = 64L << 20;

  /// The system's clocks and boot id; 1 GiB for each log; 1/64 of the heap for what is under way,
  /// at most 1/16 for idempotency keys.
  public static DiskSettings of(Path directory, Namespaces namespaces) {
    long heap = Runtime.getRuntime().maxMemory();
    return new DiskSettings(
        directory,
        namespaces,
        InstantSource.system(),
        System::nanoTime,
        new SecureRandom(),
        DiskSettings::bootOfLinux,
        DEFAULT_MAX_BYTES,
        100_000,
        Math.max(16L << 20, heap / 64),
        (int) Math.min(1_000_000, heap / 16 / 200),
        Duration.ofMinutes(2),
        Duration.ofSeconds(1),
        16L << 20,
        64L << 20,
        SegmentLimits.DEFAULT,
        Math.max(8L << 20, heap / 16),
        DiskSettings::rest);
  }

  /// 4 MiB a second: who publishes waits behind pieces that are synced, behind old files that go,
  /// and behind the collection of what rewriting leaves in memory, so all that is to be seldom.
  private static void rest(long bytes) {
    LockSupport.parkNanos(bytes * 240_000_000L >> 20);
  }

  /// Where the system does not tell, no two runs are the same, so that each start is like one after
  /// a power loss unless the stop before it was clean.
  private static String bootOfLinux() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /// These, but on other clocks.
  public DiskSettings withClocks(InstantSource wallClock, LongSupplier monotonic) {
    return with(
        to -> {
          to.wall = wallClock;
          to.ticker = monotonic;
        });
  }

  /// These, but with other randomness.
  public DiskSettings withRandom(RandomGenerator generator) {
    return with(to -> to.random = generator);
  }

  /// These, but with something else that tells one boot from the next. An empty text: not known, so
  /// each start is like one after a power loss, unless the stop before it was clean.
  public DiskSettings withBootId(Supplier<String> value) {
    return with(to -> to.bootId = value);
  }

  /// These, but with another bound on the files of each log, in bytes.
  public DiskSettings withMaxBytes(long bytes) {
    return with(to -> to.maxBytes = bytes);
  }

  /// These, but with other bounds on appends under way.
  public DiskSettings withPending(int count, long bytes) {
    return with(
        to -> {
          to.maxPendingCount = count;
          to.maxPendingBytes = bytes;
        });
  }

  /// These, but remembering idempotency keys otherwise.
  public DiskSettings withKeys(int most, Duration window) {
    return with(
        to -> {
          to.maxKeys = most;
          to.keyWindow = window;
        });
  }

  /// These, but with other segments.
  public DiskSettings withSegments(SegmentLimits limits) {
    return with(to -> to.segments = limits);
  }

  /// These, but with another bound on what is known of channels in use, bytes.
  public DiskSettings withMaxChannelBytes(long bytes) {
    return with(to -> to.maxChannelBytes = bytes);
  }

  /// These, but with another pace of compaction.
  public DiskSettings withPace(LongConsumer value) {
    return with(to -> to.pace = value);
  }

  private DiskSettings with(Consumer<Copy> change) {
    var copy = new Copy(this);
    change.accept(copy);
    return copy.settings();
  }

  /// A copy that can be changed.
  private static final class Copy {
    final DiskSettings from;
    InstantSource wall;
    LongSupplier ticker;
    RandomGenerator random;
    Supplier<String> bootId;
    long maxBytes;
    int maxPendingCount;
    long maxPendingBytes;
    int maxKeys;
    Duration keyWindow;
    SegmentLimits segments;
    long maxChannelBytes;
    LongConsumer pace;

    Copy(DiskSettings from) {
      this.from = from;
      wall = from.wall;
      ticker = from.ticker;
      random = from.random;
      bootId = from.bootId;
      maxBytes = from.maxBytes;
      maxPendingCount = from.maxPendingCount;
      maxPendingBytes = from.maxPendingBytes;
      maxKeys = from.maxKeys;
      keyWindow = from.keyWindow;
      segments = from.segments;
      maxChannelBytes = from.maxChannelBytes;
      pace = from.pace;
    }

    DiskSettings settings() {
      return new DiskSettings(
          from.directory,
          from.namespaces,
          wall,
          ticker,
          random,
          bootId,
          maxBytes,
          maxPendingCount,
          maxPendingBytes,
          maxKeys,
          keyWindow,
          from.syncEvery,
          from.syncBytes,
          from.maxUnsyncedBytes,
          segments,
          maxChannelBytes,
          pace);
    }
  }
}
