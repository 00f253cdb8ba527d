package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.DiskSettings;
import dev.duet.protocol.Draft;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/// Heap that is in use after a full collection when many idle channels hold something on disk,
/// against half as many with as many publications. Half is enough to fill what has a bound: the
/// cache of indexes, and the tables of channels in use.
final class MemoryFigure implements LogFigure {
  /// A byte for each of them is less than what varies from pass to pass.
  private static final double NOTHING = 1;

  private static final Draft DRAFT = OpenLog.draft(100);

  /// @param used after all was published and idle, bytes
  /// @param opened after the next start, bytes
  private record Pass(long used, long opened) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    int many = run.sized(1_000_000, 400_000);
    int passes = run.sized(run.passes(), 1);
    var half = new ArrayList<Pass>();
    var all = new ArrayList<Pass>();
    for (int pass = 0; pass < passes; pass++) {
      half.add(pass(run.fresh("memory"), many / 2, many));
      all.add(pass(run.fresh("memory"), many, many));
      LogRun.say("memory, pass %d: %s, %s", pass + 1, half.getLast(), all.getLast());
    }
    return List.of(
        row("without a restart", many, used(half), used(all)),
        row("after a start", many, opened(half), opened(all)));
  }

  private static double used(List<Pass> passes) {
    return LogRun.median(passes, Pass::used);
  }

  private static double opened(List<Pass> passes) {
    return LogRun.median(passes, Pass::opened);
  }

  private static LogRow row(String when, int many, double half, double all) {
    double each = (all - half) * 2 / many;
    return LogRow.atMost(
        LogRun.text(
            "heap for each further idle channel that holds something, from %,d to %,d of them, %s",
            many / 2, many, when),
        LogRun.text(
            "**%.2f bytes** (%.1f MiB, %.1f MiB in all); some were read back",
            each, half / (1 << 20), all / (1 << 20)),
        each,
        NOTHING,
        " byte");
  }

  private static Pass pass(Path directory, int channels, int count) throws Exception {
    long before = heap();
    var ahead = new AtomicLong();
    var settings =
        DiskSettings.of(
                directory, new Namespaces(List.of(new Namespace("*", OpenLog.ALL, Durability.OS))))
            .withClocks(InstantSource.system(), () -> System.nanoTime() + ahead.get());
    long used;
    try (OpenLog log = OpenLog.of(settings)) {
      log.fill(count, 1_000, i -> name(i % channels), DRAFT);
      roll(log);
      // Two minutes later nobody has used any of them, and what is written behind is.
      ahead.set(120_000_000_000L);
      for (int i = 0; i < 30 || unsynced(log) > 0; i++) {
        LogRun.check(i < 1_000, "%d bytes are not synced", unsynced(log));
        log.tick();
        Thread.sleep(100);
      }
      used = heap() - before;
      check(log, channels, count);
    }
    try (OpenLog log = OpenLog.of(directory, Durability.OS, OpenLog.ALL)) {
      long opened = heap() - before;
      check(log, channels, count);
      return new Pass(used, opened);
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

  private static void check(OpenLog log, int channels, int count) {
    for (int i = 0; i < channels; i += channels / 10) {
      long read = log.count(name(i), DRAFT.data());
      LogRun.check(read == count / channels, "%d of %d are held", read, count / channels);
    }
  }

  private static String name(long channel) {
    return LogRun.text("channel%07d", channel);
  }

  /// Of some collections in a row at least one leaves no dead objects between others.
  private static long heap() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(100);
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
