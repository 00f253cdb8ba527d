package dev.duet.broker.disk;

import dev.duet.broker.Broker;
import dev.duet.broker.Durability;
import dev.duet.broker.ForwardingBroker;
import dev.duet.broker.Late;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.Folder;
import dev.duet.broker.disk.store.Hole;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.SegmentHeader;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Spot;
import dev.duet.broker.memory.ManualClocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/// The late broker on disk, in a folder that the test gives it. What else it does in the background
/// happens when it is told: [#sync], [#compact], [#dropIdle].
public final class LateDiskBroker implements Late, ForwardingBroker {
  private final ManualClocks clocks;
  private final DiskBroker broker;
  private final boolean late;
  private final Map<Integer, Compactor> compactors = new HashMap<>();

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

  // ---- what threads do in a server

  /// Syncs what was written.
  public void sync(int log) {
    log(log).store().sync();
  }

  /// One step of giving room back; whether another may do more.
  ///
  /// @throws IOException if the disk does not let it
  public boolean compact(int log) throws IOException {
    return compactors.computeIfAbsent(log, of -> log(of).compactor(bytes -> {})).step();
  }

  /// Forgets what is known of channels, as if none had been used for long.
  public void dropIdle(int log) {
    LogCore core = log(log).core();
    core.locked(
        () -> {
          core.states().expire(Long.MAX_VALUE / 2, Integer.MAX_VALUE);
          return null;
        });
  }

  // ---- what a test wants to know

  /// Whether the log cannot be written at present.
  public boolean failing(int log) {
    return log(log).store().failing() != null;
  }

  /// Ranges of the log that it knows it lost, of whatever channel.
  public List<Hole> holes(int log) {
    return log(log).store().manifest().holes();
  }

  /// Where records are.
  ///
  /// @param file in the folder of the log
  public record Place(String file, long offset, int position, int length) {}

  /// Where the records of a channel are that the indexes know, oldest first.
  public List<Place> places(int log, String channel) throws IOException {
    DiskLog one = log(log);
    var places = new ArrayList<Place>();
    one.core().lock().lock();
    try (Snapshot snapshot = one.store().snapshot()) {
      for (Segment segment : snapshot.segments()) {
        Run run = segment.run(channel);
        var spot = new Spot();
        for (int i = 0; run != null && i < run.size(); i++) {
          run.spot(i, spot);
          try {
            int length = segment.read(spot.position, channel, spot.offset).length();
            String file = SegmentHeader.logName(segment.number());
            places.add(new Place(file, spot.offset, (int) spot.position, length));
          } catch (DamagedException e) {
            // it has no length that could be known
          }
        }
      }
    } finally {
      one.core().lock().unlock();
    }
    return places;
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
  public Broker broker() {
    return broker;
  }

  DiskLog log(int index) {
    return (DiskLog) broker.logs().get(index);
  }

  @Override
  public ManualClocks clocks() {
    return clocks;
  }

  @Override
  public int pending(int log) {
    return log(log).core().locked(() -> log(log).core().pending().size());
  }

  @Override
  public void commit(int log, int count) {
    var unused = log(log).committing().commit(count, true);
  }

  @Override
  public void commitAll() {
    for (int log = 0; log < logs().size(); log++) {
      while (log(log).committing().commit(Integer.MAX_VALUE, true)) {}
    }
  }

  @Override
  public void fail(int log) {
    log(log).committing().fail(false, "the test says so");
  }

  @Override
  public void lose(int log, int count) {
    var unused = log(log).committing().commit(count, false);
  }

  @Override
  public boolean tick() {
    return broker.tick();
  }
}
