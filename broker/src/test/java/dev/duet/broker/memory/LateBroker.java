package dev.duet.broker.memory;

import dev.duet.broker.Broker;
import dev.duet.broker.ForwardingBroker;
import dev.duet.broker.Late;
import dev.duet.broker.Namespaces;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/// The late broker in memory. It also does what a log on disk does only when something befalls it:
/// a new id, a hole.
public final class LateBroker implements Late, ForwardingBroker {
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
  public Broker broker() {
    return broker;
  }

  @Override
  public ManualClocks clocks() {
    return clocks;
  }

  @Override
  public int pending(int log) {
    return broker.log(log).pending();
  }

  /// How many channels of a log hold something.
  public int channels(int log) {
    return broker.log(log).channels();
  }

  @Override
  public void commit(int log, int count) {
    broker.log(log).commit(count);
  }

  @Override
  public void commitAll() {
    for (int log = 0; log < logs().size(); log++) {
      broker.log(log).commit(Integer.MAX_VALUE);
    }
  }

  @Override
  public void fail(int log) {
    broker.log(log).fail(false, "the test says so");
  }

  @Override
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

  @Override
  public boolean tick() {
    return broker.tick();
  }
}
