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
import java.util.concurrent.atomic.AtomicLong;

/// Heap that is in use after a full collection when many idle channels hold something on disk,
/// against few with as many publications.
final class MemoryFigure implements LogFigure {
  private static final int FEW = 1_000;

  /// What does not depend on the channels varies by so much.
  private static final double NOTHING = 1;

  private static final Draft DRAFT = OpenLog.draft(100);

  /// @param used after all was published and idle, bytes
  /// @param opened after the next start, bytes
  private record Pass(long used, long opened) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    int many = run.sized(1_000_000, 200_000);
    var few = new ArrayList<Pass>();
    var lots = new ArrayList<Pass>();
    for (int pass = 0; pass <= run.passes(); pass++) {
      Pass small = pass(run.fresh("memory"), FEW, many);
      Pass large = pass(run.fresh("memory"), many, many);
      LogRun.say("memory, pass %d: %s of few, %s of many channels", pass, small, large);
      if (pass > 0) {
        few.add(small);
        lots.add(large);
      }
    }
    return List.of(
        row("without a restart", many, used(few), used(lots)),
        row("after a start", many, opened(few), opened(lots)));
  }

  private static double used(List<Pass> passes) {
    return LogRun.median(passes, Pass::used);
  }

  private static double opened(List<Pass> passes) {
    return LogRun.median(passes, Pass::opened);
  }

  private static LogRow row(String when, int many, double few, double lots) {
    double each = (lots - few) / many;
    return LogRow.atMost(
        LogRun.text("heap per idle channel that holds something, %,d of them, %s", many, when),
        LogRun.text(
            "**%.2f bytes** (%.1f MiB, with %,d channels %.1f MiB); some were read back",
            each, lots / (1 << 20), FEW, few / (1 << 20)),
        each,
        NOTHING,
        " byte");
  }

  private static Pass pass(Path directory, int channels, int count) throws Exception {
    long before = heap();
    var ahead = new AtomicLong();
    var settings =
        DiskSettings.of(
                directory,
                new Namespaces(List.of(new Namespace("*", OpenLog.ALL, Durability.OS))))
            .withClocks(InstantSource.system(), () -> System.nanoTime() + ahead.get());
    long used;
    try (OpenLog log = OpenLog.of(settings)) {
      log.fill(count, 1_000, i -> name(i % channels), DRAFT);
      roll(log, directory);
      // Two minutes later nobody has used any of them, and what is written behind is.
      ahead.set(120_000_000_000L);
      for (int i = 0; i < 30; i++) {
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

  /// Begins a segment: the index of the one that is written is in memory, whoever its channels are,
  /// and would be a third of what is measured or nothing, as it happens.
  private static void roll(OpenLog log, Path directory) throws Exception {
    long before = LogRun.bytes(directory, ".index");
    for (int i = 0; LogRun.bytes(directory, ".index") == before; i++) {
      LogRun.check(i < 1_000, "no segment was sealed");
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

  private static long heap() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(100);
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
