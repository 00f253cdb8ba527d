package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.broker.Page;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// The first 100 publications of a channel after an offset somewhere in it: of a channel with many
/// against one with few.
final class SeekFigure implements LogFigure {
  private static final int FEW = 10_000;
  private static final int PAGE = 100;
  private static final String CHANNEL = "measurements";
  private static final Draft DRAFT = OpenLog.draft(100);

  /// @param micros median over reads
  /// @param cpuMicros of the process, mean
  private record Pass(double micros, double cpuMicros) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    int many = run.sized(10_000_000, 1_000_000);
    int reads = run.sized(2_000, 500);
    Path few = run.fresh("seek-few");
    Path lots = run.fresh("seek-many");
    fill(few, FEW);
    fill(lots, many);
    var fewPasses = new ArrayList<Pass>();
    var manyPasses = new ArrayList<Pass>();
    try (OpenLog one = OpenLog.of(few, Durability.OS, OpenLog.ALL);
        OpenLog other = OpenLog.of(lots, Durability.OS, OpenLog.ALL)) {
      long[] fewOffsets = ends(one, FEW);
      long[] manyOffsets = ends(other, many);
      for (int pass = 0; pass <= run.passes(); pass++) {
        var random = new Random(pass);
        Pass small = pass(one, fewOffsets, reads, random);
        Pass large = pass(other, manyOffsets, reads, random);
        LogRun.say("seek, pass %d: %s of few, %s of many", pass, small, large);
        if (pass > 0) {
          fewPasses.add(small);
          manyPasses.add(large);
        }
      }
    }
    return List.of(
        row(many, "time", fewPasses, manyPasses, true),
        row(many, "CPU", fewPasses, manyPasses, false));
  }

  private static LogRow row(
      int many, String of, List<Pass> fewPasses, List<Pass> manyPasses, boolean time) {
    var ratios = new double[fewPasses.size()];
    var small = new double[ratios.length];
    var large = new double[ratios.length];
    for (int i = 0; i < ratios.length; i++) {
      small[i] = time ? fewPasses.get(i).micros : fewPasses.get(i).cpuMicros;
      large[i] = time ? manyPasses.get(i).micros : manyPasses.get(i).cpuMicros;
      ratios[i] = large[i] / small[i];
    }
    double ratio = LogRun.median(ratios);
    return LogRow.atMost(
        LogRun.text(
            "%s of the first %d after a random offset: a channel with %,d over one with %,d",
            of, PAGE, many, FEW),
        LogRun.text(
            "**%.2f x** (%.0f µs, %.0f µs); each page was complete and in order",
            ratio, LogRun.median(large), LogRun.median(small)),
        ratio,
        5,
        " x");
  }

  private static void fill(Path directory, int count) {
    long from = System.nanoTime();
    try (OpenLog log = OpenLog.of(directory, Durability.OS, OpenLog.ALL)) {
      log.fill(count, 5_000, i -> CHANNEL, DRAFT);
    }
    double seconds = (System.nanoTime() - from) / 1e9;
    LogRun.say("seek: %,d appended in %.1f s (%.0f/s)", count, seconds, count / seconds);
  }

  /// Offset of the first publication, and the last from which on a page is full.
  private static long[] ends(OpenLog log, int count) {
    var info = log.log().info(CHANNEL).toCompletableFuture().join();
    LogRun.check(info.count() == count, "%d of %d are held", info.count(), count);
    long first = ((Publication) log.read(CHANNEL, 0, 1).items().getFirst()).offset();
    return new long[] {first, info.tail()};
  }

  private static Pass pass(OpenLog log, long[] ends, int reads, Random random) {
    var micros = new double[reads];
    long cpu = cpu();
    for (int i = 0; i < reads; i++) {
      // The last hundredth is left out, so that there are 100 after it.
      long after = ends[0] + (long) (random.nextDouble() * 0.985 * (ends[1] - ends[0]));
      long from = System.nanoTime();
      Page page = log.read(CHANNEL, after, PAGE);
      micros[i] = (System.nanoTime() - from) / 1e3;
      LogRun.check(page.items().size() == PAGE, "a page had %d", page.items().size());
      long last = after;
      for (var item : page.items()) {
        LogRun.check(
            item instanceof Publication one
                && one.offset() > last
                && one.data().length == DRAFT.data().length,
            "%s is not what comes after %d",
            item,
            last);
        last = ((Publication) item).offset();
      }
    }
    return new Pass(LogRun.median(micros), (cpu() - cpu) / 1e3 / reads);
  }

  /// CPU of this process so far, nanoseconds.
  static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
