package dev.duet.bench;

import dev.duet.app.bench.Bench;
import dev.duet.app.bench.Form;
import dev.duet.app.bench.Load;
import dev.duet.app.bench.Plan;
import dev.duet.app.bench.Report;
import dev.duet.app.bench.Scenario;
import dev.duet.app.bench.Times;
import dev.duet.broker.Broker;
import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.Retention;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.server.hub.Subscription;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Reads of the log when many come back at once to one channel, each of whom missed a little that
/// is still in the ring: over connections to a server, and the real hub without sockets.
final class ReturnsFigure implements LogFigure {
  private static final int MISSED = 20;
  private static final Draft DRAFT = OpenLog.draft(128);

  private record Pass(long reads, double seconds) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    return List.of(connected(run), alone(run));
  }

  // ---- over connections

  private static LogRow connected(LogRun run) throws Exception {
    Load usual = Scenario.RETURNS.load();
    var load = new Load(run.sized(usual.subscribers(), 1_000), 1, 1, 1, 128, MISSED, 1, 16);
    var times =
        new Times(
            Duration.ZERO,
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Integer.MAX_VALUE);
    var passes = new ArrayList<Pass>();
    try (Peer duet = Peer.duet(run.root(), "--data-dir", run.fresh("returns").toString())) {
      for (int pass = 0; pass < run.passes(); pass++) {
        var plan =
            new Plan("r" + pass, duet.target(Form.SSE, "r" + pass), load, times, 1, duet.pids());
        long before = duet.metric("duet_log_reads_total");
        Report report = new Bench(plan, line -> {}).run();
        LogRun.check(report.isClean(), "not all came as it was published: %s", report.trouble());
        passes.add(new Pass(duet.metric("duet_log_reads_total") - before, report.returnSeconds()));
        LogRun.say("returns over connections, pass %d: %s", pass + 1, passes.getLast());
      }
    }
    return row(
        LogRun.text(
            "reads of the log when %,d connections (SSE) come back at once to one channel of a"
                + " server, each of which missed %d publications",
            load.subscribers(), MISSED),
        passes);
  }

  private static LogRow row(String what, List<Pass> passes) {
    long most = passes.stream().mapToLong(Pass::reads).max().orElseThrow();
    return LogRow.atMost(
        what,
        LogRun.text(
            "**%d** at most, in %.2f s for all; each got its %d",
            most, LogRun.median(passes, Pass::seconds), MISSED),
        most,
        1,
        "");
  }

  // ---- without sockets

  private static LogRow alone(LogRun run) throws Exception {
    int subscribers = run.sized(10_000, 1_000);
    var passes = new ArrayList<Pass>();
    for (int pass = 0; pass < run.passes(); pass++) {
      var reads = new AtomicLong();
      try (OpenLog log = OpenLog.of(run.fresh("returns"), Durability.OS, Retention.DEFAULT);
          var delivery = new Delivery(counting(log.broker(), reads))) {
        passes.add(pass(delivery, subscribers, reads));
      }
      LogRun.say("returns, pass %d: %s", pass + 1, passes.getLast());
    }
    return row(
        LogRun.text("… %,d subscribers of the hub alone, without sockets", subscribers), passes);
  }

  private static Pass pass(Delivery delivery, int subscribers, AtomicLong reads) {
    delivery.publish(DRAFT);
    Cursor cursor = delivery.now();
    for (int i = 0; i < MISSED; i++) {
      delivery.publish(DRAFT);
    }
    long bytes = delivery.bytes();
    reads.set(0);
    long from = System.nanoTime();
    var back = new ArrayList<Subscription>();
    for (int i = 0; i < subscribers; i++) {
      back.add(delivery.open(cursor));
    }
    long due = bytes + (long) subscribers * MISSED * DRAFT.data().length;
    while (delivery.bytes() < due) {
      delivery.run();
      LogRun.check(
          System.nanoTime() - from < 120_000_000_000L, "not all that was missed came in 120 s");
      Thread.onSpinWait();
    }
    var pass = new Pass(reads.get(), (System.nanoTime() - from) / 1e9);
    LogRun.check(
        delivery.bytes() < due + (long) subscribers * 4 * MISSED * DRAFT.data().length,
        "much more came than was missed");
    back.forEach(Subscription::close);
    delivery.run();
    return pass;
  }

  /// The same broker, but that counts reads.
  private static Broker counting(Broker broker, AtomicLong reads) {
    List<Log> logs = broker.logs().stream().map(log -> counting(log, reads)).toList();
    return (Broker)
        Proxy.newProxyInstance(
            Broker.class.getClassLoader(),
            new Class<?>[] {Broker.class},
            (proxy, method, args) ->
                method.getName().equals("logs") ? logs : call(broker, method, args));
  }

  private static Log counting(Log log, AtomicLong reads) {
    return (Log)
        Proxy.newProxyInstance(
            Log.class.getClassLoader(),
            new Class<?>[] {Log.class},
            (proxy, method, args) -> {
              if (method.getName().equals("read")) {
                reads.incrementAndGet();
              }
              return call(log, method, args);
            });
  }

  private static Object call(Object to, java.lang.reflect.Method method, Object[] args)
      throws Throwable {
    try {
      return method.invoke(to, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
