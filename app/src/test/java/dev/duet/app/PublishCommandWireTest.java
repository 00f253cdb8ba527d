package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `duet publish` against a server.
final class PublishCommandWireTest {
  private static Duet duet;

  @TempDir Path directory;

  private final Map<String, String> environment = new HashMap<>();
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

  private int run(InputStream in, String... arguments) {
    environment.putIfAbsent("DUET_URL", "http://127.0.0.1:" + duet.port());
    return Main.commandLine(new Shell(environment, directory, in, false, terminal))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private int run(String... arguments) {
    return run(InputStream.nullInputStream(), arguments);
  }

  private static InputStream input(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String held(String channel) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:"
                              + duet.port()
                              + "/channels/"
                              + channel
                              + "?since=start&limit=1000"))
                  .header("accept", "application/json")
                  .build(),
              BodyHandlers.ofString())
          .body();
    }
  }

  @Test
  void anArgumentAFileAndStandardInputArePublished() throws Exception {
    Path file = Files.write(directory.resolve("bytes"), new byte[] {0, (byte) 0xFF});
    assertThat(run("publish", "in", "{\"n\": 1}", "--event", "e e", "--key", "ü")).isZero();
    assertThat(run("publish", "in", "--file", file.toString())).isZero();
    assertThat(run(input("text"), "publish", "in")).isZero();
    assertThat(run("publish", "in", "12", "--type", "text/plain")).isZero();
    assertThat(held("in"))
        .containsSubsequence(
            "\"event\":\"e e\",\"key\":\"ü\"",
            "\"data\":{\"n\": 1}",
            "\"data64\":\"AP8=\"",
            "\"data\":\"text\"",
            "\"data\":\"12\"");
    assertThat(out.toString().lines())
        .hasSize(4)
        .allSatisfy(
            line -> assertThat(line).startsWith("{\"channel\":\"in\",\"offset\":").endsWith("}"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void onATerminalTheReceiptIsALineForPeople() {
    terminal = true;
    assertThat(run("publish", "people", "x", "--idempotency-key", "k")).isZero();
    assertThat(run("publish", "people", "x", "--idempotency-key", "k")).isZero();
    assertThat(out.toString())
        .matches(
            "people: published at \\d+, cursor [a-z0-9]+\\.\\d+\\n"
                + "people: published at \\d+, cursor [a-z0-9]+\\.\\d+ \\(it was there"
                + " already\\)\\n");
  }

  @Test
  void severalChannelsHaveAReceiptEach() {
    assertThat(run("publish", "several.a,several.b", "x")).isZero();
    assertThat(out.toString().lines()).hasSize(2);
    assertThat(run("publish", "several.b", "last", "--end")).isZero();
    assertThat(run("publish", "several.a,several.b", "x")).isEqualTo(3);
    assertThat(out.toString().lines()).hasSize(5);
    assertThat(err.toString()).startsWith("duet: several.b: ended: ");
  }

  @Test
  void aConditionThatDoesNotHoldHasAnExitCodeOfItsOwn() {
    assertThat(run("publish", "turns", "1", "--if-match", "0")).isZero();
    assertThat(run("publish", "turns", "2", "--if-match", "0")).isEqualTo(3);
    assertThat(err.toString()).startsWith("duet: mismatch: the last publication is at ");
  }

  @Test
  void aKeyIsDeletedOnlyWhereThereAreKeys() {
    assertThat(run("publish", "history", "--delete", "--key", "k")).isEqualTo(1);
    assertThat(err.toString()).startsWith("duet: bad-").contains("latest");
  }

  @Test
  void linesOfNdjsonAreABatch() throws Exception {
    String lines =
        "{\"data\":{\"n\":1}}\n\n{\"data\":\"two\",\"event\":\"e\"}\n{\"data64\":\"AP8=\"}";
    assertThat(run(input(lines), "publish", "batch", "--ndjson")).isZero();
    assertThat(out.toString().lines()).hasSize(3);
    assertThat(held("batch"))
        .containsSubsequence("\"data\":{\"n\":1}", "\"event\":\"e\"", "\"data64\":\"AP8=\"");
  }

  @Test
  void thousandsOfLinesAreSeveralBatchesAndStayInOrder() throws Exception {
    var text = new StringBuilder();
    IntStream.range(0, 2_500).forEach(i -> text.append(i).append(" \"x\"\r\n"));
    assertThat(run(input(text.toString()), "publish", "lines", "--lines", "--event", "l")).isZero();
    assertThat(out.toString().lines()).hasSize(2_500);
    // The channel keeps the last thousand.
    assertThat(held("lines"))
        .containsSubsequence(
            IntStream.range(1_500, 2_500)
                .mapToObj(i -> "\"event\":\"l\",\"time\"")
                .toArray(String[]::new))
        .contains("\"data\":\"1500 \\\"x\\\"\"", "\"data\":\"2499 \\\"x\\\"\"")
        .doesNotContain("\\r");
  }

  @Test
  void aLineOfALivePipeIsPublishedBeforeTheNextOneComes() throws Exception {
    var pipe = new PipedOutputStream();
    var in = new PipedInputStream(pipe);
    Thread running = Thread.ofVirtual().start(() -> run(in, "publish", "live", "--lines"));
    pipe.write("first\n".getBytes(StandardCharsets.UTF_8));
    pipe.flush();
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!held("live").contains("first")) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
    pipe.close();
    assertThat(running.join(Duration.ofSeconds(60))).isTrue();
  }

  @Test
  void aBatchEndsAtTheLineThatIsRefusedAndSaysWhich() throws Exception {
    String lines = "{\"data\":1}\n{\"data\":2,\"ifMatch\":7}\n{\"data\":3}\n";
    assertThat(run(input(lines), "publish", "stops", "--ndjson")).isEqualTo(3);
    assertThat(out.toString().lines()).hasSize(3);
    assertThat(err.toString())
        .startsWith("duet: stops: mismatch: ")
        .contains("not published from there on, input lines 1 to 3");
    assertThat(run(input("{\"data\":1}\n{\"dat\":2}\n"), "publish", "stops", "--ndjson"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("duet: lines 1 to 2 of the input: ", "line 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "publish c x --file f | give DATA or --file, not both",
        "publish c --file f | there is no file f",
        "publish c --delete | --delete takes --key, and no payload, event or end",
        "publish c --lines --ndjson | give --lines or --ndjson, not both",
        "publish a,b --lines | lines go to one channel",
        "publish c x --timeout 101s | --timeout is at most 100s",
        "publish c x --timeout soon | invalid value for option '--timeout': 'soon' is not a time"
            + " such as 500ms, 30s, 5m, 1h",
        "publish c x --ndjson --key k | with --ndjson the event and the key stand in each line",
        "publish | missing required parameter: 'CHANNEL'",
      })
  void wrongUsage(String line, String problem) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err)
        .hasToString("duet: " + problem + "\n'duet help publish' shows what there is.\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "--url ftp://x | 'ftp://x' is not the address of a server, such as http://127.0.0.1:8080",
        "--url x | 'x' is not the address of a server, such as http://127.0.0.1:8080",
        "--url http://127.0.0.1:1 | http://127.0.0.1:1 takes no connections; does the server run?"
            + " ('duet serve'; --url names another)",
        "-H x | 'x' is not a header that can be sent, such as 'Authorization: Bearer x'",
      })
  void aServerThatIsNotThere(String flag, String problem) {
    assertThat(run(("publish c x " + flag).split(" "))).isEqualTo(1);
    assertThat(err).hasToString("duet: " + problem + "\n");
  }

  /// The first answer says to come back, the second one never comes, the third is a receipt.
  @Test
  void itTriesAgainWithTheSameKey() throws Exception {
    var keys = new CopyOnWriteArrayList<String>();
    var bodies = new CopyOnWriteArrayList<String>();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/base/channels/c",
        exchange -> {
          keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
          bodies.add(
              exchange.getRequestHeaders().getFirst("X-Mine")
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          if (keys.size() == 1) {
            exchange.getResponseHeaders().set("Retry-After", "1");
            exchange.sendResponseHeaders(503, -1);
          } else if (keys.size() == 3) {
            byte[] receipt = "{\"channel\":\"c\",\"offset\":1}\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, receipt.length);
            exchange.getResponseBody().write(receipt);
          }
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/base/";
      assertThat(run("publish", "c", "x", "--url", url, "-H", "X-Mine: 1")).isZero();
    } finally {
      server.stop(0);
    }
    assertThat(keys).hasSize(3).allSatisfy(key -> assertThat(key).isEqualTo(keys.getFirst()));
    assertThat(bodies).containsOnly("1x");
    assertThat(out).hasToString("{\"channel\":\"c\",\"offset\":1}\n");
    assertThat(err.toString().lines()).first().isEqualTo("duet: status 503; trying again in 1.0 s");
  }

  @Test
  void itGivesUpInTime() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] problem =
              "{\"code\":\"busy\",\"detail\":\"too much\"}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(503, problem.length);
          exchange.getResponseBody().write(problem);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      assertThat(run("publish", "c", "x", "--url", url, "--timeout", "1s", "-q")).isEqualTo(1);
    } finally {
      server.stop(0);
    }
    // Where the machine is slow the last try may be cut by the end of the time.
    assertThat(err.toString()).startsWith("duet: ").endsWith(" (tried for 1 s)\n");
    assertThat(List.of(out.toString())).containsExactly("");
  }
}
