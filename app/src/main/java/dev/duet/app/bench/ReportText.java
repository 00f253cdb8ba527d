package dev.duet.app.bench;

import java.io.PrintWriter;
import java.util.Locale;

/// A report for people.
final class ReportText {
  private static final long MILLISECOND = 1_000;
  private static final long SECOND = 1_000_000;
  private static final double MIB = 1 << 20;

  private final Report report;
  private final PrintWriter out;

  private ReportText(Report report, PrintWriter out) {
    this.report = report;
    this.out = out;
  }

  static void print(Report report, PrintWriter out) {
    new ReportText(report, out).print();
    out.flush();
  }

  /// `1.3 ms` and the like.
  static String time(long micros) {
    if (micros < MILLISECOND) {
      return micros + " µs";
    }
    return micros < SECOND
        ? String.format(
            Locale.ROOT, micros < 10 * MILLISECOND ? "%.1f ms" : "%.0f ms", micros / 1e3)
        : String.format(Locale.ROOT, "%.2f s", micros / 1e6);
  }

  static String title(Plan plan) {
    Load load = plan.load();
    String over = load.subscribers() == 0 ? "" : " over " + plan.target().form().text();
    String who =
        "%s%s: %,d subscribers, %,d channels"
            .formatted(plan.target().base(), over, load.subscribers(), load.channels());
    if (load.missed() > 0) {
      return "%s, each returns and has missed %,d publications of %,d bytes"
          .formatted(who, load.missed(), load.payloadBytes());
    }
    if (plan.listensOnly()) {
      return "%s; listening to run %s".formatted(who, plan.run());
    }
    return "%s; %s messages/s of %,d bytes%s"
        .formatted(
            who,
            number(load.rate()),
            load.payloadBytes(),
            load.burst() == 1 ? "" : " in bursts of %,d".formatted(load.burst()));
  }

  private void print() {
    line("");
    line(title(report.plan()));
    if (report.brokenOff()) {
      line("Broken off: this is what there was by then.");
    }
    line("");
    connections();
    publishes();
    deliveries();
    line("");
    row("", "p50", "p90", "p99", "p99.9", "max");
    times("connect to open", report.connect());
    times("due to delivered", report.latency());
    times("due to the last one", report.last());
    times("due to answered", report.answered());
    times("return to caught up", report.returned());
    line("");
    server();
    client();
    line("");
    verdict();
  }

  private void connections() {
    if (report.plan().load().subscribers() > 0) {
      line(
          "connected     %,d of %,d%s",
          report.connected(),
          report.plan().load().subscribers(),
          report.gone() == 0 ? "" : "; %,d were cut later".formatted(report.gone()));
    }
  }

  private void publishes() {
    if (report.plan().listensOnly()) {
      return;
    }
    line(
        "published     %,d: %,d acknowledged, %,d failed",
        report.published(), report.acknowledged(), report.unpublished());
  }

  private void deliveries() {
    if (report.plan().load().subscribers() == 0) {
      return;
    }
    line(
        "delivered     %,d of %,d: %,d lost, %,d repeated, %,d out of order%s",
        report.deliveries(),
        report.owed(),
        report.lost(),
        report.repeated(),
        report.outOfOrder(),
        report.misdelivered() == 0
            ? ""
            : ", %,d of another channel".formatted(report.misdelivered()));
    line(
        "rate          %,.0f deliveries/s over %.1f s, %.2f per read",
        report.deliveriesPerSecond(), report.seconds(), report.deliveriesPerRead());
    if (report.returnSeconds() > 0) {
      line("all back in   %.2f s", report.returnSeconds());
    }
  }

  private void server() {
    Report.Server server = report.server();
    if (report.plan().pids().isEmpty()) {
      line("server        give --pid to know its CPU and memory");
      return;
    }
    line(
        "server        %s of CPU per delivery (%.2f cores); resident %.0f MiB before, %.0f MiB"
            + " connected, %.0f MiB after",
        micros(report.serverMicros()),
        server.cpuSeconds() / report.seconds(),
        server.residentBefore() / MIB,
        server.residentConnected() / MIB,
        server.residentAfter() / MIB);
    if (report.connected() > 0) {
      line(
          "              per connection: %s resident, %s of CPU to connect%s",
          kib(report.residentPerConnection()),
          micros(server.connectCpuSeconds() * 1e6 / report.connected()),
          report.plan().load().missed() > 0 ? " and catch up" : "");
    }
  }

  private void client() {
    Report.Client client = report.client();
    line(
        "bench         %s of CPU per delivery (%.2f cores); a reading loop was at most %.0f %%"
            + " busy, %s late (p99); machine %.0f %% busy",
        micros(report.clientMicros()),
        client.cpuSeconds() / report.seconds(),
        client.loopBusy() * 100,
        time(client.lag().p99()),
        client.machineBusy() * 100);
    if (!report.plan().pids().isEmpty() && report.deliveriesInWindow() > 0) {
      line("server/bench  %.2f (CPU of one over the other)", report.serverOverClient());
    }
    if (client.held().p99() > Bottleneck.LEAST_DELAY) {
      line(
          "              publishes waited %s (p99) for earlier ones to be answered",
          time(client.held().p99()));
    }
  }

  private void verdict() {
    if (!report.trouble().isEmpty()) {
      line("First trouble: %s", report.trouble());
    }
    for (String note : report.notes()) {
      line("Note: %s", note);
    }
    if (report.notes().isEmpty()) {
      line("The bench was not the bottleneck.");
    }
    line(
        report.isClean() ? "Everybody got everything once and in order." : "NOT CLEAN: see above.");
  }

  private void times(String name, Percentiles times) {
    if (times.count() > 0) {
      row(
          name,
          time(times.p50()),
          time(times.p90()),
          time(times.p99()),
          time(times.p999()),
          time(times.max()));
    }
  }

  private void row(String name, Object... cells) {
    var row = new StringBuilder(String.format(Locale.ROOT, "%-20s", name));
    for (Object cell : cells) {
      row.append(String.format(Locale.ROOT, "%10s", cell));
    }
    line("%s", row);
  }

  private void line(String format, Object... values) {
    out.println(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
  }

  private static String micros(double micros) {
    return Double.isNaN(micros) ? "unknown" : String.format(Locale.ROOT, "%.2f µs", micros);
  }

  private static String kib(double bytes) {
    return Double.isNaN(bytes) ? "unknown" : String.format(Locale.ROOT, "%.1f KiB", bytes / 1024);
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : Double.toString(value);
  }
}
