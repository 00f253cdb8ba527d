package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.protocol.Draft;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Times from when a publication was due, on a schedule fixed before, to its receipt: while the log
/// is compacted all the time, against while it is not. Half of what is in the log belongs to
/// channels that keep all or next to nothing, so that the same log can be opened both ways.
final class CompactionFigure implements LogFigure {
  private static final int CHANNELS = 100;
  private static final Draft DRAFT = OpenLog.draft(1_024);

  /// @param p50 milliseconds
  /// @param p99 milliseconds
  /// @param compacted MiB that compaction wrote meanwhile
  private record Pass(double p50, double p99, long compacted) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    return List.of(row(run, Durability.OS, 2_000), row(run, Durability.DISK, 1_000));
  }

  private static LogRow row(LogRun run, Durability durability, int perSecond) throws Exception {
    int seconds = run.sized(6, 3);
    Path directory = run.fresh("compaction");
    // As much as one pass may compact, and to spare.
    long each = run.sized(800, 300) * 1_000L;
    try (OpenLog log = open(directory, durability, false)) {
      log.fill(each * (run.passes() + 1), 5_000, CompactionFigure::channel, DRAFT);
    }
    var without = new ArrayList<Pass>();
    var with = new ArrayList<Pass>();
    for (int pass = 0; pass <= run.passes(); pass++) {
      Pass quiet = pass(directory, durability, false, perSecond, seconds);
      Pass busy = pass(directory, durability, true, perSecond, seconds);
      LogRun.say("compaction, %s, pass %d: %s, with %s", durability.text(), pass, quiet, busy);
      if (pass > 0) {
        without.add(quiet);
        with.add(busy);
      }
    }
    var ratios = new double[with.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = with.get(i).p99 / without.get(i).p99;
    }
    LogRun.delete(directory);
    double ratio = LogRun.median(ratios);
    return LogRow.atMost(
        LogRun.text(
            "p99 of due to receipt at `%s`, %,d publications of 1 KiB a second: while it compacts"
                + " over while it does not",
            durability.text(), perSecond),
        LogRun.text(
            "**%.2f x** (p50 %.2f, p99 %.2f ms; p50 %.2f, p99 %.2f ms); %.0f MiB were"
                + " compacted meanwhile, all was acknowledged",
            ratio,
            LogRun.median(with, Pass::p50),
            LogRun.median(with, Pass::p99),
            LogRun.median(without, Pass::p50),
            LogRun.median(without, Pass::p99),
            LogRun.median(with, Pass::compacted)),
        ratio,
        2,
        " x");
  }

  /// No channel is in many segments, so that each of them can be rewritten at once: of a channel
  /// the oldest go first.
  private static String channel(long number) {
    return (number % 2 == 0 ? "dead." : "kept.") + number / 5_000;
  }

  private static OpenLog open(Path directory, Durability durability, boolean garbage) {
    var dead = garbage ? OpenLog.ALL.withMaxCount(1) : OpenLog.ALL;
    return OpenLog.of(
        directory,
        List.of(
            new Namespace("dead.*", dead, durability),
            new Namespace("*", OpenLog.ALL, durability)));
  }

  private static Pass pass(
      Path directory, Durability durability, boolean compacting, int perSecond, int seconds)
      throws Exception {
    try (OpenLog log = open(directory, durability, compacting)) {
      if (compacting) {
        awaitMore(log, 0);
      } else {
        // As long as a compactor takes to begin, so that both are as warm.
        double[] unused = publish(log, perSecond, 6);
      }
      long before = compacted(log);
      double[] times = publish(log, perSecond, seconds);
      long meanwhile = compacted(log) - before;
      if (compacting) {
        LogRun.check(meanwhile > 0, "nothing was compacted meanwhile");
        // It had not come to its end.
        awaitMore(log, before + meanwhile);
      } else {
        LogRun.check(meanwhile == 0, "it compacted where nothing was to be");
      }
      Arrays.sort(times);
      return new Pass(times[times.length / 2], times[times.length * 99 / 100], meanwhile >> 20);
    }
  }

  /// Milliseconds from due to receipt, of each.
  private static double[] publish(OpenLog log, int perSecond, int seconds) {
    var times = new double[perSecond * seconds];
    var done = new AtomicInteger();
    var failure = new java.util.concurrent.atomic.AtomicReference<@Nullable Object>();
    long from = System.nanoTime();
    for (int i = 0; i < times.length; i++) {
      int number = i;
      long due = from + i * 1_000_000_000L / perSecond;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      var unused =
          log.log()
              .append("live." + i % CHANNELS, DRAFT)
              .thenAccept(
                  receipt -> {
                    times[number] = (System.nanoTime() - due) / 1e6;
                    if (!(receipt instanceof dev.duet.broker.Receipt.Appended)) {
                      failure.set(receipt);
                    }
                    done.incrementAndGet();
                  });
    }
    long until = System.nanoTime() + 60_000_000_000L;
    while (done.get() < times.length && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(1_000_000);
    }
    Object wrong = failure.get();
    if (wrong != null) {
      throw new IllegalStateException("a publication was answered with " + wrong);
    }
    LogRun.check(done.get() == times.length, "%d of %d answered", done.get(), times.length);
    return times;
  }

  // ---- whether it compacts

  /// Bytes that compaction wrote since the log was opened.
  private static long compacted(OpenLog log) {
    return Objects.requireNonNull(log.log().storage()).compactedBytes();
  }

  /// Waits until it wrote more than that.
  private static void awaitMore(OpenLog log, long than) throws InterruptedException {
    long from = System.nanoTime();
    while (compacted(log) <= than) {
      LogRun.check(
          System.nanoTime() - from < 60_000_000_000L,
          "compaction did not go on: there was too little for it, or it stopped");
      Thread.sleep(20);
    }
  }
}
