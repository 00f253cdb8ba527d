package dev.duet.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.duet.broker.Durability;
import dev.duet.protocol.Draft;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// A process of its own that has a log: fills it until it is killed, or opens it and says how long
/// that took.
public final class LogChild implements AutoCloseable {
  static final Draft DRAFT = OpenLog.draft(1_024);
  static final int CHANNELS = 1_000;

  private final Process process;
  private final BufferedReader lines;

  private LogChild(Process process) {
    this.process = process;
    this.lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /// `fill DIR DURABILITY COUNT`: appends that many, says `filled OFFSET MILLIS` with an offset
  /// that was acknowledged, and goes on, without end. `open DIR DURABILITY CHANNEL OFFSET`: opens
  /// it, says `opened MILLIS CPU FILES POSITION FOUND`: milliseconds, those of CPU since the
  /// process began, files that are open then, and whether a publication of that offset is there;
  /// and stops cleanly. `idle DIR CHANNELS COUNT` and `idle-again DIR CHANNELS COUNT`: see
  /// [IdleHeap].
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[1]);
    if (args[0].startsWith("idle")) {
      IdleHeap.main(args[0].equals("idle"), directory, args[2], args[3]);
      return;
    }
    Durability durability = Durability.valueOf(args[2].toUpperCase(Locale.ROOT));
    long from = System.nanoTime();
    OpenLog log = OpenLog.of(directory, durability, OpenLog.ALL);
    double millis = (System.nanoTime() - from) / 1e6;
    if (args[0].equals("open")) {
      double cpu = SeekFigure.cpu() / 1e6;
      long files = openFiles();
      long offset = Long.parseLong(args[4]);
      boolean found = !log.read(args[3], offset - 1, 1).items().isEmpty();
      System.out.printf(
          Locale.ROOT,
          "opened %.1f %.0f %d %d %b%n",
          millis,
          cpu,
          files,
          log.log().position(),
          found);
      log.close();
      return;
    }
    log.fill(Long.parseLong(args[3]), 5_000, LogChild::channel, DRAFT);
    long offset = log.publish(channel(0), DRAFT);
    System.out.printf(Locale.ROOT, "filled %d %.0f%n", offset, (System.nanoTime() - from) / 1e6);
    System.out.flush();
    while (true) {
      log.fill(10_000, 100, LogChild::channel, DRAFT);
    }
  }

  /// -1 where the system does not tell.
  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getOpenFileDescriptorCount()
        : -1;
  }

  static String channel(long number) {
    return LogRun.text("channel%05d", number % CHANNELS);
  }

  /// Starts one, on the class path of this process.
  static LogChild start(String... args) throws IOException {
    var command =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                LogChild.class.getName()));
    command.addAll(List.of(args));
    return new LogChild(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /// The words of its next line, which begins with `word`.
  String[] said(String word) throws IOException {
    String line = lines.readLine();
    LogRun.check(line != null && line.startsWith(word + ' '), "the child said %s", line);
    return String.valueOf(line).split(" ", -1);
  }

  /// Waits until it has ended by itself.
  void await() throws InterruptedException {
    LogRun.check(process.waitFor(300, TimeUnit.SECONDS), "the child did not end");
    LogRun.check(process.exitValue() == 0, "the child failed: %d", process.exitValue());
  }

  /// Kills it, if it runs.
  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }
}
