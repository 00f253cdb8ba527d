package dev.duet.systemtests.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The clients in Chromium and Node: a process that reports on its standard output.
final class NodeClients implements AutoCloseable {
  /// A client to start.
  ///
  /// @param kind what `clients.mjs` calls it
  record Plan(String name, String kind, String base) {
    String json() {
      return "{\"name\":\"%s\",\"kind\":\"%s\",\"base\":\"%s\"}".formatted(name, kind, base);
    }
  }

  private final Process process;
  private final Map<String, Journal> journals;
  private final Thread reading;
  private volatile @Nullable Throwable failure;

  NodeClients(List<Plan> plans, Map<String, Journal> journals, String channels, String since)
      throws IOException {
    this.journals = journals;
    String clients = plans.stream().map(Plan::json).collect(Collectors.joining(","));
    String plan =
        "{\"chromium\":\"%s\",\"channels\":\"%s\",\"since\":\"%s\",\"clients\":[%s]}"
            .formatted(chromium(), channels, since, clients);
    process =
        new ProcessBuilder(program("node"), "clients.mjs", plan)
            .directory(directory().toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    reading = Thread.ofPlatform().name("node-clients").daemon().start(this::read);
  }

  /// Where the scripts and their modules are.
  static Path directory() {
    Path directory = Path.of("src/test/node").toAbsolutePath();
    if (!Files.isDirectory(directory.resolve("node_modules"))) {
      throw new AssertionError("run 'npm ci' in " + directory + ", as ./verify does");
    }
    return directory;
  }

  static String chromium() {
    return program("chromium", "chromium-browser", "google-chrome");
  }

  private static String program(String... names) {
    List<Path> path = Stream.of(System.getenv("PATH").split(":")).map(Path::of).toList();
    return Stream.of(names)
        .flatMap(name -> path.stream().map(directory -> directory.resolve(name)))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElseThrow(() -> new AssertionError("not installed: " + String.join(" or ", names)));
  }

  private void read() {
    try {
      Sessions.lines(
          process.getInputStream(),
          line -> {
            Journal.Fields fields = Journal.object(line);
            Journal journal = journals.get(fields.text("client"));
            if (journal == null) {
              throw new AssertionError(fields.text("reason"));
            }
            journal.report(fields);
          });
    } catch (IOException | AssertionError e) {
      failure = e;
    }
  }

  /// @throws AssertionError if they failed
  void check() {
    if (failure != null) {
      throw new AssertionError("the clients in Node failed", failure);
    }
    if (!process.isAlive()) {
      throw new AssertionError("the clients in Node ended with " + process.exitValue());
    }
  }

  @Override
  public void close() throws InterruptedException {
    List<ProcessHandle> children = process.descendants().toList();
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroy();
    }
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    children.forEach(ProcessHandle::destroyForcibly);
    reading.join(TimeUnit.SECONDS.toMillis(10));
  }
}
