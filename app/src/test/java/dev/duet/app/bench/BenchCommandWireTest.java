package dev.duet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

final class BenchCommandWireTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new BenchCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setParameterExceptionHandler(
            (e, args) -> {
              err.append(e.getMessage());
              return 2;
            })
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof ParameterException) {
                throw e;
              }
              err.append(e.getMessage());
              return 1;
            })
        .execute(arguments);
  }

  private String[] against(Duet duet, String more) {
    return ("--url http://127.0.0.1:"
            + duet.port()
            + " --warmup 200ms --duration 1s --timeout 60s --drain 60s --subscribers 20 "
            + more)
        .split(" ", -1);
  }

  @Test
  void printsATable() {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0))) {
      assertThat(run(against(duet, "--rate 20 --pid " + ProcessHandle.current().pid()))).isZero();
      assertThat(out.toString())
          .contains(
              "over sse: 20 subscribers, 1 channels; 20 messages/s of 128 bytes",
              "connected     20 of 20",
              "0 lost, 0 repeated, 0 out of order",
              "due to delivered",
              "server/bench",
              "Everybody got everything once and in order.");
      assertThat(err.toString()).contains("20 of 20 subscribers are connected");
    }
  }

  @Test
  void printsJson() {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0))) {
      assertThat(run(against(duet, "--rate 20 --json --transport ws"))).isZero();
      assertThat(out.toString())
          .startsWith("{\"server\":\"http://127.0.0.1:")
          .endsWith("]}\n")
          .contains("\"clean\":true", "\"lost\":0", "\"latencyMicros\":{\"count\":");
      assertThat(err.toString()).isEmpty();
    }
  }

  @Test
  void lossMakesItsExitCodeThree() {
    try (var server =
        new FaultyServer(sent -> sent.number() == 2 ? List.of() : List.of(sent.payload()))) {
      assertThat(
              run(
                  "--url",
                  server.uri().toString(),
                  "--path",
                  "/sub",
                  "--publish-url",
                  server.uri() + "/pub",
                  "--pipeline",
                  "1",
                  "--subscribers",
                  "2",
                  "--rate",
                  "20",
                  "--warmup",
                  "0",
                  "--duration",
                  "1s",
                  "--drain",
                  "2s"))
          .isEqualTo(3);
      assertThat(out.toString()).contains("2 lost, 0 repeated", "NOT CLEAN");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "--transport sss | 'sss' is none of sse, ndjson, poll, websocket, duet.v1",
        "auctions | 'auctions' is none of steady, auction, fan-out, channels, returns",
        "--duration fast | 'fast' is no time such as 500ms",
        "--duration 0 | the duration is more than 0",
        "--url https://localhost | a server is an http:// URL with a host, not 'https://localhost'",
        "--publish-url x | a server is an http:// URL with a host, not 'x'",
        "--path x | the path begins with '/', unlike 'x'",
        "--hello x | a first message is sent on a WebSocket only",
        "--listen | --listen needs --run",
        "--payload 10 | payload bytes: 10 is not from 96 to 16777216",
        "--subscribers 0 --rate 0 | without subscribers and without a rate nothing happens",
        "returns --transport poll | a storm of returns is measured on streams and sockets",
        "--run a~b | a run's id is 1 to 16 letters and digits",
      })
  void wrongUsageIsTold(String line, String problem) {
    assertThat(run(line.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).contains(problem);
  }

  /// Before anything is opened.
  @Test
  void tooManySubscribersForThisProcessAreTold() {
    assertThat(run("--subscribers", "1000000", "--url", "http://127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("1,000,000 subscribers need ")
        .containsAnyOf("open files", "ports");
  }
}
