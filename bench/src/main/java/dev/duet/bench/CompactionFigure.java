package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.disk.DiskSettings;
import dev.duet.protocol.Draft;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Times from when a publication was due, on a schedule fixed before, to its receipt: while the log
/// is compacted, against while it is not.
///
/// It is one log, and one run of publications: windows of half a second in which the compactor
/// works alternate with such in which it is held, in the middle of a segment. So what else the
/// machine does hits both alike. Half of what is in the log belongs to channels of which next to
/// nothing is kept any more when it is opened.
final class CompactionFigure implements LogFigure {
  private static final int CHANNELS = 100;
  private static final Draft DRAFT = OpenLog.draft(1_024);
  private static final long WINDOW = 500_000_000L;
  private static final long PATIENCE = 60_000_000_000L;

  /// @param busy milliseconds of what was due in each window in which it compacted
  /// @param quiet … in which it did not
  /// @param compacted bytes that were written meanwhile
  private record Pass(List<double[]> busy, List<double[]> quiet, long compacted) {
    double ratio() {
      return at(busy, 0.99) / at(quiet, 0.99);
    }

    /// Of the windows that are in the middle: what hits single windows does not show in it.
    double middle() {
      return median(busy) / median(quiet);
    }

    private static double median(List<double[]> windows) {
      return LogRun.median(windows, one -> at(List.of(one), 0.99));
    }
  }

