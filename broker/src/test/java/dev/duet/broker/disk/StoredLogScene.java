package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.LogExport;
import dev.duet.broker.disk.store.LogFacts;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.disk.store.StoredLog;
import dev.duet.broker.disk.store.Verification;
import dev.duet.broker.disk.store.Verification.Problem;
import dev.duet.broker.disk.store.Verification.Result;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/// A data directory with the files of a real [DiskBroker], for tests of what `duet log` does with
/// them.
abstract class StoredLogScene {
  static final Namespaces NAMESPACES =
      new Namespaces(
          List.of(
              new Namespace(
                  "latest.*", Retention.DEFAULT.withMode(Retention.Mode.LATEST), Durability.OS),
              new Namespace("safe.*", Retention.DEFAULT, Durability.DISK),
              new Namespace("*", Retention.DEFAULT, Durability.OS)));

  @TempDir Path directory;

  Path data() {
    return directory.resolve("data");
  }

  DiskBroker open(Path where) {
    return DiskBroker.open(
        DiskSettings.of(where, NAMESPACES).withSegments(new SegmentLimits(16 << 10, 1000, 100)));
  }

  // ---- writing

  static Receipt append(DiskBroker broker, String channel, Draft draft) throws Exception {
    return broker
        .logs()
        .get(broker.logOf(channel))
        .append(channel, draft)
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
  }

  /// Tried again for a while: with segments as small as these, full ones may come faster than their
  /// indexes are written.
  static long publish(DiskBroker broker, String channel, Draft draft) throws Exception {
    for (int i = 0; ; i++) {
      Receipt receipt = append(broker, channel, draft);
      if (receipt instanceof Receipt.Appended appended) {
        return appended.offset();
      }
      assertThat(i).as(receipt.toString()).isLessThan(100);
      Thread.sleep(100);
    }
  }

  /// Enough for several segments of the log `os`, and something in the log `disk`.
  Map<Long, String> fill(DiskBroker broker, int count, long seed) throws Exception {
    var random = new Random(seed);
    Map<Long, String> written = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String text = i + " " + "x".repeat(random.nextInt(200));
      String channel =
          switch (random.nextInt(8)) {
            case 0 -> "safe.one";
            case 1, 2 -> "latest.one";
            default -> "chat." + random.nextInt(5);
          };
      Draft draft = Draft.text(text);
      if (channel.startsWith("latest")) {
        draft =
            random.nextInt(10) == 0
                ? Draft.tombstone("k" + random.nextInt(5))
                : draft.withKey("k" + random.nextInt(5));
      }
      if (random.nextInt(10) == 0) {
        draft = draft.withIdempotencyKey("id" + seed + "-" + i);
      }
      long offset = publish(broker, channel, draft);
      written.put(offset, channel);
      if (i == count / 2) {
        broker
            .logs()
            .getFirst()
            .trim("chat.1", offset)
            .toCompletableFuture()
            .get(60, TimeUnit.SECONDS);
      }
    }
    return written;
  }

  // ---- looking

  static List<Problem> verify(Path where, long least) throws IOException {
    List<Problem> problems = new ArrayList<>();
    long records = 0;
    List<StoredLog> logs = StoredLog.openAll(DiskFolder.open(where));
    for (StoredLog log : logs) {
      Result result = Verification.verify(log, problems::add);
      records += result.records();
      log.close();
    }
    assertThat(logs).isNotEmpty();
    assertThat(records).isGreaterThanOrEqualTo(least);
    return problems;
  }

  static List<LogExport.Line> export(Path where, Set<String> channels, @Nullable Cursor since)
      throws IOException {
    List<StoredLog> logs = StoredLog.openAll(DiskFolder.open(where));
    List<LogExport.Line> lines = new ArrayList<>();
    var export =
        new LogExport(
            logs,
            channels,
            since,
            0,
            lost -> {
              throw new AssertionError(lost);
            });
    for (var line = export.next(); line != null; line = export.next()) {
      lines.add(line);
    }
    for (StoredLog log : logs) {
      log.close();
    }
    return lines;
  }

  static List<Long> offsets(List<LogExport.Line> lines) {
    return lines.stream().map(line -> line.publication().offset()).toList();
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
  }

  List<LogFacts> facts(Path where) throws IOException {
    List<LogFacts> facts = new ArrayList<>();
    for (StoredLog log : StoredLog.openAll(DiskFolder.open(where))) {
      facts.add(LogFacts.of(log));
      log.close();
    }
    return facts;
  }

  int sealed(Path where) {
    try {
      return (int)
          facts(where).getFirst().segments().stream().filter(LogFacts.Segment::sealed).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- files

  static List<Path> files(Path folder, String... ends) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> found = new ArrayList<>();
      all.sorted().filter(one -> ends(one, ends)).forEach(found::add);
      // The one that was made ready has nothing in it.
      found.removeIf(one -> one.toFile().length() <= 64);
      return found;
    }
  }

  private static boolean ends(Path file, String... ends) {
    return Stream.of(ends).anyMatch(end -> file.toString().endsWith(end));
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path one : all.toList()) {
        Files.copy(one, to.resolve(from.relativize(one).toString()));
      }
    }
  }

  /// As the log writes its small files.
  static void write(Path file, String text) throws IOException {
    var crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    Files.writeString(file, text + "check %08x\n".formatted(crc.getValue()));
  }
}
