package dev.duet.broker.memory;

import dev.duet.broker.Broker;
import dev.duet.broker.Capabilities;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/// A broker in memory that commits when a test says so, late, in parts, or never, on clocks that
/// the test moves. With one thread it does the same for the same calls.
public final class LateBroker implements Broker {
  private final ManualClocks clocks = new ManualClocks();
  private final MemoryBroker broker;

  /// One log, `memory`.
  public LateBroker(Namespaces namespaces) {
    this(namespaces, List.of("memory"), channel -> 0, 1);
  }

  /// @param logs names of the logs
  /// @param placement the index in `logs` of the log of a channel
  /// @param seed the logs' ids come from it
  public LateBroker(
      Namespaces namespaces, List<String> logs, ToIntFunction<String> placement, long seed) {
    this(namespaces, logs, placement, seed, settings -> settings);
  }

  /// @param change what else is to be different
  public LateBroker(
      Namespaces namespaces,
      List<String> logs,
      ToIntFunction<String> placement,
      long seed,
      UnaryOperator<MemorySettings> change) {
    MemorySettings settings =
        MemorySettings.of(namespaces)
            .withLogs(logs, placement)
            .withClocks(clocks.wall(), clocks::nanos)
            .withRandom(new Random(seed));
    this.broker = new MemoryBroker(change.apply(settings), log -> {});
  }

  @Override
  public List<Log> logs() {
    return broker.logs();
  }

  @Override
  public int logOf(String channel) {
    return broker.logOf(channel);
  }

  @Override
  public Namespaces namespaces() {
    return broker.namespaces();
  }

  @Override
  public Capabilities capabilities() {
    return broker.capabilities();
  }

  /// The clocks, to be moved.
  public ManualClocks clocks() {
    return clocks;
  }

  /// How many appends of a log wait.
  public int pending(int log) {
    return broker.log(log).pending();
  }

  /// How many channels of a log hold something.
  public int channels(int log) {
    return broker.log(log).channels();
  }

  /// Commits the oldest `count` appends of a log, at most; they are announced in one call.
  public void commit(int log, int count) {
    broker.log(log).commit(count);
  }

  /// Commits all that wait, in every log, also what that makes retention append.
  public void commitAll() {
    for (int log = 0; log < logs().size(); log++) {
      broker.log(log).commit(Integer.MAX_VALUE);
    }
  }

  /// Fails all appends of a log that wait.
  public void fail(int log) {
    broker.log(log).fail(false, "the test says so");
  }

  /// Commits the oldest `count` appends of a log, at most; followers hear `lost` instead of them.
  /// They can be read.
  public void lose(int log, int count) {
    broker.log(log).commit(count, false);
  }

  /// Makes a hole of `(from, to]` in what is committed: what it held is gone, and a read across it
  /// tells a gap.
  public void damage(int log, long from, long to) {
    broker.log(log).damage(from, to);
  }

  /// The log takes a new id, as after a restart that may have lost something: what was announced is
  /// sure up to `end`.
  public void rename(int log, String id, long end) {
    broker.log(log).renamed(id, end);
  }

  /// Lets go what is too old: a bounded amount; whether more is due. Tombstones that this writes
  /// wait like other appends.
  public boolean tick() {
    return broker.tick();
  }

  /// Time passes, without retention acting on it.
  public void advance(Duration time) {
    clocks.advance(time);
  }

  @Override
  public void close() {
    broker.close();
  }
}
