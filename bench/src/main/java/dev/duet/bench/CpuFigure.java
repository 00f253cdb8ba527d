package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.broker.Retention;
import dev.duet.protocol.Draft;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// CPU per publication at the durability `os` against `memory`: of a server that is published to
/// over HTTP, and of the log alone.
final class CpuFigure implements LogFigure {
  private static final int CONNECTIONS = 100;

  /// Passes until a server does not compile any more: what that takes is the server's CPU too.
  private static final int WARM_UP = 12;

  private static final Draft DRAFT = OpenLog.draft(100);

  private record Pass(double os, double memory) {
    double ratio() {
      return os / memory;
    }
  }

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    var rows = new ArrayList<LogRow>();
    List<Pass> http = http(run);
    double ratio = LogRun.median(http, Pass::ratio);
    rows.add(
        LogRow.atMost(
            "CPU of the server per publication over HTTP, 100 connections each with one under way:"
                + " `os` over `memory`",
            LogRun.text(
                "**%.2f x** (%.1f µs, %.1f µs); all answered 200 with that durability",
                ratio, LogRun.median(http, Pass::os), LogRun.median(http, Pass::memory)),
            ratio,
            1.3,
            " x"));
    List<Pass> alone = alone(run);
    rows.add(
        LogRow.information(
            "… of the log alone, 100 appends under way",
            LogRun.text(
                "%.2f x (%.2f µs, %.2f µs)",
                LogRun.median(alone, Pass::ratio),
                LogRun.median(alone, Pass::os),
                LogRun.median(alone, Pass::memory))));
    return rows;
  }

  // ---- over HTTP

  private static List<Pass> http(LogRun run) throws Exception {
    int count = run.sized(60_000, 10_000);
    Path data = run.fresh("cpu");
    var passes = new ArrayList<Pass>();
    try (Peer os = Peer.duet(run.root(), "--data-dir", data.toString());
        Peer memory = Peer.duet(run.root(), "--memory")) {
      for (int pass = 0; pass < WARM_UP + run.passes(); pass++) {
        var one = new Pass(micros(os, "os", count), micros(memory, "memory", count));
        LogRun.say("cpu over HTTP, pass %d: %s", pass, one);
        if (pass >= WARM_UP) {
          passes.add(one);
        }
      }
    }
    return passes;
  }

  private static double micros(Peer server, String durability, int count) throws Exception {
    var left = new AtomicInteger(count);
    var done = new AtomicInteger();
    var failures = new ArrayList<Throwable>();
    var threads = new ArrayList<Thread>();
    double before = server.cpuSeconds();
    for (int i = 0; i < CONNECTIONS; i++) {
      int number = i;
      Thread thread =
          Thread.ofPlatform()
              .unstarted(
                  () -> {
                    try (var link =
                        new PublishLink(
                            server.port(), "publisher-" + number, DRAFT.data(), durability)) {
                      while (left.getAndDecrement() > 0) {
                        link.publish();
                        done.incrementAndGet();
                      }
                    } catch (Exception e) {
                      synchronized (failures) {
                        failures.add(e);
                      }
                    }
                  });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    // What is synced behind belongs to it.
    Thread.sleep(1_500);
    double cpu = server.cpuSeconds() - before;
    LogRun.check(failures.isEmpty(), "publishing failed: %s", failures);
    LogRun.check(done.get() == count, "%d of %d were acknowledged", done.get(), count);
    return cpu * 1e6 / count;
  }

  // ---- the log alone

  private static List<Pass> alone(LogRun run) throws Exception {
    int count = run.sized(500_000, 100_000);
    var passes = new ArrayList<Pass>();
    try (OpenLog os = OpenLog.of(run.fresh("cpu-log"), Durability.OS, Retention.DEFAULT);
        OpenLog memory = OpenLog.memory(Retention.DEFAULT)) {
      for (int pass = 0; pass <= run.passes(); pass++) {
        var one = new Pass(micros(os, count), micros(memory, count));
        LogRun.say("cpu of the log, pass %d: %s", pass, one);
        if (pass > 0) {
          passes.add(one);
        }
      }
    }
    return passes;
  }

  private static double micros(OpenLog log, int count) throws InterruptedException {
    long before = SeekFigure.cpu();
    log.fill(count, CONNECTIONS, i -> "publisher-" + i % CONNECTIONS, DRAFT);
    Thread.sleep(1_500);
    return (SeekFigure.cpu() - before) / 1e3 / count;
  }
}