  /// A part of the time; in nanoseconds.
  private record Window(long from, long to, boolean busy) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    return List.of(row(run, Durability.OS, 2_000), row(run, Durability.DISK, 1_000));
  }

  private static LogRow row(LogRun run, Durability durability, int perSecond) throws Exception {
    Path directory = run.fresh("compaction");
    int windows = run.sized(8, 3);
    // Of 1 KiB each; half of it goes, the other half is written again at the most.
    long count = 40_000L * windows * (run.passes() + 3);
    try (OpenLog log = OpenLog.of(settings(directory, durability, OpenLog.ALL.maxCount()))) {
      log.fill(count, 5_000, CompactionFigure::channel, DRAFT);
    }
    var gate = new Gate();
    var passes = new ArrayList<Pass>();
    DiskSettings settings = settings(directory, durability, 1);
    try (OpenLog log = OpenLog.of(settings.withPace(gate.before(settings.pace())));
        var publishing = new Publishing(log, perSecond)) {
      for (int pass = 0; pass <= run.passes(); pass++) {
        Pass one = pass(gate, publishing, windows);
        LogRun.say(
            "compaction, %s, pass %d: p99 %.2f and %.2f ms, of the windows' p99 %.2f x, %d MiB",
            durability.text(),
            pass,
            at(one.busy, 0.99),
            at(one.quiet, 0.99),
            one.middle(),
            one.compacted >> 20);
        // The first one only warms up.
        if (pass > 0) {
          passes.add(one);
        }
      }
      gate.leave();
    } finally {
      LogRun.delete(directory);
    }
    double ratio = LogRun.median(passes, Pass::ratio);
    return LogRow.atMost(
        LogRun.text(
            "p99 of due to receipt at `%s`, %,d publications of 1 KiB a second: while it compacts"
                + " over while it does not, in turn every 0.5 s",
            durability.text(), perSecond),
        LogRun.text(
            "**%.2f x** (passes %s; medians of the windows' p99: %.2f x; p50 %.2f, p99 %.2f ms; p50"
                + " %.2f, p99 %.2f ms); %d MiB were compacted meanwhile, all was acknowledged",
            ratio,
            LogRun.spread(passes, Pass::ratio),
            LogRun.median(passes, Pass::middle),
            LogRun.median(passes, pass -> at(pass.busy, 0.5)),
            LogRun.median(passes, pass -> at(pass.busy, 0.99)),
            LogRun.median(passes, pass -> at(pass.quiet, 0.5)),
            LogRun.median(passes, pass -> at(pass.quiet, 0.99)),
            passes.stream().mapToLong(Pass::compacted).sum() >> 20),
        ratio,
        2,
        " x");
  }

  /// No channel is in many segments, so that each of them can be rewritten at once: of a channel
  /// the oldest go first.
  private static String channel(long number) {
    return (number % 2 == 0 ? "dead." : "kept.") + number / 5_000;
  }

  private static DiskSettings settings(Path directory, Durability durability, int dead) {
    return DiskSettings.of(
        directory,
        new Namespaces(
            List.of(
                new Namespace("dead.*", OpenLog.ALL.withMaxCount(dead), durability),
                new Namespace("*", OpenLog.ALL, durability))));
  }

  private static Pass pass(Gate gate, Publishing publishing, int windows) throws Exception {
    var seen = new ArrayList<Window>();
    long compacted = 0;
    for (int i = 0; i < windows; i++) {
      gate.hold();
      seen.add(window(false));
      long bytes = gate.bytes();
      gate.release();
      seen.add(window(true));
      compacted += gate.bytes() - bytes;
    }
    gate.hold();
    LogRun.check(compacted > 0, "nothing was compacted meanwhile");
    return new Pass(publishing.times(seen, true), publishing.times(seen, false), compacted);
  }

  private static Window window(boolean busy) {
    long from = System.nanoTime();
    long to = from + WINDOW;
    for (long left = WINDOW; left > 0; left = to - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return new Window(from, to, busy);
  }

  private static double at(List<double[]> windows, double part) {
    double[] sorted = windows.stream().flatMapToDouble(Arrays::stream).sorted().toArray();
    return sorted[(int) Math.min(sorted.length - 1, sorted.length * part)];
  }

  /// Where the compactor waits after a piece, for as long as it is held.
  private static final class Gate {
    private boolean held = true;
    private boolean waits;
    private boolean left;
    private long bytes;

    /// The pace of a compactor: its own, and this.
    java.util.function.LongConsumer before(java.util.function.LongConsumer pace) {
      return written -> {
        pace.accept(written);
        pass(written);
      };
    }

    private synchronized void pass(long written) {
      bytes += written;
      while (held && !left) {
        waits = true;
        notifyAll();
        try {
          wait();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      waits = false;
    }

    /// Holds it, and waits until it stands.
    synchronized void hold() throws InterruptedException {
      held = true;
      long until = System.nanoTime() + PATIENCE;
      while (!waits) {
        long left = (until - System.nanoTime()) / 1_000_000;
        LogRun.check(left > 0, "it does not compact: there was too little for it, or it stopped");
        wait(left);
      }
    }

    synchronized void release() {
      held = false;
      waits = false;
      notifyAll();
    }

    /// It is not held any more.
    synchronized void leave() {
      left = true;
      notifyAll();
    }

    synchronized long bytes() {
      return bytes;
    }
  }

  /// Publishes on a schedule, from when it is made until it is closed.
  private static final class Publishing implements AutoCloseable {
    private static final int MOST = 4_000_000;

    private final OpenLog log;
    private final long from = System.nanoTime();
    private final long each;
    private final float[] times = new float[MOST];
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicReference<@Nullable Object> failure = new AtomicReference<>();
    private final Thread thread;
    private volatile int begun;
    private volatile boolean closed;

    Publishing(OpenLog log, int perSecond) {
      this.log = log;
      this.each = 1_000_000_000L / perSecond;
      this.thread = Thread.ofPlatform().name("publishing").start(this::run);
    }

    private void run() {
      for (int i = 0; i < MOST && !closed; i++) {
        int number = i;
        long due = from + i * each;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        var unused =
            log.log()
                .append("live." + i % CHANNELS, DRAFT)
                .thenAccept(
                    receipt -> {
                      times[number] = (System.nanoTime() - due) / 1e6f;
                      if (!(receipt instanceof Receipt.Appended)) {
                        failure.set(receipt);
                      }
                      answered.incrementAndGet();
                    });
        begun = i + 1;
      }
    }

    /// In milliseconds, of those that were due in each of such windows.
    List<double[]> times(List<Window> windows, boolean busy) throws InterruptedException {
      int last = begun;
      long until = System.nanoTime() + PATIENCE;
      while (answered.get() < last) {
        LogRun.check(System.nanoTime() - until < 0, "%d of %d answered", answered.get(), last);
        Thread.sleep(1);
      }
      Object wrong = failure.get();
      if (wrong != null) {
        throw new IllegalStateException("a publication was answered with " + wrong);
      }
      var found = new ArrayList<double[]>();
      for (Window window : windows) {
        if (window.busy == busy) {
          int begin = (int) ((window.from - from + each - 1) / each);
          int end = (int) Math.min(last, (window.to - from + each - 1) / each);
          var of = new double[end - begin];
          for (int i = begin; i < end; i++) {
            of[i - begin] = times[i];
          }
          found.add(of);
        }
      }
      return found;
    }

    @Override
    public void close() throws InterruptedException {
      closed = true;
      thread.join();
      long until = System.nanoTime() + PATIENCE;
      while (answered.get() < begun && System.nanoTime() - until < 0) {
        Thread.sleep(1);
      }
    }
  }
}
