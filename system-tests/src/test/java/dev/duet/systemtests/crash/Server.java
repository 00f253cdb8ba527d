package dev.duet.systemtests.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
/// port. One thread.
final class Server implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient http;
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
  /// @param options of `duet serve`, beside port and configuration
  Server(HttpClient http, Path directory, String configuration, List<String> options, Random random)
      throws IOException {
    this.http = http;
    this.directory = directory;
    this.port = freePort(random);
    Path config = Files.writeString(directory.resolve("duet.yaml"), configuration);
    command = java();
    command.addAll(List.of("serve", "--port", String.valueOf(port), "--config", config.toString()));
    command.addAll(options);
    log = directory;
    process = launch();
  }

  /// Not one of those that the system gives to clients: it must still be free after a kill.
  private static int freePort(Random random) throws IOException {
    for (int i = 0; i < 100; i++) {
      int port = 20_000 + random.nextInt(10_000);
      try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (java.net.BindException e) {
        // somebody has it
      }
    }
    throw new IOException("no free port from 20000 to 29999");
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

  /// Whether `duet serve` has this option.
  static boolean has(String option) throws IOException, InterruptedException {
    List<String> help = java();
    help.addAll(List.of("serve", "--help"));
    Process process = new ProcessBuilder(help).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("no help: " + said);
    }
    return said.contains(option);
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

  String origin() {
    return "http://127.0.0.1:" + port;
  }

  int starts() {
    return starts;
  }

  /// From launch to the first answer.
  long longestStartMillis() {
    return TimeUnit.NANOSECONDS.toMillis(longestStartNanos);
  }

  Server start() throws IOException {
    process = launch();
    return this;
  }

  /// Waits until it answers.
  ///
  /// @throws AssertionError with its log, if it ends or does not answer in time
  void awaitReady() throws IOException, InterruptedException {
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

  /// Ends it with SIGKILL.
  void kill() throws IOException, InterruptedException {
    if (!process.isAlive() && !stops) {
      throw new AssertionError("start " + starts + " had ended by itself: " + said());
    }
    process.destroyForcibly();
    awaitEnd();
  }

  /// Sends SIGTERM.
  void beginStop() {
    stops = true;
    process.destroy();
  }

  void stop() throws IOException, InterruptedException {
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

  /// What it has logged as an error in the runs that have ended.
  List<String> errors() {
    return List.copyOf(errors);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
