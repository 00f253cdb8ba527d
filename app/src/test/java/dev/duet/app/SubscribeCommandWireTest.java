package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `duet subscribe` against a server.
final class SubscribeCommandWireTest {
  private static Duet duet;

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private boolean terminal;

  @BeforeAll
  static void start() {
    duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
  }

  @AfterAll
  static void stop() {
    duet.stop(Duration.ZERO);
  }

  private static void publish(String channel, Draft draft) {
    duet.publish(channel, draft).toCompletableFuture().join();
  }

  private static Draft text(String text) {
    return Draft.of(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  private static String url() {
    return "http://127.0.0.1:" + duet.port();
  }

  private int run(String... arguments) {
    return Main.commandLine(
            new Shell(
                Map.of("DUET_URL", url()),
                directory,
                InputStream.nullInputStream(),
                false,
                terminal))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sse", "ndjson", "poll", "websocket", "duet.v1"})
  void inAPipeItPrintsLinesOfJsonAndSaysWhereToGoOn(String transport) {
    String channel = "pipe." + transport;
    publish(channel, text("one"));
    publish(channel, text("two").withEvent("e"));
    publish(channel, text("three"));
    assertThat(run("subscribe", channel, "--since=start", "--count=2", "--transport=" + transport))
        .isZero();
    assertThat(out.toString().lines())
        .hasSize(2)
        .allSatisfy(
            line -> assertThat(line).startsWith("{\"channel\":\"" + channel + "\",\"offset\""));
    assertThat(err.toString()).matches("duet: go on with --since [^ ]+\\n");

    String cursor = err.toString().strip().replaceAll(".* ", "").replace("'", "");
    assertThat(run("subscribe", channel, "--since", cursor, "--count=1")).isZero();
    assertThat(out.toString().lines()).hasSize(3).last().asString().contains("\"data\":\"three\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sse", "ndjson", "poll", "websocket", "duet.v1"})
  void aPaceIsKeptOnEveryTransport(String transport) throws Exception {
    String channel = "pace." + transport;
    publish(channel, text("0"));
    Thread publishing =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    for (int i = 1; i < 40; i++) {
                      publish(channel, text("" + i));
                      Thread.sleep(20);
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    assertThat(
            run(
                "subscribe",
                channel,
                "--since=start",
                "--count=40",
                "--every=200ms",
                "--transport=" + transport))
        .isZero();
    publishing.join();
    assertThat(out.toString().lines().map(line -> line.replaceAll(".*\"data\":\"(\\d+)\".*", "$1")))
        .isEqualTo(IntStream.range(0, 40).mapToObj(String::valueOf).toList());
    assertThat(run("subscribe", channel, "--every=1ms", "--since=-1", "--count=2")).isEqualTo(1);
    assertThat(err.toString()).contains("duet: bad-parameter: ", "100ms");
  }

  @Test
  void onATerminalItPrintsLinesForPeopleAndNoCommandsToIt() {
    terminal = true;
    publish("people", text("a\nb\u001b[31m").withEvent("e\u202e").withKey("k"));
    publish("people", Draft.of(PayloadType.JSON, "{\"n\":1}".getBytes(StandardCharsets.UTF_8)));
    publish("people", Draft.of(PayloadType.BYTES, new byte[] {1}).withEnd(true));
    assertThat(run("subscribe", "people", "--since", "other.1")).isZero();
    assertThat(out.toString().replaceAll("(?m)^\\d\\d:\\d\\d:\\d\\d", "12:00:00"))
        .matches(
            """
            -- people: publications may be missing \\(unknown-log\\)
            12:00:00 people \\[e\\\\u202e] k = a
                b\\\\u001b\\[31m
            12:00:00 people \\{"n":1}
            12:00:00 people \\(bytes in base64\\) AQ==
            -- people: it has ended
            """);
  }

  @Test
  void aTimeThatPassesIsAnErrorOnlyWhereACountWasAsked() {
    assertThat(run("subscribe", "quiet", "--timeout", "300ms")).isZero();
    assertThat(err.toString()).startsWith("duet: go on with --since ");
    assertThat(run("subscribe", "quiet", "--timeout", "300ms", "--count", "2", "-q")).isEqualTo(1);
    assertThat(run("subscribe", "quiet", "--timeout", "300ms", "--count", "2")).isEqualTo(1);
    assertThat(err.toString()).contains("duet: only 0 of 2 came in time");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void wrongUsage() {
    assertThat(run("subscribe", "a", "--transport", "carrier-pigeon")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith(
            "duet: invalid value for option '--transport': 'carrier-pigeon' is not one of sse,"
                + " ndjson, poll, websocket, duet.v1\n");
    assertThat(run("subscribe", "a", "--count", "0")).isEqualTo(2);
    assertThat(run("subscribe", "a", "--since", "yesterday")).isEqualTo(1);
    assertThat(err.toString()).contains("duet: bad-cursor: ");
  }

  // ---- as a process

  private static ProcessBuilder process(String... arguments) {
    var builder = new ProcessBuilder(ServeProcess.command(List.of(arguments)));
    builder.environment().put("LC_ALL", "C");
    return builder;
  }

  @Test
  void aSignalEndsItAndItSaysWhereToGoOn() throws Exception {
    publish("signal", text("ü€"));
    Path printed = directory.resolve("out");
    Path told = directory.resolve("err");
    Process subscribe =
        process("subscribe", "signal", "--since", "start", "--url", url())
            .redirectOutput(printed.toFile())
            .redirectError(told.toFile())
            .start();
    try {
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (!Files.readString(printed).endsWith("}\n")) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(20);
      }
      // not INT: whoever runs this in the background of a shell has it ignored
      new ProcessBuilder("kill", "-TERM", "" + subscribe.pid()).start().waitFor();
      assertThat(subscribe.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(subscribe.exitValue()).isEqualTo(143);
      assertThat(Files.readString(printed)).contains("\"data\":\"ü€\"");
      assertThat(Files.readString(told)).matches("duet: go on with --since [^ ]+\\n");
    } finally {
      subscribe.destroyForcibly();
    }
  }

  @Test
  void whenNobodyReadsItsOutputItEnds() throws Exception {
    Process subscribe = process("subscribe", "reader", "--since", "start", "--url", url()).start();
    try {
      publish("reader", text("1"));
      assertThat(subscribe.inputReader().readLine()).contains("\"1\"");
      subscribe.getInputStream().close();
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (subscribe.isAlive()) {
        assertThat(System.nanoTime()).isLessThan(end);
        publish("reader", text("x".repeat(10_000)));
        Thread.sleep(20);
      }
      assertThat(subscribe.exitValue()).isZero();
    } finally {
      subscribe.destroyForcibly();
    }
  }

  @Test
  void theClientsLoadNothingOfTheServer() throws Exception {
    for (String command : List.of("publish", "subscribe")) {
      Path log = directory.resolve(command);
      var line =
          ServeProcess.command(
              command.equals("publish")
                  ? List.of("publish", "loads", "x", "--url", url())
                  : List.of("subscribe", "loads", "--since=start", "--count=1", "--url", url()));
      line.add(1, "-Xlog:class+load:file=" + log);
      Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
      assertThat(Files.readString(log))
          .contains("dev.duet.app.client.Remote ")
          .doesNotContain(" io.netty", " dev.duet.server", " dev.duet.broker", " ch.qos.logback")
          .doesNotContain(" org.slf4j", " org.snakeyaml");
    }
  }

  @Test
  void onARealTerminalItPrintsLinesForPeople() throws Exception {
    assumeThat(Path.of("/usr/bin/script")).as("script(1) makes a terminal").exists();
    publish("tty", text("Hello"));
    String line =
        String.join(
            " ",
            ServeProcess.command(
                List.of("subscribe", "tty", "--since=start", "--count=1", "--url", url())));
    Process script =
        new ProcessBuilder("script", "-qec", line, "/dev/null").redirectErrorStream(true).start();
    script.getOutputStream().close();
    String said = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(script.waitFor()).as(said).isZero();
    assertThat(said)
        .containsPattern("\\d\\d:\\d\\d:\\d\\d tty Hello\\r?\\n")
        .contains("duet: go on with --since ");
  }
}
