package dev.duet.broker.disk;

import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.disk.store.Faults;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Killed;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// One life for [DiskCrashTest]: a machine, its processes one after the other, what they are asked,
/// and what goes wrong.
final class CrashLife {
  private static final Retention KEEP = Retention.DEFAULT.withMaxAge(Duration.ofSeconds(100));
  private static final List<String> CHANNELS =
      List.of(
          "few1", "few2", "many1", "many2", "osfew", "osmany", "state1", "state2", "osstate",
          "moved", "turned");

  private final Random random;
  private final long seed;
  private final Map<String, Integer> counts;
  private final ManualClocks clocks = new ManualClocks();
  private final CrashWitness witness;
  private final ArrayDeque<String> trace = new ArrayDeque<>();
  private final boolean faulty;
  private boolean quiet;
  private int boot;
  private int numbers;
  private int few = 5;
  private Durability movedTo = Durability.OS;
  private Mode turnedTo = Mode.HISTORY;
  private MemoryFolder folder;
  private LateDiskBroker broker;
  private List<Compactor> compactors = List.of();

  CrashLife(long seed, Map<String, Integer> counts) throws IOException {
    this.seed = seed;
    this.random = new Random(seed);
    this.counts = counts;
    this.faulty = random.nextInt(3) > 0;
    this.folder = new MemoryFolder(seed);
    this.witness = new CrashWitness(CHANNELS, clocks, counts);
    open();
    witness.opened(broker, CrashWitness.End.FIRST);
  }

  // ---- the process

  private Namespaces namespaces() {
    return new Namespaces(
        List.of(
            new Namespace("few*", KEEP.withMaxCount(few), Durability.DISK),
            new Namespace("many*", KEEP, Durability.DISK),
            new Namespace("osfew*", KEEP.withMaxCount(few), Durability.OS),
            new Namespace("osmany*", KEEP, Durability.OS),
            new Namespace("state*", latest(4), Durability.DISK),
            new Namespace("osstate*", latest(4), Durability.OS),
            new Namespace("moved*", KEEP, movedTo),
            new Namespace("turned*", KEEP.withMode(turnedTo), Durability.DISK)));
  }

  private static Retention latest(int count) {
    return KEEP.withMode(Mode.LATEST).withMaxCount(count);
  }

  private void open() {
    long bytes = 400L << random.nextInt(4);
    String id = "boot" + boot;
    broker =
        new LateDiskBroker(
            namespaces(),
            folder,
            clocks,
            seed * 1_000 + numbers++,
            true,
            settings ->
                settings
                    .withBootId(() -> id)
                    .withSegments(new SegmentLimits(bytes, 64, 64))
                    .withKeys(10_000, settings.keyWindow()));
    compactors = new ArrayList<>();
    for (int i = 0; i < broker.logs().size(); i++) {
      compactors.add(broker.log(i).compactor(written -> {}));
    }
  }

  void faultless() {
    quiet = true;
  }

  List<String> ids() {
    return broker.logs().stream().map(log -> log.ids().current()).toList();
  }

  List<Durability> durabilities() {
    return broker.logs().stream().map(Log::durability).toList();
  }

  /// Ends the process.
  MemoryFolder stop(boolean clean) {
    if (clean) {
      broker.close();
      return folder;
    }
    folder = folder.kill();
    return folder;
  }

  /// Begins again on another disk.
  void goOn(MemoryFolder other) {
    folder = other;
    open();
  }

  List<String> trace() {
    return List.copyOf(trace);
  }

