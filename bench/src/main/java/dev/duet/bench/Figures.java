package dev.duet.bench;

import dev.duet.app.bench.Bench;
import dev.duet.app.bench.Form;
import dev.duet.app.bench.Load;
import dev.duet.app.bench.Plan;
import dev.duet.app.bench.Report;
import dev.duet.app.bench.Scenario;
import dev.duet.app.bench.Times;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Measures servers side by side: every pass goes over all of them, so that what the machine does
/// meanwhile hits each the same, and the medians of the passes are printed as a table of Markdown.
public final class Figures {
  private static final String USAGE =
      """
      bench/figures [--passes N] [--seconds N] [--warmup N] [--only SCENARIO,…] [--without NAME,…]
                    [--nginx PROGRAM] [--nchan-module FILE]

      Scenarios: fan-out, fan-out-burst, auction, channels, returns. Servers: floor (needs a C compiler), Duet, nchan (if
      nginx and its module are there). The first pass only warms up and is not counted.
      """;

  private final Map<String, String> options = new LinkedHashMap<>();
  private final int passes;
  private final Duration seconds;
  private final Duration warmup;
  private int runs;

  private Figures(String[] args) {
    for (int i = 0; i < args.length; i += 2) {
      if (!args[i].startsWith("--") || i + 1 == args.length) {
        throw new IllegalArgumentException(USAGE);
      }
      options.put(args[i].substring(2), args[i + 1]);
    }
    this.passes = number("passes", 3);
    this.seconds = Duration.ofSeconds(number("seconds", 8));
    this.warmup = Duration.ofSeconds(number("warmup", 4));
  }

