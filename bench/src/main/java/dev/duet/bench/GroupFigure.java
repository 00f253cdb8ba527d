package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/// Publications per second at the durability `disk`, by publishers who each wait for their receipt,
/// against a program that does one write and one fsync for each on a plain file of the same disk:
/// one after the other, as a log does that has an order, and all threads at once, for whom the
/// kernel joins what it can.
///
/// Duet's publishers are virtual threads, as in a program that gives each request one. Those of the
/// plain file are threads of the platform, which wait in fsync at less cost.
final class GroupFigure implements LogFigure {
  private static final int PUBLISHERS = 100;
  private static final Draft DRAFT = OpenLog.draft(100);

  /// What such a program has to write of each: like a record of the log.
  private static final int RECORD = 143;

  /// Publications per second.
  private record Pass(double duet, double inTurn, double atOnce) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    long seconds = run.sized(5, 2);
    var passes = new ArrayList<Pass>();
    for (int pass = 0; pass <= run.passes(); pass++) {
      var one =
          new Pass(
              duet(run.fresh("group"), seconds),
              file(run.fresh("group.file"), seconds, true),
              file(run.fresh("group.file"), seconds, false));
      LogRun.say("group, pass %d: %s", pass, one);
      if (pass > 0) {
        passes.add(one);
      }
    }
    double ratio = LogRun.median(passes, one -> one.duet / one.inTurn);
    return List.of(
        LogRow.atLeast(
            "publications/s at `disk`, 100 publishers who each wait for the receipt, over 100"
                + " threads that write and fsync each on one file, one after the other",
            LogRun.text(
                "**%.1f x** (%.0f/s, %.0f/s); all acknowledged were read back",
                ratio, LogRun.median(passes, Pass::duet), LogRun.median(passes, Pass::inTurn)),
            ratio,
            20,
            " x"),
        LogRow.information(
            "… over the same threads all at once, for whom the kernel joins flushes",
            LogRun.text(
                "%.1f x (%.0f/s)",
                LogRun.median(passes, one -> one.duet / one.atOnce),
                LogRun.median(passes, Pass::atOnce))));
  }

  private static double duet(Path directory, long seconds) throws Exception {
    try (OpenLog log = OpenLog.of(directory, Durability.DISK, OpenLog.ALL)) {
      var counts = new long[PUBLISHERS];
      double perSecond =
          all(
              Thread.ofVirtual(),
              seconds,
              publisher -> {
                log.publish("publisher-" + publisher, DRAFT);
                counts[publisher]++;
              });
      for (int i = 0; i < PUBLISHERS; i++) {
        long read = log.count("publisher-" + i, DRAFT.data());
        LogRun.check(read == counts[i], "%d were acknowledged, %d could be read", counts[i], read);
      }
      return perSecond;
    }
  }

  private static double file(Path path, long seconds, boolean inTurn) throws Exception {
    var end = new AtomicLong();
    var turn = new Object();
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      double perSecond =
          all(
              Thread.ofPlatform(),
              seconds,
              publisher -> {
                if (inTurn) {
                  synchronized (turn) {
                    write(file, end);
                  }
                } else {
                  write(file, end);
                }
              });
      LogRun.check(file.size() == end.get(), "the plain file has not all that was written");
      return perSecond;
    }
  }

  private static void write(FileChannel file, AtomicLong end) {
    try {
      int written = file.write(ByteBuffer.allocate(RECORD), end.getAndAdd(RECORD));
      LogRun.check(written == RECORD, "a write was short");
      file.force(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Each thread does its work again and again.
  ///
  /// @return how often it was done per second, by all
  private static double all(Thread.Builder threadsOf, long seconds, IntConsumer work)
      throws InterruptedException {
    var done = new AtomicLong();
    var failure = new ArrayList<Throwable>();
    var threads = new ArrayList<Thread>();
    long from = System.nanoTime();
    long until = from + seconds * 1_000_000_000L;
    for (int i = 0; i < PUBLISHERS; i++) {
      int number = i;
      Thread thread =
          threadsOf.unstarted(
              () -> {
                while (System.nanoTime() - until < 0) {
                  work.accept(number);
                  done.incrementAndGet();
                }
              });
      thread.setUncaughtExceptionHandler(
          (where, why) -> {
            synchronized (failure) {
              failure.add(why);
            }
          });
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    double took = (System.nanoTime() - from) / 1e9;
    LogRun.check(failure.isEmpty(), "a publisher failed: %s", failure);
    return done.get() / took;
  }
}
