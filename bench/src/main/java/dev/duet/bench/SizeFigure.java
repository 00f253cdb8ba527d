package dev.duet.bench;

import dev.duet.broker.Durability;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Bytes on disk per publication, indexes included.
final class SizeFigure implements LogFigure {
  private static final int PAYLOAD = 100;
  private static final Draft DRAFT = OpenLog.draft(PAYLOAD);

  @Override
  public List<LogRow> rows(LogRun run) throws Exception {
    int count = run.sized(1_000_000, 300_000);
    var rows = new ArrayList<LogRow>();
    for (int channels : List.of(100, 1_000, 10_000)) {
      Path directory = run.fresh("size");
      try (OpenLog log = OpenLog.of(directory, Durability.OS, OpenLog.ALL)) {
        // Not in turn: what comes next of a channel is anywhere, as in life.
        var random = new java.util.Random(channels);
        var counts = new int[channels];
        log.fill(
            count,
            5_000,
            i -> {
              int channel = random.nextInt(channels);
              counts[channel]++;
              return name(channel);
            },
            DRAFT);
        for (int i = 0; i < channels; i += channels / 100) {
          long read = log.count(name(i), DRAFT.data());
          LogRun.check(read == counts[i], "%d of %d could be read", read, counts[i]);
        }
      }
      rows.add(row(directory, count, channels));
    }
    return rows;
  }

  private static String name(int channel) {
    return LogRun.text("channel%05d", channel);
  }

  /// The segment that is written last has no index; it is counted as if it had one like the others.
  private static LogRow row(Path directory, int count, int channels) throws IOException {
    long records = LogRun.bytes(directory, ".log");
    long indexes = LogRun.bytes(directory, ".index");
    long indexed = indexed(directory);
    LogRun.check(indexed > 0, "no segment was sealed");
    double each = (double) records / count;
    double index = (double) indexes / indexed * each;
    double ratio = (each + index) / PAYLOAD;
    LogRun.say("size, %d channels: %.1f + %.1f bytes", channels, each, index);
    return LogRow.atMost(
        LogRun.text(
            "bytes on disk per publication of %d bytes, %,d over %,d channels",
            PAYLOAD, count, channels),
        LogRun.text(
            "**%.2f x** the payload (%.1f of records, %.1f of indexes); 100 channels read back",
            ratio, each, index),
        ratio,
        1.6,
        " x");
  }

  private static long indexed(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".index"))
          .mapToLong(
              file -> Path.of(file.toString().replaceAll("\\.index$", ".log")).toFile().length())
          .sum();
    }
  }
}
