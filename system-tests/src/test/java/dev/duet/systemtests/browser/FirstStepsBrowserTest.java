package dev.duet.systemtests.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.systemtests.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// examples/first-steps as a newcomer uses it: a process, its pages in Chromium, curl. The pages
/// are not changed: Chromium finds their ports at those that were free.
class FirstStepsBrowserTest {
  private static final Path EXAMPLE = Path.of("../examples/first-steps").toAbsolutePath();

  private static Process example;
  private static final BlockingQueue<String> printed = new LinkedBlockingQueue<>();
  private static int socketPort;
  private static int pagePort;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    example =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(),
                "FirstSteps.java",
                "0",
                "0")
            .directory(EXAMPLE.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Thread.ofVirtual().start(() -> example.inputReader(UTF_8).lines().forEach(printed::add));
    socketPort = port("WebSocket: ws://localhost:(\\d+)");
    pagePort = port("Events:    http://localhost:(\\d+)/events");
    browser =
        new Browser(
            "--host-resolver-rules=MAP localhost:8080 127.0.0.1:%d,MAP localhost:8081 127.0.0.1:%d"
                .formatted(pagePort, socketPort));
  }

  /// As absolute paths: the example runs in its own directory.
  private static String classPath() {
    var entries = new ArrayList<String>();
    for (String entry : System.getProperty("java.class.path").split(":")) {
      entries.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(":", entries);
  }

  private static int port(String pattern) throws InterruptedException {
    Matcher matcher = Pattern.compile(pattern).matcher(next());
    assertThat(matcher.matches()).as(pattern).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  private static String next() throws InterruptedException {
    String line = printed.poll(60, TimeUnit.SECONDS);
    assertThat(line).as("a line that the example prints").isNotNull();
    return line;
  }

  @AfterAll
  static void end() throws InterruptedException {
    if (browser != null) {
      browser.close();
    }
    example.destroy();
    assertThat(example.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void thePageThatEchoesAndTheServerThatCounts() throws Exception {
    try (Browser.Page page = browser.open("http://localhost:8080/echo.html", "light", 700)) {
      page.waitFor("document.querySelectorAll('#answers li').length === 1");
      page.fill("input", "Grüße <b>");
      page.click("button");
      page.waitFor("document.querySelectorAll('#answers li').length === 2");
      assertThat(page.evaluate("[...document.querySelectorAll('li')].map(li => li.textContent)"))
          .isEqualTo("[\"Echo: Hello, server\",\"Echo: Grüße <b>\"]");
      assertThat(List.of(next(), next())).containsExactly("sent 1", "sent 2");
      assertThat(page.problems()).isEqualTo("[]");
      page.screenshot(PagesBrowserTest.picture("first-steps-echo"));
    }
    try (Browser.Page file = browser.open(EXAMPLE.resolve("echo.html").toUri().toString())) {
      file.waitFor("document.querySelectorAll('#answers li').length === 1");
      assertThat(next()).isEqualTo("sent 3");
    }
  }

  @Test
  void aPageOfAnotherOriginIsRefused() {
    try (Browser.Page page = browser.open("http://localhost:8081/")) {
      String script =
          "new Promise(done => { const s = new WebSocket(%s); s.onopen = () => done('open');"
              + " s.onclose = e => done('' + e.code) })";
      assertThat(page.evaluate(script.formatted("'ws://localhost:8081'"))).isEqualTo("open");
    }
    assertThat(curl("-H", "Origin: https://other.example", "http://localhost:%d/events"))
        .contains("forbidden-origin");
  }

  @Test
  void thePageThatShowsTheTimeEverySecond() throws Exception {
    try (Browser.Page page = browser.open("http://localhost:8080/clock.html", "dark", 700)) {
      page.waitFor("Number(document.getElementById('count').textContent) >= 3");
      assertThat(page.evaluate("document.getElementById('time').textContent"))
          .matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
      assertThat(page.problems()).isEqualTo("[]");
      page.screenshot(PagesBrowserTest.picture("first-steps-clock"));
    }
  }

  @Test
  void curlSeesTheTimeAtOnceAndThenEverySecond() {
    String events = curl("-N", "--max-time", "4", "http://localhost:%d/events");
    List<String> data = events.lines().filter(line -> line.startsWith("data: 20")).toList();
    assertThat(data).hasSizeBetween(2, 6).doesNotHaveDuplicates().isSorted();
    assertThat(events.indexOf("data: 20")).isLessThan(events.indexOf("duet.live"));
    String page = curl("-H", "Accept: application/json", "http://localhost:%d/events");
    assertThat(Json.object(page).has("publications")).isTrue();
  }

  private static String curl(String... arguments) {
    var command = new ArrayList<>(List.of("curl", "-s"));
    for (String argument : arguments) {
      command.add(argument.startsWith("http:") ? argument.formatted(pagePort) : argument);
    }
    try {
      Process curl = new ProcessBuilder(command).start();
      return new String(curl.getInputStream().readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// What is printed on the page of the example is what its files say.
  @Test
  void theReadmeShowsTheSnippetsOfThePages() throws IOException {
    String readme = Files.readString(EXAMPLE.resolve("README.md"));
    for (String snippet :
        List.of(
            "new EventSource(\"/events\")",
            "new WebSocket(\"ws://localhost:8081\")",
            "socket.onopen = () => socket.send(\"Hello, server\")")) {
      assertThat(readme).contains(snippet);
      assertThat(
              Files.readString(EXAMPLE.resolve("clock.html"))
                  + Files.readString(EXAMPLE.resolve("echo.html")))
          .contains(snippet);
    }
  }
}
