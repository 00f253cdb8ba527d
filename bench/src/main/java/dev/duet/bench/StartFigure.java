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

  /// Of one start.
  ///
  /// @param millis to open it
  /// @param cpu milliseconds of the whole process by then, the start of the JVM included
  /// @param files that it had open then
  private record Open(double millis, double cpu, double files) {}

  private record Pass(Open killed, Open clean) {}

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
    return List.of(
        row(
            durability,
            gib,
            "after kill -9 while it was written",
            passes.stream().map(Pass::killed).toList()),
        row(durability, gib, "after a clean stop", passes.stream().map(Pass::clean).toList()));
  }

  private static LogRow row(Durability durability, double gib, String after, List<Open> passes) {
    double seconds = LogRun.median(passes, Open::millis) / 1e3;
    return LogRow.atMost(
        LogRun.text("opening a log of %.1f GiB at `%s` %s", gib, durability.text(), after),
        LogRun.text(
            "**%.2f s** (passes %s; %.2f s of CPU with the start of the JVM; %.0f files open); what"
                + " was acknowledged last is there",
            seconds,
            LogRun.spread(passes, one -> one.millis / 1e3),
            LogRun.median(passes, Open::cpu) / 1e3,
            LogRun.median(passes, Open::files)),
        seconds,
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

  private static Open open(Path directory, Durability durability, long offset) throws Exception {
    try (LogChild child =
        LogChild.start(
            "open",
            directory.toString(),
            durability.text(),
            LogChild.channel(0),
            Long.toString(offset))) {
      String[] said = child.said("opened");
      LogRun.check(
          Long.parseLong(said[4]) >= offset && said[5].equals("true"),
          "%d was acknowledged, but the log says %s",
          offset,
          List.of(said));
      child.await();
      return new Open(
          Double.parseDouble(said[1]), Double.parseDouble(said[2]), Double.parseDouble(said[3]));
    }
  }
}
