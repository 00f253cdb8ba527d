package dev.duet.broker.disk;

import dev.duet.broker.Broker;
import dev.duet.broker.Durability;
import dev.duet.broker.ForwardingBroker;
import dev.duet.broker.JoinedBroker;
import dev.duet.broker.Late;
import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.store.Faults;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Hole;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.memory.LateBroker;
import dev.duet.broker.memory.ManualClocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/// A late broker as a server has it: logs on a disk, and one in memory for what keeps nothing. Its
/// process ends and begins again ([#restart]), its disk fails for a while ([#trouble]) and forgets
/// bits ([#damage]). Logs, also that in memory, are others after a restart.
public final class MortalBroker implements Late, ForwardingBroker {
  private static final Operation[] OPERATIONS = {
    Operation.WRITE,
    Operation.FORCE,
    Operation.TRUNCATE,
    Operation.CREATE,
    Operation.RENAME,
    Operation.DELETE,
    Operation.SYNC
  };

  private final ManualClocks clocks = new ManualClocks();
  private final Namespaces namespaces;
  private final Random random;
  private final UnaryOperator<DiskSettings> change;
  private MemoryFolder folder;
  private boolean troubled;
  private int boots;
  private LateDiskBroker disk;
  private LateBroker memory;
  private Broker joined;

  /// How a process ends.
  public enum Ending {
    /// In order.
    STOP,
    /// In order, and then the power goes.
    STOP_AND_POWER_LOSS,
    /// By `kill -9`.
    KILL,
    POWER_LOSS;

    /// Whether the machine went, too.
    public boolean losesPower() {
      return this == POWER_LOSS || this == STOP_AND_POWER_LOSS;
    }
  }

  /// @param change what else is to be different
  public MortalBroker(Namespaces namespaces, long seed, UnaryOperator<DiskSettings> change) {
    this.namespaces = namespaces;
    this.random = new Random(seed);
    this.change = change;
    this.folder = new MemoryFolder(random.nextLong());
    begin();
  }

  private void begin() {
    String boot = "boot " + boots;
    disk =
        new LateDiskBroker(
            namespaces,
            folder,
            clocks,
            random.nextLong(),
            true,
            settings -> change.apply(settings).withBootId(() -> boot));
    memory =
        new LateBroker(
            namespaces,
            List.of("memory"),
            channel -> 0,
            random.nextLong(),
            settings -> settings.withClocks(clocks.wall(), clocks::nanos));
    joined =
        new JoinedBroker(
            List.of(disk, memory),
            channel -> namespaces.wantedDurability(channel) == Durability.MEMORY ? 1 : 0);
  }

  // ---- what befalls it

  /// The process ends, and another begins at once.
  public void restart(Ending ending) {
    if (ending == Ending.STOP || ending == Ending.STOP_AND_POWER_LOSS) {
      joined.close();
    }
    if (ending.losesPower()) {
      MemoryFolder after = folder.crash();
      var unused = folder.kill();
      folder = after;
      troubled = false;
      boots++;
    } else {
      folder = folder.kill();
    }
    try {
      begin();
    } catch (UncheckedIOException e) {
      beginAgain();
    }
  }

  /// It was refused: it is started again on the same disk, and again, until somebody has looked
  /// after that.
  private void beginAgain() {
    for (int tries = random.nextInt(3); tries > 0; tries--) {
      folder = folder.kill();
      try {
        begin();
        return;
      } catch (UncheckedIOException e) {
        // the disk still fails
      }
    }
    heal();
    folder = folder.kill();
    begin();
  }

  /// From now on the disk fails, or is full, until it is healed.
  public void trouble() {
    troubled = true;
    Faults faults = folder.faults();
    faults.heal();
    if (random.nextBoolean()) {
      String only = random.nextBoolean() ? "/os/" : "/disk/";
      faults.only(path -> (path + '/').contains(only));
    }
    switch (random.nextInt(4)) {
      case 0 -> faults.room(random.nextInt(3_000));
      case 1 -> faults.fail(Operation.FORCE, 1 + random.nextInt(3));
      case 2 -> faults.failSometimes(Operation.FORCE, 0.4);
      default -> faults.failSometimes(OPERATIONS[random.nextInt(OPERATIONS.length)], 0.4);
    }
  }

  /// The disk is as it should be.
  public void heal() {
    troubled = false;
    folder.faults().heal();
  }

  /// Whether the disk may fail.
  public boolean troubled() {
    return troubled;
  }

  /// Turns bits of a record of a channel over; not those that say how long it is.
  ///
  /// @return its offset; 0 if there is none
  public long damage(String channel) {
    int log = logOf(channel);
    if (log >= disk.logs().size()) {
      return 0;
    }
    try {
      List<LateDiskBroker.Place> places = disk.places(log, channel);
      if (places.isEmpty()) {
        return 0;
      }
      LateDiskBroker.Place place = places.get(random.nextInt(places.size()));
      int head = 4 + 2 + 5 + 7;
      int at =
          random.nextInt(8) == 0 ? random.nextInt(4) : head + random.nextInt(place.length() - head);
      folder
          .folder(logs().get(log).name())
          .flip(place.file(), place.position() + at, 1 + random.nextInt(255));
      return place.offset();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Whether a log cannot be written at present.
  public boolean failing(int log) {
    return log < disk.logs().size() && disk.failing(log);
  }

  /// Whether a log goes by an id that is known to those alone that read the same, because this
  /// start could not write that down.
  public boolean isProvisional(int log) {
    return log < disk.logs().size()
        && !disk.log(log).ids().equals(disk.log(log).store().manifest().ids());
  }

  /// Ranges that a log knows it lost.
  public List<Hole> holes(int log) {
    return log < disk.logs().size() ? disk.holes(log) : List.of();
  }

  // ---- the law

  @Override
  public ManualClocks clocks() {
    return clocks;
  }

  private Late of(int log) {
    return log < disk.logs().size() ? disk : memory;
  }

  private int within(int log) {
    return log < disk.logs().size() ? log : log - disk.logs().size();
  }

  @Override
  public int pending(int log) {
    return of(log).pending(within(log));
  }

  @Override
  public void commit(int log, int count) {
    of(log).commit(within(log), count);
  }

  @Override
  public void commitAll() {
    disk.commitAll();
    memory.commitAll();
  }

  @Override
  public void fail(int log) {
    of(log).fail(within(log));
  }

  @Override
  public void lose(int log, int count) {
    of(log).lose(within(log), count);
  }

  /// Also does what else goes on in the background, or not.
  @Override
  public boolean tick() {
    boolean more = disk.tick() | memory.tick();
    for (int log = 0; log < disk.logs().size(); log++) {
      if (random.nextBoolean()) {
        disk.sync(log);
      }
      if (random.nextInt(4) == 0) {
        disk.dropIdle(log);
      }
      compact(log, random.nextInt(4));
    }
    return more;
  }

  private void compact(int log, int steps) {
    try {
      for (int i = 0; i < steps && disk.compact(log); i++) {}
    } catch (IOException e) {
      if (!troubled) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public Broker broker() {
    return joined;
  }

  @Override
  public Namespaces namespaces() {
    return namespaces;
  }
}
