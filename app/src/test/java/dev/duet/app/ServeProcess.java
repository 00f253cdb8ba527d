package dev.duet.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The `duet` command in a JVM and a directory of its own, with the options that the launcher gives
/// it.
final class ServeProcess implements AutoCloseable {
  private static final Pattern ADDRESS = Pattern.compile("is at (http://[^ ]+:(\\d+)) ");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path directory;
  private final Process process;
  private final StringBuffer out = new StringBuffer();
  private final StringBuffer err = new StringBuffer();
  private final List<Thread> readers = new ArrayList<>();
  private final CountDownLatch introduced = new CountDownLatch(1);

  private ServeProcess(
      Map<String, String> environment, List<String> program, List<String> arguments) {
    var command = java();
    command.addAll(program);
    command.addAll(arguments);
    try {
      directory = Files.createTempDirectory("duet-serve");
      var builder = new ProcessBuilder(command).directory(directory.toFile());
      builder.environment().put("DUET_LOGGING_NETTY_LEVEL", "debug");
      builder.environment().putAll(environment);
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    read(process.getInputStream(), out);
    read(process.getErrorStream(), err);
  }

  private static List<String> java() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m"));
    return command;
  }

  private static List<String> classes() {
    return List.of("-cp", System.getProperty("java.class.path"), "dev.duet.app.Main");
  }

  /// The words that run the command from the class path of the tests.
  static List<String> command(List<String> arguments) {
    var command = java();
    command.addAll(classes());
    command.addAll(arguments);
    return command;
  }

  /// From the class path of the tests.
  static ServeProcess ofClasses(String... arguments) {
    return with(Map.of(), arguments);
  }

  /// As [#ofClasses], with variables of the environment.
  static ServeProcess with(Map<String, String> environment, String... arguments) {
    return new ServeProcess(environment, classes(), List.of(arguments));
  }

  /// From the jar that the launcher runs.
  static ServeProcess ofJar(Path jar, String... arguments) {
    return new ServeProcess(Map.of(), List.of("-jar", jar.toString()), List.of(arguments));
  }

  private void read(InputStream stream, StringBuffer into) {
    readers.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  try (var lines =
                      new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                      into.append(line).append('\n');
                      if (line.startsWith("Read what it keeps")) {
                        introduced.countDown();
                      }
                    }
                  } catch (IOException e) {
                    into.append("[not read to its end: ").append(e).append("]\n");
                  } finally {
                    introduced.countDown();
                  }
                }));
  }

  /// Waits until it has introduced itself.
  ServeProcess awaitStart() throws InterruptedException {
    if (!introduced.await(PATIENCE.toSeconds(), TimeUnit.SECONDS) || !process.isAlive()) {
      throw new AssertionError("did not start: " + out + err);
    }
    return this;
  }

  /// Waits until its log has a text.
  ServeProcess awaitLog(String text) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (err.indexOf(text) < 0) {
      if (System.nanoTime() > end || !process.isAlive()) {
        throw new AssertionError("no '" + text + "' in: " + out + err);
      }
      Thread.sleep(20);
    }
    return this;
  }

  /// Sends SIGTERM.
  ServeProcess terminate() {
    // Process.destroy() would close our ends of its pipes as well.
    process.toHandle().destroy();
    return this;
  }

  /// Waits until it has ended.
  int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("does not end: " + out + err);
    }
    for (Thread reader : readers) {
      reader.join();
    }
    return process.exitValue();
  }

  int port() {
    return Integer.parseInt(address().group(2));
  }

  /// Such as `http://127.0.0.1:8080`.
  String origin() {
    return address().group(1);
  }

  private Matcher address() {
    Matcher matcher = ADDRESS.matcher(out);
    if (!matcher.find()) {
      throw new AssertionError("no address in " + out);
    }
    return matcher;
  }

  String out() {
    return out.toString();
  }

  /// Without Netty's debug lines.
  String err() {
    return err.toString().replaceAll("(?m)^[^ ]+ DEBUG .*\\R", "");
  }

  String log() {
    return err.toString();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
