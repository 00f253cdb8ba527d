package dev.duet.systemtests.clients;

import dev.duet.systemtests.Json;
import dev.duet.systemtests.Node;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
            .formatted(Node.chromium(), channels, since, clients);
    process = Node.start("clients.mjs", plan);
    reading = Thread.ofPlatform().name("node-clients").daemon().start(this::read);
  }

  private void read() {
    try {
      Sessions.lines(
          process.getInputStream(),
          line -> {
            Json fields = Json.object(line);
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
    Node.end(process);
    reading.join(TimeUnit.SECONDS.toMillis(10));
  }
}
