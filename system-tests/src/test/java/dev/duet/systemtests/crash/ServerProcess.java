package dev.duet.systemtests.crash;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// `duet serve` in a process of its own, that is killed and started again on the same directory and
/// port.
final class ServerProcess implements Server {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final Path directory;
  private final int port;
  private final List<String> command;
  private Process process;
  private Path log;
  private final List<String> errors = new ArrayList<>();
  private boolean stops;
  private int starts;
  private long longestStartNanos;

  /// @param directory for its data, its configuration, and its logs
  ServerProcess(Path directory, Layout layout, Random random) throws IOException {
    this.directory = directory;
    this.port = Server.freePort(random);
    Path config = Files.writeString(directory.resolve("duet.yaml"), layout.configuration());
    command = java();
    command.addAll(List.of("serve", "--port", String.valueOf(port), "--config", config.toString()));
    command.addAll(
        layout.survivesAStop()
            ? List.of(
                "--data-dir",
                directory.resolve("data").toString(),
                "--set",
                "log.disk=100GiB",
                "--set",
                "log.segment=1MiB")
            : List.of("--memory"));
    log = directory;
    process = launch();
  }

  private static ArrayList<String> java() {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.duet.app.Main"));
  }

  private Process launch() throws IOException {
    starts++;
    stops = false;
    log = directory.resolve("server-%04d.log".formatted(starts));
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  @Override
  public String origin() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public int starts() {
    return starts;
  }

  @Override
  public long longestStartMillis() {
    return TimeUnit.NANOSECONDS.toMillis(longestStartNanos);
  }

  @Override
  public Server start() throws IOException {
    process = launch();
    return this;
  }

  @Override
  public void awaitReady() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(origin() + "/cursor")).timeout(PATIENCE).build();
    while (true) {
      try {
        if (http.send(request, BodyHandlers.ofString()).statusCode() == 200) {
          longestStartNanos = Math.max(longestStartNanos, System.nanoTime() - begin);
          return;
        }
      } catch (IOException e) {
        // not yet
      }
      if (!process.isAlive() || System.nanoTime() - begin > PATIENCE.toNanos()) {
        throw new AssertionError(
            "start " + starts + (process.isAlive() ? " does not answer: " : " ended: ") + said());
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  String said() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void kill() throws IOException, InterruptedException {
    if (!process.isAlive() && !stops) {
      throw new AssertionError("start " + starts + " had ended by itself: " + said());
    }
    process.destroyForcibly();
    awaitEnd();
  }

  @Override
  public void beginStop() {
    stops = true;
    process.destroy();
  }

  @Override
  public void stop() throws IOException, InterruptedException {
    beginStop();
    awaitEnd();
    if (process.exitValue() != 0) {
      throw new AssertionError("a clean stop ended with " + process.exitValue() + ": " + said());
    }
  }

  private void awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("it does not end: " + said());
    }
    Files.readAllLines(log).stream()
        .filter(line -> line.contains(" ERROR "))
        .findFirst()
        .ifPresent(error -> errors.add("start " + starts + " said: " + error));
  }

  @Override
  public List<String> errors() {
    return List.copyOf(errors);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    http.shutdownNow();
  }
}
