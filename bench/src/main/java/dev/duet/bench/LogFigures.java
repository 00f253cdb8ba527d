package dev.duet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Measures the log on disk, and prints a table of Markdown. What is compared alternates within one
/// run, and medians are printed.
public final class LogFigures {
  private static final String USAGE =
      """
      bench/log [--only NAME,…] [--passes N] [--gib N] [--quick] [--dir DIR]

      Figures: group, cpu, returns, seek, size, start, compaction, memory.
        --passes N  passes that are counted (3)
        --gib N     size of the log whose starts are measured, GiB (2)
        --quick     smaller and shorter: for a look, not for the table
        --dir DIR   where it writes (target of the benchmarks); the disk of it is what is measured
      """;

  private static final Map<String, LogFigure> FIGURES = new LinkedHashMap<>();

  static {
    FIGURES.put("group", new GroupFigure());
    FIGURES.put("cpu", new CpuFigure());
    FIGURES.put("returns", new ReturnsFigure());
    FIGURES.put("seek", new SeekFigure());
    FIGURES.put("size", new SizeFigure());
    FIGURES.put("start", new StartFigure());
    FIGURES.put("compaction", new CompactionFigure());
    FIGURES.put("memory", new MemoryFigure());
  }

  private LogFigures() {}

  public static void main(String[] args) throws Exception {
    var options = new LinkedHashMap<String, String>();
    boolean wrong = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--quick" -> options.put("quick", "");
        case "--only", "--passes", "--gib", "--dir" -> {
          wrong |= i + 1 == args.length;
          options.put(args[i].substring(2), wrong ? "" : args[++i]);
        }
        default -> wrong = true;
      }
    }
    Set<String> names = FIGURES.keySet();
    List<String> only =
        options.containsKey("only")
            ? List.of(options.get("only").split(",", -1))
            : List.copyOf(names);
    if (wrong || !names.containsAll(only)) {
      System.err.print(USAGE);
      System.exit(List.of(args).contains("--help") ? 0 : 2);
    }
    Path root = Path.of("").toAbsolutePath();
    Path parent = Path.of(options.getOrDefault("dir", "bench/target")).toAbsolutePath();
    Files.createDirectories(parent);
    Path directory = Files.createTempDirectory(parent, "log-figures");
    var run =
        new LogRun(
            Integer.parseInt(options.getOrDefault("passes", "3")),
            options.containsKey("quick"),
            Double.parseDouble(
                options.getOrDefault("gib", options.containsKey("quick") ? "0.25" : "2")),
            directory,
            root);
    boolean all;
    try {
      all = print(run, only, options);
    } finally {
      LogRun.delete(directory);
    }
    // Threads of a broker that a failure left open keep nobody waiting.
    System.exit(all ? 0 : 1);
  }

  private static boolean print(LogRun run, List<String> only, Map<String, String> options) {
    System.out.printf(
        "%s, %d CPUs, Java %s, kernel %s, commit %s, %d passes%s%n%n",
        LocalDate.now(ZoneOffset.UTC),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        System.getProperty("os.version"),
        Peer.said("git", "rev-parse", "--short", "HEAD"),
        run.passes(),
        load());
    System.out.println("| figure | command | result | target | met |");
    System.out.println("| --- | --- | --- | --- | --- |");
    boolean all = true;
    for (String name : only) {
      var command = new ArrayList<>(List.of("bench/log", "--only", name));
      if (name.equals("start")) {
        command.addAll(List.of("--gib", LogRun.text("%s", run.gib()).replaceAll("\\.0$", "")));
      }
      if (options.containsKey("quick")) {
        command.add("--quick");
      }
      List<LogRow> rows;
      try {
        rows = Objects.requireNonNull(FIGURES.get(name)).rows(run);
      } catch (Exception e) {
        e.printStackTrace();
        all = false;
        rows = List.of(new LogRow(name, "no figure: " + e.getMessage(), "", false));
      }
      rows.forEach(row -> System.out.println(row.line(String.join(" ", command))));
      System.out.flush();
    }
    return all;
  }

  /// How much else ran when it began: with that, figures are what they are.
  private static String load() {
    try {
      return ", load at the beginning " + Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    } catch (IOException e) {
      return "";
    }
  }
}
