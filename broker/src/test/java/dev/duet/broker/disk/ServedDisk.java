package dev.duet.broker.disk;

import dev.duet.broker.Broker;
import dev.duet.broker.ForwardingBroker;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.store.Killed;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.protocol.Cursor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Logs with threads and clocks as a server has them, on a disk that a test lets fail.
public final class ServedDisk implements ForwardingBroker {
  private final ExecutorService io = threads("test-log-read", 4);
  private final ExecutorService background = threads("test-log-background", 2);
  private final DiskBroker broker;

  /// @param folder the data directory
  /// @param change what else is to be different
  /// @throws UncheckedIOException if the disk fails meanwhile
  public ServedDisk(
      Namespaces namespaces, MemoryFolder folder, UnaryOperator<DiskSettings> change) {
    DiskSettings settings = change.apply(DiskSettings.of(Path.of("unused"), namespaces));
    var workers =
        new DiskBroker.Workers(
            io,
            background,
            (log, its) -> {
              var commits = new LogThreads(log, its);
              commits.start();
              return commits;
            });
    try {
      broker = DiskBroker.open(settings, folder, workers);
    } catch (IOException e) {
      shutdown();
      throw new UncheckedIOException(e);
    }
  }

  private static ExecutorService threads(String name, int count) {
    return Executors.newFixedThreadPool(
        count, Thread.ofPlatform().name(name + "-", 1).daemon().factory());
  }

  private void shutdown() {
    io.shutdown();
    background.shutdown();
  }

  /// Where the logs are that go by an id of their own, because they could not write down what they
  /// read; in their order, null for others.
  public List<Cursor.@Nullable Position> unsaved() {
    var unsaved = new ArrayList<Cursor.@Nullable Position>();
    for (Log log : broker.logs()) {
      String id = log.ids().current();
      boolean own = ((DiskLog) log).store().manifest().ids().current().equals(id);
      unsaved.add(own ? null : new Cursor.Position(id, log.position()));
    }
    return unsaved;
  }

  /// Lets go what is too old.
  public void tick() {
    while (broker.tick()) {}
  }

  @Override
  public Broker broker() {
    return broker;
  }

  /// Also where the process that had the disk is dead: its threads end.
  @Override
  public void close() {
    try {
      broker.close();
    } catch (Killed dead) {
      for (Log log : broker.logs()) {
        try {
          ((DiskLog) log).close();
        } catch (Killed also) {
          // it has no files any more
        }
      }
    } finally {
      shutdown();
    }
  }
}
