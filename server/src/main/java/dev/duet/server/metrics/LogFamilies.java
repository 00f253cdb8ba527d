package dev.duet.server.metrics;

import dev.duet.broker.Log.Held;
import dev.duet.broker.StorageFigures;
import dev.duet.broker.StorageFigures.State;
import dev.duet.server.metrics.Figures.LogFigures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;

/// What the logs of the broker say. What one does not know is left out for it.
final class LogFamilies {
  private static final double NANOS = 1e9;

  /// The label of the log's name.
  private static final String LOG = "log";

  private LogFamilies() {}

  static void add(Families to, List<LogFigures> logs) {
    held(to, "duet_log_channels", "Channels that hold something", logs, Held::channels);
    held(to, "duet_log_bytes", "Bytes that a log takes", logs, Held::bytes);
    held(
        to,
        "duet_log_max_bytes",
        "Most bytes that a log takes; the oldest goes first",
        logs,
        Held::maxBytes);
    held(to, "duet_log_pending", "Appends that are not committed yet", logs, Held::pending);
    List<Stored> stored =
        logs.stream()
            .filter(log -> log.storage() != null)
            .map(log -> new Stored(log.name(), Objects.requireNonNull(log.storage())))
            .toList();
    if (!stored.isEmpty()) {
      addStored(to, stored);
    }
  }

  private static void held(
      Families to, String name, String help, List<LogFigures> logs, ToLongFunction<Held> value) {
    to.gauge(
        name,
        help,
        LOG,
        logs.stream().filter(log -> value.applyAsLong(log.held()) >= 0).toList(),
        log -> value.applyAsLong(log.held()),
        LogFigures::name);
  }

  private record Stored(String name, StorageFigures storage) {}

  private static void addStored(Families to, List<Stored> logs) {
    to.gauge(
        "duet_log_segments",
        "Files with records",
        LOG,
        known(logs, StorageFigures::segments),
        log -> log.storage.segments(),
        Stored::name);
    to.gauge(
        "duet_log_unsynced_bytes",
        "Bytes that are written and would be lost with the power",
        LOG,
        logs,
        log -> log.storage.unsyncedBytes(),
        Stored::name);
    to.states(
        "duet_log_state",
        "1 for what a log is: whether it takes publications",
        LOG,
        logs,
        Arrays.stream(State.values()).map(State::text).toList(),
        log -> log.storage.state().text(),
        Stored::name);
    to.counter(
        "duet_log_failures",
        "Writes and syncs that failed",
        LOG,
        known(logs, StorageFigures::failures),
        log -> log.storage.failures(),
        Stored::name);
    to.counter(
        "duet_log_damaged_records",
        "Records that were found damaged, each told as a gap",
        LOG,
        known(logs, StorageFigures::damaged),
        log -> log.storage.damaged(),
        Stored::name);
    to.counter(
        "duet_log_compacted_bytes",
        "Bytes that compaction wrote",
        LOG,
        known(logs, StorageFigures::compactedBytes),
        log -> log.storage.compactedBytes(),
        Stored::name);
    to.counter(
        "duet_log_reads",
        "Pages that were read from the log, for what the ring does not hold",
        LOG,
        known(logs, StorageFigures::reads),
        log -> log.storage.reads(),
        Stored::name);
    to.gauge(
        "duet_log_unreadable_segments",
        "Files with records that compaction leaves alone, because it could not read them",
        LOG,
        known(logs, StorageFigures::unreadable),
        log -> log.storage.unreadable(),
        Stored::name);
    to.gauge(
        "duet_log_holes",
        "Ranges of which the log knows that it lost something",
        LOG,
        known(logs, StorageFigures::holes),
        log -> log.storage.holes(),
        Stored::name);
    var bounds = new ArrayList<Double>();
    StorageFigures.BOUNDS.forEach(micros -> bounds.add(micros / 1e6));
    bounds.add(Double.POSITIVE_INFINITY);
    to.histograms(
        "duet_log_sync_seconds",
        "Syncs of a log's files",
        bounds,
        LOG,
        known(logs, StorageFigures::syncNanos),
        log -> log.storage.syncs(),
        log -> log.storage.syncNanos() / NANOS,
        Stored::name);
  }

  private static List<Stored> known(List<Stored> logs, ToLongFunction<StorageFigures> value) {
    return logs.stream().filter(log -> value.applyAsLong(log.storage) >= 0).toList();
  }
}
