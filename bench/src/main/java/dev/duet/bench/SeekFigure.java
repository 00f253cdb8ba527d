package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.broker.Page;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
        var small = new Reads(one, fewOffsets, reads, new Random(2L * pass));
        var large = new Reads(other, manyOffsets, reads, new Random(2L * pass + 1));
        // In turn, few at a time: what else the machine does hits both alike.
        while (small.go() && large.go()) {}
        LogRun.say("seek, pass %d: %s of few, %s of many", pass, small.pass(), large.pass());
        if (pass > 0) {
          fewPasses.add(small.pass());
          manyPasses.add(large.pass());
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
            "**%.2f x** (passes %s; %s %.0f µs, %.0f µs); each page was complete and in order",
            ratio,
            LogRun.spread(Arrays.stream(ratios).boxed().toList(), Double::doubleValue),
            time ? "medians" : "means",
            LogRun.median(large),
            LogRun.median(small)),
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

  /// A pass over one log, in pieces.
  private static final class Reads {
    private static final int PIECE = 50;

    private final OpenLog log;
    private final long[] ends;
    private final Random random;
    private final double[] micros;
    private int done;
    private long cpu;

    Reads(OpenLog log, long[] ends, int reads, Random random) {
      this.log = log;
      this.ends = ends;
      this.random = random;
      this.micros = new double[reads];
    }

    /// Whether there was something left to do.
    boolean go() {
      long before = cpu();
      int from = done;
      while (done < micros.length && done < from + PIECE) {
        // The last hundredth is left out, so that there are 100 after it.
        long after = ends[0] + (long) (random.nextDouble() * 0.985 * (ends[1] - ends[0]));
        long begun = System.nanoTime();
        Page page = log.read(CHANNEL, after, PAGE);
        micros[done++] = (System.nanoTime() - begun) / 1e3;
        check(page, after);
      }
      cpu += cpu() - before;
      return done > from;
    }

    Pass pass() {
      return new Pass(LogRun.median(micros), cpu / 1e3 / micros.length);
    }
  }

  private static void check(Page page, long after) {
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

  /// CPU of this process so far, nanoseconds.
  static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
