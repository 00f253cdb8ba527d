package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.DiskSettings;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// A process of its own with a log of many idle channels, that says how much heap is in use.
final class IdleHeap {
  /// As many channels are read as fill what has a bound: the cache of indexes.
  private static final int READ = 20_000;

  private static final Draft DRAFT = OpenLog.draft(100);

  private IdleHeap() {}

  /// Says `heap BYTES`, after a full collection.
  ///
  /// @param fresh true: publishes `count` to so many channels, reads some back, and lets two
  ///     minutes go by; false: only opens what is there
  static void main(boolean fresh, Path directory, String channels, String count) throws Exception {
    int names = Integer.parseInt(channels);
    int all = Integer.parseInt(count);
    var ahead = new AtomicLong();
    var settings =
        DiskSettings.of(
                directory, new Namespaces(List.of(new Namespace("*", OpenLog.ALL, Durability.OS))))
            .withClocks(InstantSource.system(), () -> System.nanoTime() + ahead.get());
    try (OpenLog log = OpenLog.of(settings)) {
      if (fresh) {
        log.fill(all, 1_000, i -> name(i % names), DRAFT);
        roll(log);
        read(log, names, all, READ);
        awaitIndexes(log, directory);
        // Two minutes later nobody has used any of them, and what is written behind is.
        ahead.set(120_000_000_000L);
        for (int i = 0; i < 30 || unsynced(log) > 0; i++) {
          LogRun.check(i < 1_000, "%d bytes are not synced", unsynced(log));
          log.tick();
          Thread.sleep(100);
        }
      }
      System.out.println("heap " + heap());
      System.out.flush();
      read(log, names, all, 10);
    }
  }

  private static long unsynced(OpenLog log) {
    return Objects.requireNonNull(log.log().storage()).unsyncedBytes();
  }

  private static long segments(OpenLog log) {
    return Objects.requireNonNull(log.log().storage()).segments();
  }

  /// Begins a segment: the index of the one that is written is in memory, whoever its channels are,
  /// and would be a third of what is measured or nothing, as it happens.
  private static void roll(OpenLog log) {
    long before = segments(log);
    for (int i = 0; segments(log) == before; i++) {
      LogRun.check(i < 1_000, "no segment was begun");
      log.fill(500, 500, number -> "roll", DRAFT);
    }
  }

  /// Waits until all but the one that is written have theirs on the disk: until then they are in
  /// memory.
  private static void awaitIndexes(OpenLog log, Path directory) throws Exception {
    long until = System.nanoTime() + 120_000_000_000L;
    while (indexes(directory) < segments(log) - 1) {
      LogRun.check(System.nanoTime() - until < 0, "indexes of full segments are not written");
      Thread.sleep(100);
    }
    // The last one is let go of when it is written.
    Thread.sleep(1_000);
  }

  private static long indexes(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".index")).count();
    }
  }

  private static void read(OpenLog log, int names, int count, int times) {
    var random = new Random(times);
    for (int i = 0; i < times; i++) {
      long read = log.count(name(random.nextInt(names)), DRAFT.data());
      LogRun.check(read == count / names, "%d of %d are held", read, count / names);
    }
  }

  private static String name(long channel) {
    return LogRun.text("channel%07d", channel);
  }

  /// Of some collections in a row at least one leaves no dead objects between others: the least.
  private static long heap() throws InterruptedException {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 8; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
      Thread.sleep(100);
    }
    return least;
  }
}