  /// What is measured: a load, and how it is read.
  private record Case(String name, Form form, Load load) {}

  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("--help")) {
      System.out.println(USAGE);
      return;
    }
    new Figures(args).run();
  }

  private void run() throws IOException, InterruptedException {
    Path root = Path.of("").toAbsolutePath();
    Path directory = Files.createTempDirectory("duet-figures");
    var peers = new ArrayList<Peer>();
    try {
      start(peers, root, directory);
      System.out.println(machine());
      System.out.println();
      System.out.println(
          "| case | server | CPU per delivery, µs | server/bench | x floor | due to delivered p50,"
              + " p99 | to the last p50, p99 | KiB per connection | clean |");
      System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
      for (Case each : cases()) {
        measure(each, peers);
      }
    } finally {
      peers.forEach(Peer::close);
    }
  }

  private void start(List<Peer> peers, Path root, Path directory) {
    var without = List.of(options.getOrDefault("without", "").split(",", -1));
    if (!without.contains("floor")) {
      peers.add(Peer.floor(root, directory));
    }
    if (!without.contains("Duet")) {
      peers.add(Peer.duet(root, "--memory"));
    }
    Path module =
        Path.of(options.getOrDefault("nchan-module", "/usr/lib/nginx/modules/ngx_nchan_module.so"));
    if (!without.contains("nchan") && Files.exists(module)) {
      peers.add(Peer.nchan(options.getOrDefault("nginx", "nginx"), module, directory));
    }
  }

  private List<Case> cases() {
    Load fanOut = Scenario.FAN_OUT.load();
    Load burst = new Load(1_000, 1, 50, 10, 128, 0, 1, 16);
    var all =
        List.of(
            new Case("fan-out", Form.SSE, fanOut),
            new Case("fan-out", Form.WEBSOCKET, fanOut),
            new Case("fan-out-burst", Form.SSE, burst),
            new Case("auction", Form.SSE, new Load(5_000, 1, 10, 1, 256, 0, 1, 16)),
            new Case("auction", Form.WEBSOCKET, new Load(5_000, 1, 10, 1, 256, 0, 1, 16)),
            new Case("channels", Form.SSE, Scenario.CHANNELS.load()),
            new Case("returns", Form.SSE, Scenario.RETURNS.load()));
    var only = options.get("only");
    return only == null
        ? all
        : all.stream().filter(each -> List.of(only.split(",", -1)).contains(each.name)).toList();
  }

  private void measure(Case each, List<Peer> peers) throws InterruptedException {
    var able = peers.stream().filter(peer -> can(peer, each)).toList();
    Map<String, List<Report>> reports = new LinkedHashMap<>();
    for (int pass = 0; pass <= passes; pass++) {
      for (Peer peer : able) {
        Report report = new Bench(plan(each, peer), line -> {}).run();
        System.err.printf(
            Locale.ROOT,
            "%s %s, pass %d, %s: %.2f µs, server/bench %.2f, p99 %.1f ms%s%n",
            each.name,
            each.form.text(),
            pass,
            peer.name(),
            report.serverMicros(),
            report.serverOverClient(),
            report.latency().p99() / 1e3,
            report.isClean() ? "" : ", NOT CLEAN: " + report.trouble());
        report.notes().forEach(note -> System.err.println("  " + note));
        if (pass > 0) {
          reports.computeIfAbsent(peer.name(), name -> new ArrayList<>()).add(report);
        }
      }
    }
    reports.forEach((name, of) -> print(each, name, of, reports.get("floor")));
  }

  /// The floor keeps nothing and knows one channel; a storm of returns takes Duet's cursor.
  private static boolean can(Peer peer, Case each) {
    return switch (peer.name()) {
      case "floor" -> each.load.channels() == 1 && each.load.missed() == 0;
      case "nchan" -> each.load.missed() == 0;
      default -> true;
    };
  }

  private Plan plan(Case each, Peer peer) {
    String run = "f" + ++runs;
    Times times =
        new Times(
            warmup,
            seconds,
            Duration.ofMillis(500),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            each.load.missed() > 0 ? Integer.MAX_VALUE : 2_000);
    return new Plan(run, peer.target(each.form, run), each.load, times, 1, peer.pids());
  }

  private static void print(
      Case each, String name, List<Report> reports, @Nullable List<Report> floor) {
    double[] ratios = new double[reports.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] =
          floor == null
              ? Double.NaN
              : reports.get(i).serverOverClient() / floor.get(i).serverOverClient();
    }
    Arrays.sort(ratios);
    boolean storm = each.load.missed() > 0;
    System.out.printf(
        Locale.ROOT,
        "| %s, %s | %s | %.2f | %.2f | %s | %s | %s | %s | %s |%n",
        each.name,
        each.form.text(),
        name,
        median(reports, Report::serverMicros),
        median(reports, Report::serverOverClient),
        Double.isNaN(ratios[0])
            ? ""
            : String.format(Locale.ROOT, "%.2f", ratios[ratios.length / 2]),
        storm
            ? times(reports, r -> r.returned().p50(), r -> r.returned().p99())
            : times(reports, r -> r.latency().p50(), r -> r.latency().p99()),
        storm ? "" : times(reports, r -> r.last().p50(), r -> r.last().p99()),
        String.format(Locale.ROOT, "%.1f", median(reports, Report::residentPerConnection) / 1_024),
        reports.stream().allMatch(Report::isClean) ? "yes" : "NO");
  }

  private static String times(
      List<Report> reports, ToDoubleFunction<Report> one, ToDoubleFunction<Report> other) {
    return String.format(
        Locale.ROOT, "%.1f, %.1f ms", median(reports, one) / 1e3, median(reports, other) / 1e3);
  }

  private static double median(List<Report> reports, ToDoubleFunction<Report> of) {
    double[] sorted = reports.stream().mapToDouble(of).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private static String machine() {
    return "%s, %d CPUs, Java %s, kernel %s, commit %s"
        .formatted(
            LocalDate.now(java.time.ZoneOffset.UTC),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version(),
            System.getProperty("os.version"),
            Peer.said("git", "rev-parse", "--short", "HEAD"));
  }

  private int number(String name, int otherwise) {
    String given = options.get(name);
    return given == null ? otherwise : Integer.parseInt(given);
  }
}
