package dev.duet.broker.disk;

import dev.duet.broker.Broker;
import dev.duet.broker.Capabilities;
import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.disk.store.Folder;
import dev.duet.broker.memory.ManualClocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/// A broker on disk that commits when a test says so, late, in parts, or never, on clocks that the
/// test moves, in a folder that the test gives it. With one thread it does the same for the same
/// calls.
public final class LateDiskBroker implements Broker {
  private final ManualClocks clocks;
  private final DiskBroker broker;
  private final boolean late;

  /// @param folder the data directory
  /// @param clocks to be moved
  /// @param seed ids and secrets come from it
  /// @param late whether commits wait for [#commit]
  /// @param change what else is to be different
  public LateDiskBroker(
      Namespaces namespaces,
      Folder folder,
      ManualClocks clocks,
      long seed,
      boolean late,
      UnaryOperator<DiskSettings> change) {
    this.clocks = clocks;
    this.late = late;
    DiskSettings settings =
        DiskSettings.of(Path.of("unused"), namespaces)
            .withClocks(clocks.wall(), clocks::nanos)
            .withBootId(() -> "boot")
            .withRandom(new Random(seed));
    try {
      this.broker =
          DiskBroker.open(
              change.apply(settings),
              folder,
              new DiskBroker.Workers(Runnable::run, Runnable::run, this::committer));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Commits committer(DiskLog log, DiskSettings settings) {
    return new Commits() {
      @Override
      public void appended(DiskLog ours) {
        if (!late) {
          while (ours.committing().commit(Integer.MAX_VALUE, true)) {}
        }
      }
    };
  }

  /// The namespaces, but those that are in memory, and keep something, on disk.
  public static Namespaces onDisk(Namespaces namespaces, Durability durability) {
    return new Namespaces(
        namespaces.list().stream()
            .map(
                one ->
                    one.retention().mode() == Mode.NONE || one.durability() != Durability.MEMORY
                        ? one
                        : new Namespace(one.pattern(), one.retention(), durability))
            .toList());
  }

  @Override
  public List<Log> logs() {
    return broker.logs();
  }

  DiskLog log(int index) {
    return (DiskLog) broker.logs().get(index);
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

  /// Commits the oldest `count` appends of a log, at most; they are announced in one call.
  public void commit(int log, int count) {
    var unused = log(log).committing().commit(count, true);
  }

  /// Commits all that wait, in every log, also what that makes retention append.
  public void commitAll() {
    for (int log = 0; log < logs().size(); log++) {
      while (log(log).committing().commit(Integer.MAX_VALUE, true)) {}
    }
  }

  /// Fails all appends of a log that wait.
  public void fail(int log) {
    log(log).committing().fail(false, "the test says so");
  }

  /// Commits the oldest `count` appends of a log, at most; followers hear `lost` instead of them.
  public void lose(int log, int count) {
    var unused = log(log).committing().commit(count, false);
  }

  /// Lets go what is too old: a bounded amount; whether more is due.
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
