package dev.duet.app.bench;

import java.io.PrintWriter;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `duet bench`.
@Command(
    name = "bench",
    header = "Measures a server: Duet, or any other.",
    description = {
      "",
      "Connects subscribers, publishes on a schedule, checks that everybody gets everything once"
          + " and in order, and says how long it took from when each message was due. Says as well"
          + " when it was itself the bottleneck.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Scenarios (flags change any of it):",
      "  steady   100 subscribers, 10 messages a second (the default)",
      "  auction  5,000 subscribers of one channel, 20 messages a second",
      "  fan-out  1,000 subscribers of one channel, 50 messages a second",
      "  channels 2,000 channels with a subscriber each, 2,000 messages a second",
      "  returns  10,000 come back at once, and each has missed 20 publications (Duet)",
      "",
      "Examples:",
      "  duet bench --pid $(pgrep -f 'duet.jar serve')",
      "  duet bench auction --transport websocket",
      "  duet bench --subscribers 1000 --rate 100 --burst 10 --duration 30s --json",
      "",
      "Another server, here nginx with nchan, and one that wants a first message:",
      "  duet bench --url http://localhost:8000 --path '/sub/{channel}' \\",
      "    --publish-url 'http://localhost:8000/pub/{channel}'",
      "  duet bench --url http://localhost:9000 --transport websocket --path /ws \\",
      "    --hello '{\"subscribe\":\"{channel}\"}' \\",
      "    --publish-url http://localhost:9000/api \\",
      "    --publish-body '{\"channel\":\"{channel}\",\"data\":{payload}}'",
      "",
      "Two processes, or two machines whose clocks agree:",
      "  duet bench --listen --run a1 --duration 60s",
      "  duet bench --subscribers 0 --run a1 --duration 30s",
      "Whatever publishes, a payload must hold ~db~RUN~CHANNEL~SEQUENCE~DUE~: its run,",
      "its channel's number from 0, its place there from 1, when it was due in",
      "nanoseconds since 1970.",
      "",
      "Exit codes: 0 everybody got everything once and in order, 1 could not run,",
      "2 wrong usage, 3 not all went well."
    })
