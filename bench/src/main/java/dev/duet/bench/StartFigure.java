package dev.duet.bench;

import dev.duet.broker.Durability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Time to open a large log, in a process that has just started: after the one before was killed
/// while it wrote, and after a clean stop.
final class StartFigure implements LogFigure {
  /// What is appended before each further kill: more than a segment takes.
  private static final long MORE = 48_000;

  private record Pass(double killed, double clean) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    var rows = new ArrayList<LogRow>();
    for (Durability durability : List.of(Durability.OS, Durability.DISK)) {
      rows.addAll(rows(run, durability));
    }
    return rows;
  }

  private static List<LogRow> rows(LogRun run, Durability durability) throws Exception {
    Path directory = run.fresh("start");
    long all = (long) (run.gib() * (1L << 30) / 1_100);
    var passes = new ArrayList<Pass>();
    for (int pass = 0; pass < run.passes(); pass++) {
      long offset = killed(directory, durability, pass == 0 ? all : Math.min(all, MORE));
      var one = new Pass(open(directory, durability, offset), open(directory, durability, offset));
      LogRun.say("start, %s, pass %d: %s", durability.text(), pass + 1, one);
      passes.add(one);
    }
    double gib = LogRun.bytes(directory, "") / (double) (1L << 30);
    LogRun.delete(directory);
    double killed = LogRun.median(passes, Pass::killed);
    double clean = LogRun.median(passes, Pass::clean);
    return List.of(
        row(durability, gib, "after kill -9 while it was written", killed),
        row(durability, gib, "after a clean stop", clean));
  }

  private static LogRow row(Durability durability, double gib, String after, double millis) {
    return LogRow.atMost(
        LogRun.text("opening a log of %.1f GiB at `%s` %s", gib, durability.text(), after),
        LogRun.text("**%.2f s**; what was acknowledged last is there", millis / 1e3),
        millis / 1e3,
        2,
        " s");
  }

  /// @return an offset that was acknowledged
  private static long killed(Path directory, Durability durability, long count) throws Exception {
    try (LogChild child =
        LogChild.start("fill", directory.toString(), durability.text(), Long.toString(count))) {
      String[] said = child.said("filled");
      LogRun.say("start: %d filled in %s ms", count, said[2]);
      Thread.sleep(300);
      return Long.parseLong(said[1]);
    }
  }

  private static double open(Path directory, Durability durability, long offset) throws Exception {
    try (LogChild child =
        LogChild.start(
            "open",
            directory.toString(),
            durability.text(),
            LogChild.channel(0),
            Long.toString(offset))) {
      String[] said = child.said("opened");
      LogRun.check(
          Long.parseLong(said[2]) >= offset && said[3].equals("true"),
          "%d was acknowledged, but the log says %s",
          offset,
          List.of(said));
      child.await();
      return Double.parseDouble(said[1]);
    }
  }
}