  private void note(String what) {
    trace.add(what);
    if (trace.size() > 40) {
      trace.remove();
    }
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  // ---- its life

  void live(int steps) throws IOException {
    for (int i = 0; i < steps; i++) {
      try {
        step();
        witness.look();
      } catch (Killed e) {
        note("died");
        count("died");
        restart(random.nextBoolean() ? CrashWitness.End.KILL : CrashWitness.End.POWER, true);
      }
    }
    if (!quiet) {
      restart(CrashWitness.End.CLEAN, false);
    }
  }

  private void step() throws IOException {
    int kind = random.nextInt(100);
    if (kind < 45) {
      append();
    } else if (kind < 63) {
      commit();
    } else if (kind < 67) {
      note("sync");
      broker.logs().forEach(log -> ((DiskLog) log).store().sync());
      witness.synced();
    } else if (kind < 75) {
      compact();
    } else if (kind < 78) {
      trim();
    } else if (kind < 83) {
      long millis = random.nextInt(12) == 0 ? 60_000 : random.nextInt(3_000);
      note("+" + millis);
      clocks.advance(Duration.ofMillis(millis));
      broker.tick();
    } else if (kind < 88) {
      note("read");
      witness.read(random);
    } else if (kind < 94) {
      if (faulty && !quiet) {
        fault();
      }
    } else if (!quiet) {
      CrashWitness.End[] ends = CrashWitness.End.values();
      restart(ends[1 + random.nextInt(3)], false);
    }
  }

  private void append() {
    String channel = CHANNELS.get(random.nextInt(CHANNELS.size()));
    boolean keyed = namespaces().of(channel).retention().mode() == Mode.LATEST;
    String key = keyed ? "k" + random.nextInt(6) : null;
    String id = "n" + numbers++;
    Draft draft;
    if (keyed && random.nextInt(8) == 0) {
      draft = Draft.tombstone(key);
    } else {
      draft = Draft.text(id + "x".repeat(random.nextInt(120))).withKey(key);
    }
    draft = draft.withEnd(random.nextInt(150) == 0);
    if (random.nextInt(4) == 0) {
      draft = draft.withIdempotencyKey(id);
    }
    if (random.nextInt(10) == 0) {
      draft = draft.withIfMatch(witness.current(channel, key));
    }
    note("append " + channel + " " + id);
    CompletableFuture<Receipt> answer = log(channel).append(channel, draft).toCompletableFuture();
    witness.sent(channel, draft, answer);
  }

  private Log log(String channel) {
    return broker.logs().get(broker.logOf(channel));
  }

  private void commit() {
    note("commit");
    for (int log = 0; log < broker.logs().size(); log++) {
      if (random.nextInt(3) > 0) {
        broker.commit(log, random.nextInt(3) == 0 ? 1 : Integer.MAX_VALUE);
      }
    }
  }

  private void compact() {
    note("compact");
    for (Compactor one : compactors) {
      try {
        for (int i = 0; i < 3 && one.step(); i++) {}
      } catch (IOException | CompletionException e) {
        count("compaction failed");
      }
    }
  }

  private void trim() {
    String channel = CHANNELS.get(random.nextInt(CHANNELS.size()));
    long before = witness.someOffset(channel, random);
    note("trim " + channel + " " + before);
    witness.trimmed(channel, before, log(channel).trim(channel, before).toCompletableFuture());
  }

  private void fault() {
    Faults faults = folder.faults();
    int kind = random.nextInt(8);
    note("fault " + kind);
    if (kind <= 3 || kind == 6) {
      witness.suspect();
    }
    switch (kind) {
      case 0 -> faults.fail(Operation.FORCE, 1);
      case 1 -> faults.fail(Operation.FORCE, 3);
      case 2 -> faults.fail(Operation.WRITE, 1 + random.nextInt(2));
      case 3 -> faults.room(random.nextInt(500));
      case 4 -> faults.dieIn(1 + random.nextInt(12));
      case 5 -> faults.dieIn(1 + random.nextInt(3), Operation.RENAME, Operation.SYNC);
      case 6 -> faults.fail(Operation.SYNC, 1);
      default -> {
        faults.heal();
        clocks.advance(Duration.ofMillis(1_500));
      }
    }
    count("fault");
  }

  private void restart(CrashWitness.End wanted, boolean dead) throws IOException {
    CrashWitness.End end = wanted;
    note("restart " + end);
    if (!dead && end == CrashWitness.End.CLEAN) {
      folder.faults().heal();
      clocks.advance(Duration.ofMillis(1_500));
      try {
        broker.close();
        witness.answered();
      } catch (Killed e) {
        end = CrashWitness.End.KILL;
      }
    }
    end(end);
    count(end.name().toLowerCase(java.util.Locale.ROOT));
    if (random.nextInt(6) == 0) {
      few = 3 + random.nextInt(6);
      movedTo = random.nextBoolean() ? Durability.OS : Durability.DISK;
      turnedTo = random.nextBoolean() ? Mode.HISTORY : Mode.LATEST;
      witness.limits(few);
    }
    clocks.advance(Duration.ofMillis(1 + random.nextInt(2_000)));
    if (!quiet && random.nextInt(12) == 0) {
      damage();
    }
    end = openAnyhow(end);
    witness.opened(broker, end);
  }

  private void end(CrashWitness.End how) {
    if (how == CrashWitness.End.POWER) {
      folder = folder.crash();
      boot++;
    } else {
      folder = folder.kill();
    }
  }

  /// Opens, sometimes only after it died there too, or was refused: until somebody has looked after
  /// the disk it goes on as it was left.
  private CrashWitness.End openAnyhow(CrashWitness.End end) {
    CrashWitness.End worst = end;
    for (int tries = 0; faulty && tries < 2 && random.nextInt(4) == 0; tries++) {
      switch (random.nextInt(4)) {
        case 0, 1 -> fault();
        case 2 -> folder.faults().fail(Operation.OPEN, 1 + random.nextInt(6));
        default -> {}
      }
      if (random.nextInt(4) > 0) {
        folder.faults().dieIn(1 + random.nextInt(15));
      }
      note("opens, and does not live");
      try {
        open();
        witness.opening();
      } catch (Killed e) {
        count("double");
      } catch (UncheckedIOException e) {
        count("not opened");
      }
      boolean power = random.nextBoolean();
      worst =
          power
              ? CrashWitness.End.POWER
              : worst == CrashWitness.End.POWER ? worst : CrashWitness.End.KILL;
      end(power ? CrashWitness.End.POWER : CrashWitness.End.KILL);
    }
    folder.faults().heal();
    open();
    return worst;
  }

  /// Indexes alone, or any files.
  private void damage() throws IOException {
    boolean indexes = random.nextInt(3) == 0;
    count(indexes ? "indexes damaged" : "damaged");
    for (String log : List.of("os", "disk")) {
      MemoryFolder inner = folder.folder(log);
      List<String> names = new ArrayList<>(inner.list());
      names.removeIf(name -> indexes && !name.endsWith(".index"));
      names.sort(null);
      String name = names.isEmpty() ? null : names.get(random.nextInt(names.size()));
      int size = name == null ? 0 : inner.bytes(name).length;
      if (size > 0) {
        int at = random.nextInt(size);
        note("damage " + log + "/" + name + " at " + at);
        inner.flip(name, at, 1 << random.nextInt(8));
        witness.damaged(log.equals("os") ? Durability.OS : Durability.DISK, name);
      }
    }
  }
}