public final class BenchCommand implements Callable<Integer> {
  private static final int NOT_CLEAN = 3;
  private static final long HOOK_SECONDS = 20;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "SCENARIO",
      converter = ScenarioName.class,
      description = "A load that has a name; see below.")
  private Scenario scenario = Scenario.STEADY;

  @Option(names = "--url", paramLabel = "URL", description = "The server (http://localhost:8080).")
  private String url = "http://localhost:8080";

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      converter = FormName.class,
      description = "How subscribers read: sse (the default), ndjson, poll, websocket, duet.v1.")
  private Form form = Form.SSE;

  @Option(names = "--subscribers", paramLabel = "N", description = "Connections that read.")
  private @Nullable Integer subscribers;

  @Option(
      names = "--channels",
      paramLabel = "N",
      description = "Channels, over which subscribers and messages are spread.")
  private @Nullable Integer channels;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Messages a second, all channels together.")
  private @Nullable Double rate;

  @Option(names = "--burst", paramLabel = "N", description = "Messages that are due at once.")
  private @Nullable Integer burst;

  @Option(names = "--payload", paramLabel = "BYTES", description = "Length of a payload.")
  private @Nullable Integer payload;

  @Option(
      names = "--missed",
      paramLabel = "N",
      description = "Subscribers come back having missed N publications; nothing else happens.")
  private @Nullable Integer missed;

  @Option(
      names = "--warmup",
      paramLabel = "TIME",
      converter = TimeText.class,
      description = "Publishes so long before it measures.")
  private @Nullable Duration warmup;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = TimeText.class,
      description = "Measures so long (such as 30s, 2m).")
  private @Nullable Duration duration;

  @Option(
      names = "--settle",
      paramLabel = "TIME",
      converter = TimeText.class,
      description =
          "Wait between the last connection and the first message (200ms; with --hello 1s).")
  private @Nullable Duration settle;

  @Option(
      names = "--drain",
      paramLabel = "TIME",
      converter = TimeText.class,
      description = "What has not come so long after the last publish is lost (10s).")
  private Duration drain = Times.DEFAULT.drain();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = TimeText.class,
      description = "Most time for a connection to open and a publish to be answered (10s).")
  private Duration timeout = Times.DEFAULT.timeout();

  @Option(
      names = "--connect-rate",
      paramLabel = "N",
      description = "Connections opened a second (2000).")
  private @Nullable Integer connectRate;

  @Option(names = "--threads", paramLabel = "N", description = "Event loops that read (1).")
  private int threads = 1;

  @Option(
      names = "--publishers",
      paramLabel = "N",
      description = "Connections that publish; a channel has one of them.")
  private @Nullable Integer publishers;

  @Option(
      names = "--pipeline",
      paramLabel = "N",
      description = "Publishes under way at once per connection (16); 1 for servers that cannot.")
  private @Nullable Integer pipeline;

  @Option(
      names = "--pid",
      paramLabel = "PID",
      split = ",",
      description = "The server's process, or several: measures CPU and memory.")
  private List<Long> pids = new ArrayList<>();

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Option(
      names = "--listen",
      description = "Publishes nothing: another program does, with the same --run.")
  private boolean listen;

  @Option(
      names = "--run",
      paramLabel = "ID",
      description = "The run's id, in payloads and channel names (random).")
  private @Nullable String run;

  @Option(
      names = "--channel",
      paramLabel = "TEMPLATE",
      description = "Channel names; {n} is the number (bench.RUN.{n}).")
  private @Nullable String channelName;

  @Option(
      names = "--path",
      paramLabel = "TEMPLATE",
      description = "Path that a subscriber asks for (/channels/{channel}).")
  private @Nullable String path;

  @Option(
      names = "--header",
      paramLabel = "FIELD",
      description = "Header field of a subscriber's request, 'Name: value'. Again for more.")
  private List<String> headers = new ArrayList<>();

  @Option(
      names = "--hello",
      paramLabel = "TEXT",
      description = "First message on each WebSocket, with {channel}.")
  private @Nullable String hello;

  @Option(
      names = "--publish-url",
      paramLabel = "TEMPLATE",
      description = "Where to publish (URL/channels/{channel}).")
  private @Nullable String publishUrl;

  @Option(
      names = "--publish-method",
      paramLabel = "NAME",
      description = "Method of a publish (POST).")
  private String publishMethod = "POST";

  @Option(
      names = "--publish-header",
      paramLabel = "FIELD",
      description = "Header field of a publish (Content-Type: application/json).")
  private List<String> publishHeaders = new ArrayList<>();

  @Option(
      names = "--publish-body",
      paramLabel = "TEMPLATE",
      description =
          "Body of a publish, with {channel} and {payload}; {payload:url} percent-encodes.")
  private @Nullable String publishBody;

  @Override
  public Integer call() throws InterruptedException {
    Plan plan;
    try {
      plan = plan();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (!json) {
      out.println(ReportText.title(plan));
      out.flush();
    }
    var bench = new Bench(plan, json ? line -> {} : line -> say(err, line));
    var reported = new CountDownLatch(1);
    var hook = new Thread(() -> breakOff(bench, reported), "bench-break-off");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      Report report = bench.run();
      if (json) {
        out.println(ReportJson.of(report));
        out.flush();
      } else {
        ReportText.print(report, out);
      }
      return report.isClean() ? 0 : NOT_CLEAN;
    } finally {
      reported.countDown();
      forget(hook);
    }
  }

  /// Ctrl-C: the JVM waits for this, and this for the report.
  private static void breakOff(Bench bench, CountDownLatch reported) {
    bench.breakOff();
    try {
      var unused = reported.await(HOOK_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is on its way out: the hook runs.
    }
  }

  private static void say(PrintWriter err, String line) {
    err.println("  " + line);
    err.flush();
  }

  private Plan plan() {
    if (listen && run == null && channelName == null) {
      throw new IllegalArgumentException("--listen needs --run, the id of whoever publishes");
    }
    String id = run == null ? randomRun() : run;
    Load begin = scenario.load();
    int missing = or(missed, begin.missed());
    var load =
        new Load(
            or(subscribers, begin.subscribers()),
            or(channels, begin.channels()),
            listen ? 0 : rate == null ? begin.rate() : rate,
            or(burst, begin.burst()),
            or(payload, begin.payloadBytes()),
            missing,
            or(publishers, begin.publishers()),
            or(pipeline, begin.pipeline()));
    var times =
        new Times(
            warmup == null ? Duration.ofSeconds(scenario.warmupSeconds()) : warmup,
            duration == null ? Duration.ofSeconds(scenario.seconds()) : duration,
            settle == null
                ? hello == null ? Times.DEFAULT.settle() : Duration.ofSeconds(1)
                : settle,
            missing > 0 && duration != null ? duration : drain,
            timeout,
            or(connectRate, missing > 0 ? Integer.MAX_VALUE : Times.DEFAULT.connectRate()));
    return new Plan(id, target(id), load, times, threads, pids);
  }

  private Target target(String id) {
    URI base = URI.create(url);
    Target duet = Target.duet(base, form, id);
    return new Target(
        base,
        form,
        path == null ? duet.path() : path,
        headers,
        hello == null ? duet.hello() : hello,
        publishUrl == null ? duet.publishUrl() : publishUrl,
        publishMethod,
        publishHeaders.isEmpty() ? duet.publishHeaders() : publishHeaders,
        publishBody == null ? duet.publishBody() : publishBody,
        channelName == null ? duet.channelName() : channelName);
  }

  private static int or(@Nullable Integer given, int otherwise) {
    return given == null ? otherwise : given;
  }

  private static String randomRun() {
    return Long.toString(new SecureRandom().nextLong(1L << 40), 36);
  }

  private static final class ScenarioName implements ITypeConverter<Scenario> {
    @Override
    public Scenario convert(String text) {
      return Scenario.of(text)
          .orElseThrow(
              () -> new TypeConversionException("'" + text + "' is none of " + Scenario.names()));
    }
  }

  private static final class FormName implements ITypeConverter<Form> {
    @Override
    public Form convert(String text) {
      return Form.of(text)
          .orElseThrow(
              () -> new TypeConversionException("'" + text + "' is none of " + Form.names()));
    }
  }

  private static final class TimeText implements ITypeConverter<Duration> {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m|h)?");

    @Override
    public Duration convert(String text) {
      Matcher time = TIME.matcher(text);
      if (!time.matches()) {
        throw new TypeConversionException("'" + text + "' is no time such as 500ms, 30s, 2m or 1h");
      }
      long number = Long.parseLong(time.group(1));
      return switch (time.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "m" -> Duration.ofMinutes(number);
        case "h" -> Duration.ofHours(number);
        case null, default -> Duration.ofSeconds(number);
      };
    }
  }
}
