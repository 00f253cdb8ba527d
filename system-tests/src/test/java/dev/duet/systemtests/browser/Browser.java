package dev.duet.systemtests.browser;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.duet.systemtests.Json;
import dev.duet.systemtests.Node;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Chromium, in a process of its own. One thread at a time.
final class Browser implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;
  private int requests;

  /// @param arguments more of Chromium's own, such as `--host-resolver-rules=…`
  Browser(String... arguments) throws IOException {
    var program = new ArrayList<>(List.of(Node.chromium()));
    program.addAll(List.of(arguments));
    process = Node.start("browser.mjs", program.toArray(String[]::new));
    answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  Page open(String url) {
    return open(url, "light", 1_000);
  }

  /// @param scheme `light` or `dark`
  Page open(String url, String scheme, int width) {
    String name = "page-" + ++requests;
    ask(
        name,
        "open",
        "\"url\":%s,\"scheme\":\"%s\",\"width\":%d".formatted(Json.quoted(url), scheme, width));
    return new Page(name);
  }

  private String ask(String page, String action, String more) {
    String request =
        "{\"id\":%d,\"page\":\"%s\",\"do\":\"%s\"%s}"
            .formatted(++requests, page, action, more.isEmpty() ? "" : "," + more);
    try {
      process.getOutputStream().write((request + "\n").getBytes(UTF_8));
      process.getOutputStream().flush();
      String line = answers.readLine();
      if (line == null) {
        throw new AssertionError("Chromium's driver has ended");
      }
      Json answer = Json.object(line);
      if (answer.has("error")) {
        throw new AssertionError(request + ": " + answer.text("error"));
      }
      return answer.text("value");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A page of its own context.
  final class Page implements AutoCloseable {
    private final String name;

    Page(String name) {
      this.name = name;
    }

    /// The value of an expression, of its promise if it is one; strings as they are, all else as
    /// JSON.
    String evaluate(String script) {
      return ask(name, "evaluate", "\"script\":" + Json.quoted(script));
    }

    /// Waits until an expression is true, for twenty seconds.
    void waitFor(String script) {
      var unused = ask(name, "waitFor", "\"script\":" + Json.quoted(script));
    }

    void fill(String selector, String text) {
      var unused =
          ask(
              name,
              "fill",
              "\"selector\":" + Json.quoted(selector) + ",\"text\":" + Json.quoted(text));
    }

    void click(String selector) {
      var unused = ask(name, "click", "\"selector\":" + Json.quoted(selector));
    }

    void screenshot(Path file) {
      var unused = ask(name, "screenshot", "\"file\":" + Json.quoted(file.toString()));
    }

    /// Errors of its scripts, and those that Chromium told, as JSON.
    String problems() {
      return ask(name, "problems", "");
    }

    @Override
    public void close() {
      var unused = ask(name, "close", "");
    }
  }

  @Override
  public void close() throws InterruptedException {
    Node.end(process);
  }
}
