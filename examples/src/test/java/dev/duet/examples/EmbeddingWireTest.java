package dev.duet.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// examples/embedding as its reader uses it: a process of one source file, and clients of it.
@Timeout(300)
final class EmbeddingWireTest {
  private static final Path EXAMPLES = Path.of("embedding").toAbsolutePath();

  /// An example that runs on a free port.
  private static final class Example implements AutoCloseable {
    final HttpClient client = HttpClient.newHttpClient();
    final String origin;
    private final Process process;
    private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();

    Example(String name) throws Exception {
      var classPath = new ArrayList<String>();
      for (String entry : System.getProperty("java.class.path").split(":")) {
        classPath.add(Path.of(entry).toAbsolutePath().toString());
      }
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  String.join(":", classPath),
                  name + ".java",
                  "0")
              .directory(EXAMPLES.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      Thread.ofVirtual().start(() -> process.inputReader(UTF_8).lines().forEach(printed::add));
      String line = next("\\w+:? http://localhost:\\d+/channels/.*");
      origin = line.replaceAll(".*(http://localhost:\\d+)/.*", "$1");
    }

    /// The next line that it prints like this; before it may stand what is logged.
    String next(String pattern) throws InterruptedException {
      String line = "";
      while (line != null && !line.matches(pattern)) {
        line = printed.poll(120, TimeUnit.SECONDS);
      }
      assertThat(line).as("a line like " + pattern).isNotNull();
      return line;
    }

    HttpRequest.Builder request(String path) {
      return HttpRequest.newBuilder(URI.create(origin + path));
    }

    BufferedReader stream(HttpRequest.Builder request) throws Exception {
      HttpResponse<InputStream> answer =
          client.send(
              request.header("Accept", "text/event-stream").build(), BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      return new BufferedReader(new InputStreamReader(answer.body(), UTF_8));
    }

    int status(HttpRequest.Builder request) throws Exception {
      return client.send(request.build(), BodyHandlers.ofString()).statusCode();
    }

    @Override
    public void close() throws Exception {
      client.shutdownNow();
      process.destroy();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static String until(BufferedReader lines, String pattern) throws Exception {
    String line = lines.readLine();
    while (line != null && !line.matches(pattern)) {
      line = lines.readLine();
    }
    assertThat(line).as("a line like " + pattern).isNotNull();
    return line;
  }

  @Test
  void tenLinesPublishToAChannelAndShowItInABrowser() throws Exception {
    assertThat(Files.readAllLines(EXAMPLES.resolve("PublishAndShow.java")))
        .filteredOn(line -> !line.isBlank())
        .hasSizeLessThanOrEqualTo(10);
    try (var example = new Example("PublishAndShow")) {
      String page =
          example
              .client
              .send(
                  example.request("/channels/clock").header("Accept", "text/html").build(),
                  BodyHandlers.ofString())
              .body();
      assertThat(page).contains("<html");
      try (BufferedReader events = example.stream(example.request("/channels/clock"))) {
        String first = until(events, "data: 20\\d\\d-.*Z");
        assertThat(until(events, "data: 20\\d\\d-.*Z")).isGreaterThan(first);
      }
    }
  }

  @Test
  void confirmAnswersEveryOrder() throws Exception {
    try (var example = new Example("Confirm")) {
      for (String order : new String[] {"tea", "coffee"}) {
        assertThat(
                example.status(
                    example.request("/channels/orders").POST(BodyPublishers.ofString(order))))
            .isEqualTo(200);
      }
      try (BufferedReader events =
          example.stream(example.request("/channels/confirmed?since=start"))) {
        until(events, "data: tea is on its way");
        until(events, "data: coffee is on its way");
      }
      example.next("confirmed tea, at .*");
    }
  }

  @Test
  void whoMayWhatRefusesServesAndRevokes() throws Exception {
    try (var example = new Example("WhoMayWhat")) {
      String notes = "/channels/ann.notes";
      assertThat(example.status(example.request(notes))).isEqualTo(401);
      assertThat(example.status(example.request(notes).header("Cookie", "user=bob")))
          .isEqualTo(403);
      try (BufferedReader events =
          example.stream(example.request(notes).header("Cookie", "user=ann"))) {
        HttpRequest.Builder post = example.request(notes).POST(BodyPublishers.ofString("mine"));
        assertThat(example.status(post.header("Cookie", "user=ann"))).isEqualTo(200);
        until(events, "data: mine");
        Writer terminal = example.process.outputWriter(UTF_8);
        terminal.write("ann\n");
        terminal.flush();
        until(events, ".*revoked.*");
        example.next("ended 1 of ann");
      }
    }
  }
}
