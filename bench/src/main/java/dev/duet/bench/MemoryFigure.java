package dev.duet.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Heap that is in use after a full collection when many idle channels hold something on disk,
/// against half as many with as many publications, each in a process of its own. Half is enough to
/// fill what has a bound: the cache of indexes, and the tables of channels in use.
final class MemoryFigure implements LogFigure {
  /// A byte for each of them is less than what varies from pass to pass.
  private static final double NOTHING = 1;

  /// @param used after all was published, some of it read, and idle; bytes
  /// @param opened after the next start, bytes
  private record Pass(double used, double opened) {}

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    int many = run.sized(1_000_000, 400_000);
    // It varies by next to nothing.
    int passes = Math.min(2, run.passes());
    var half = new ArrayList<Pass>();
    var all = new ArrayList<Pass>();
    for (int pass = 0; pass < passes; pass++) {
      half.add(pass(run.fresh("memory"), many / 2, many));
      all.add(pass(run.fresh("memory"), many, many));
      LogRun.say("memory, pass %d: %s, %s", pass + 1, half.getLast(), all.getLast());
    }
    var rows = new ArrayList<LogRow>();
    for (boolean used : List.of(true, false)) {
      var each = new ArrayList<Double>();
      for (int i = 0; i < passes; i++) {
        each.add((of(all.get(i), used) - of(half.get(i), used)) * 2 / many);
      }
      double median = LogRun.median(each, Double::doubleValue);
      rows.add(
          LogRow.atMost(
              LogRun.text(
                  "heap for each further idle channel that holds something, from %,d to %,d of"
                      + " them, %s",
                  many / 2, many, used ? "after all were used" : "after a start"),
              LogRun.text(
                  "**%.2f bytes** (passes %s; the whole process %.1f MiB, %.1f MiB); some were read"
                      + " back",
                  median,
                  LogRun.spread(each, Double::doubleValue),
                  LogRun.median(half, one -> of(one, used)) / (1 << 20),
                  LogRun.median(all, one -> of(one, used)) / (1 << 20)),
              median,
              NOTHING,
              " byte"));
    }
    return rows;
  }

  private static double of(Pass pass, boolean used) {
    return used ? pass.used : pass.opened;
  }

  private static Pass pass(Path directory, int channels, int count) throws Exception {
    double used = heap("idle", directory, channels, count);
    double opened = heap("idle-again", directory, channels, count);
    LogRun.delete(directory);
    return new Pass(used, opened);
  }

  private static double heap(String how, Path directory, int channels, int count) throws Exception {
    try (LogChild child =
        LogChild.start(
            how, directory.toString(), Integer.toString(channels), Integer.toString(count))) {
      double heap = Double.parseDouble(child.said("heap")[1]);
      child.await();
      return heap;
    }
  }
}
