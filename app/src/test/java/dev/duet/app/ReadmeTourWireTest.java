package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Runs the tour of the README against a server of its own, line by line.
///
/// In a block of `console`, a line that begins with `$` is a command, and the lines below are what
/// it prints. A block that begins without a command goes on with what the last `curl -N` prints. A
/// `…` stands for anything in its line; alone in a line, for any lines. Cursors, offsets and times
/// are names: what the first one was printed as is put into later commands, and awaited in later
/// lines.
final class ReadmeTourWireTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```console\\n(.*?)^```$");
  private static final Pattern NAME =
      Pattern.compile(
          "\\b[a-z0-9]{5}\\.17\\d{14}(?:~[a-z0-9]{5}\\.17\\d{14})*\\b"
              + "|\\b17\\d{14}\\b|\\b17\\d{11}\\b");
  private static final String VALUE =
      "([a-z0-9]{5}\\.\\d{16}(?:~[a-z0-9]{5}\\.\\d{16})*|\\d{16}|\\d{13})";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Map<String, String> values = new HashMap<>();
  private final List<Running> running = new ArrayList<>();
  private @Nullable Running last;
  private @Nullable Running stream;

  @Test
  void everyCommandPrintsWhatTheReadmeSays() throws Exception {
    String readme = Files.readString(Path.of("..", "README.md"));
    int commands = 0;
    try (var serve = ServeProcess.ofClasses("serve", "--port", "0").awaitStart()) {
      Matcher block = BLOCK.matcher(readme);
      while (block.find()) {
        List<String> lines = block.group(1).lines().toList();
        int line = 0;
        if (!lines.getFirst().startsWith("$ ")) {
          last = stream;
        }
        while (line < lines.size()) {
          if (lines.get(line).startsWith("$ ")) {
            start(lines.get(line).substring(2), "localhost:" + serve.port());
            commands++;
            line++;
          }
          int end = line;
          while (end < lines.size() && !lines.get(end).startsWith("$ ")) {
            end++;
          }
          expect(lines.subList(line, end));
          line = end;
        }
      }
    } finally {
      running.forEach(Running::stop);
    }
    assertThat(commands).as("commands in the README").isGreaterThanOrEqualTo(9);
  }

  private void start(String command, String address) throws IOException {
    String actual =
        NAME.matcher(command)
            .replaceAll(name -> values.getOrDefault(name.group(), name.group()))
            .replace("localhost:8080", address);
    last = new Running(actual.startsWith("./duet ") ? onATerminal(actual, address) : actual);
    running.add(last);
    if (actual.startsWith("curl -N")) {
      stream = last;
    }
  }

  /// With script(1), which makes the terminal that the README speaks of.
  private static String onATerminal(String command, String address) {
    String duet = String.join(" ", ServeProcess.command(List.of(command.substring(7))));
    return "script -qec \"env DUET_URL=http://" + address + " " + duet + "\" /dev/null";
  }

  private void expect(List<String> lines) throws InterruptedException {
    boolean any = false;
    for (String expected : lines) {
      if (expected.equals("…")) {
        any = true;
      } else if (!expected.isBlank()) {
        assertThat(last).as("a command before '%s'", expected).isNotNull();
        String printed = last.next();
        while (any && printed != null && !matches(expected, printed)) {
          printed = last.next();
        }
        assertThat(printed != null && matches(expected, printed))
            .as("%s%nprints%n  %s%ninstead of%n  %s", last.command, printed, expected)
            .isTrue();
        any = false;
      }
    }
  }

  private boolean matches(String expected, String printed) {
    var pattern = new StringBuilder();
    var unknown = new ArrayList<String>();
    Matcher name = Pattern.compile(NAME.pattern() + "|…").matcher(expected);
    int from = 0;
    while (name.find()) {
      pattern.append(Pattern.quote(expected.substring(from, name.start())));
      String value = values.get(name.group());
      if (name.group().equals("…")) {
        pattern.append(".*");
      } else if (value != null) {
        pattern.append(Pattern.quote(value));
      } else if (unknown.contains(name.group())) {
        pattern.append('\\').append(unknown.indexOf(name.group()) + 1);
      } else {
        unknown.add(name.group());
        pattern.append(VALUE);
      }
      from = name.end();
    }
    pattern.append(Pattern.quote(expected.substring(from)));
    Matcher matcher = Pattern.compile(pattern.toString()).matcher(printed);
    if (!matcher.matches()) {
      return false;
    }
    for (int i = 0; i < unknown.size(); i++) {
      values.put(unknown.get(i), matcher.group(i + 1));
    }
    return true;
  }

  /// A command, and the lines that it prints, without empty ones.
  private static final class Running {
    private static final String END = "";

    final String command;
    private final Process process;
    private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();

    Running(String command) throws IOException {
      this.command = command;
      this.process =
          new ProcessBuilder("bash", "-c", "exec " + command)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      Thread.ofVirtual().start(this::read);
    }

    private void read() {
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (!line.isBlank()) {
            printed.add(line);
          }
        }
      } catch (IOException e) {
        printed.add("[not read to its end: " + e + "]");
      } finally {
        printed.add(END);
      }
    }

    @Nullable String next() throws InterruptedException {
      String line = printed.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return line == null || line.equals(END) ? null : line;
    }

    void stop() {
      process.destroyForcibly();
    }
  }
}
