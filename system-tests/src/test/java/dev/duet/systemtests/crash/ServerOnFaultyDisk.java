package dev.duet.systemtests.crash;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.duet.broker.Durability;
import dev.duet.broker.JoinedBroker;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.ServedDisk;
import dev.duet.broker.disk.store.Faults;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Killed;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Cursor;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// A server in this process, on a disk in memory that fails, is slow, and fills up, again and
/// again; at a kill its process dies in the middle of whatever it writes, or the power goes: then
/// what was not synced is lost, in part and in any order.
final class ServerOnFaultyDisk implements Server {
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final Duration STOP_OF_THE_DEAD = Duration.ofMillis(300);
  private static final SegmentLimits SEGMENTS = new SegmentLimits(256 << 10, 4_000, 1_000);

  /// What it says of a disk that fails is not what a test is read for.
  private static final Logger LOG = (Logger) LoggerFactory.getLogger("dev.duet.broker.disk");

  private final Namespaces namespaces;
  private final boolean losesPower;
  private final Random random;
  private final int port;
  private final List<String> errors = new ArrayList<>();
  private final Map<String, String> logs = new ConcurrentHashMap<>();
  private final Set<String> gone = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("faulty-disk").daemon().factory());
  private MemoryFolder folder;
  private Duet duet;
  private int starts;
  private int boots;
  private int troubles;
  private long longestStartNanos;
  private boolean troubled;
  private boolean calm;
  private boolean staysFull;
  private @Nullable ServedDisk disk;

  /// @param losesPower whether a kill may be a power loss. Then no namespace is to have the
  ///     durability `os`, which promises nothing for that; else syncs fail only where its
  ///     durability is `disk`
  ServerOnFaultyDisk(Namespaces namespaces, boolean losesPower, Random random) throws IOException {
    this.namespaces = namespaces;
    this.losesPower = losesPower;
    this.random = random;
    this.port = Server.freePort(random);
    this.folder = new MemoryFolder(random.nextLong());
    LOG.setLevel(Level.OFF);
    launch();
    var unused = timer.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    var unused2 = timer.scheduleWithFixedDelay(this::weather, 100, 100, TimeUnit.MILLISECONDS);
  }

  private synchronized void launch() {
    long begin = System.nanoTime();
    starts++;
    String boot = "boot " + boots;
    List<Cursor.@Nullable Position> before = disk == null ? List.of() : disk.unsaved();
    disk =
        new ServedDisk(
            namespaces, folder, settings -> settings.withBootId(() -> boot).withSegments(SEGMENTS));
    for (int i = 0; i < before.size(); i++) {
      Cursor.Position unsaved = before.get(i);
      if (unsaved != null && disk.logs().get(i).ids().offsetIn(List.of(unsaved)) < 0) {
        gone.add(unsaved.logId());
      }
    }
    disk.logs().forEach(log -> goesBy(log.ids()));
    var memory = new MemoryBroker(MemorySettings.of(namespaces));
    var joined =
        new JoinedBroker(
            List.of(disk, memory),
            channel -> namespaces.wantedDurability(channel) == Durability.MEMORY ? 1 : 0);
    duet = Duet.start(DuetSettings.DEFAULT.withPort(port).withNamespaces(namespaces), joined);
    longestStartNanos = Math.max(longestStartNanos, System.nanoTime() - begin);
  }

  private void goesBy(LogIds ids) {
    List<String> all = new ArrayList<>(List.of(ids.current()));
    ids.past().stream().filter(LogIds.Past::intact).forEach(past -> all.add(past.id()));
    String known =
        all.stream().map(logs::get).filter(Objects::nonNull).findFirst().orElse(ids.current());
    all.forEach(one -> logs.putIfAbsent(one, known));
  }

  @Override
  public String logOf(String id) {
    return logs.getOrDefault(id, id);
  }

  @Override
  public boolean isGone(String id) {
    return gone.contains(id);
  }

  // ---- the disk

  private void tick() {
    ServedDisk now;
    synchronized (this) {
      now = disk;
    }
    try {
      now.tick();
    } catch (Killed dead) {
      // another comes
    }
  }

  /// Fine for a while, then bad for a while.
  private synchronized void weather() {
    if (calm || staysFull || random.nextInt(3) > 0) {
      return;
    }
    Faults faults = folder.faults();
    faults.heal();
    faults.beforeForce(() -> {});
    troubled = !troubled;
    if (!troubled) {
      return;
    }
    troubles++;
    boolean syncs = losesPower || random.nextBoolean();
    if (syncs && !losesPower) {
      faults.only(path -> (path + '/').contains("/disk/"));
    }
    switch (random.nextInt(syncs ? 5 : 2)) {
      case 0 -> faults.room(random.nextInt(30_000));
      case 1 -> faults.failSometimes(Operation.WRITE, 0.3);
      case 2 -> faults.failSometimes(Operation.FORCE, 0.3);
      case 3 -> faults.fail(Operation.FORCE, 1 + random.nextInt(3));
      default -> faults.beforeForce(ServerOnFaultyDisk::isSlow);
    }
  }

  private static void isSlow() {
    try {
      TimeUnit.MILLISECONDS.sleep(40);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void heal() {
    troubled = false;
    staysFull = false;
    folder.faults().heal();
    folder.faults().beforeForce(() -> {});
  }

  @Override
  public synchronized void calm() {
    calm = true;
    heal();
  }

  /// How often the disk began to fail.
  synchronized int troubles() {
    return troubles;
  }

  // ---- the server

  @Override
  public String origin() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public synchronized int starts() {
    return starts;
  }

  @Override
  public synchronized long longestStartMillis() {
    return TimeUnit.NANOSECONDS.toMillis(longestStartNanos);
  }

  @Override
  public Server start() {
    synchronized (this) {
      // Now and then it cannot copy what it reads, and until the next kill.
      staysFull = !calm && random.nextInt(4) == 0;
      if (staysFull) {
        folder.faults().room(0);
      }
    }
    launch();
    return this;
  }

  @Override
  public void awaitReady() {}

  @Override
  public void kill() throws InterruptedException {
    Duet dead;
    synchronized (this) {
      heal();
      if (random.nextBoolean()) {
        int n = 1 + random.nextInt(20);
        if (random.nextBoolean()) {
          folder.faults().dieIn(n);
        } else {
          folder.faults().dieIn(1, Operation.FORCE);
        }
      }
    }
    TimeUnit.MILLISECONDS.sleep(random.nextInt(20));
    synchronized (this) {
      folder.faults().die();
      dead = duet;
    }
    end(dead);
    synchronized (this) {
      folder = folder.kill();
      if (losesPower && random.nextInt(3) > 0) {
        folder = folder.crash();
        boots++;
      }
    }
  }

  private void end(Duet dead) throws InterruptedException {
    var end =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    dead.stop(STOP_OF_THE_DEAD);
                  } catch (Killed killed) {
                    // so it is
                  }
                });
    if (!end.join(Duration.ofSeconds(60))) {
      errors.add("start " + starts() + " does not end once its disk is dead");
    }
  }

  @Override
  public void beginStop() {
    // kill() stops it
  }

  @Override
  public void stop() {
    Duet ends;
    synchronized (this) {
      ends = duet;
    }
    ends.stop(STOP);
    synchronized (this) {
      folder = folder.kill();
    }
  }

  /// A sync that fails takes what the next start would have read, as a power loss does.
  @Override
  public boolean tearsEnds() {
    return true;
  }

  @Override
  public List<String> errors() {
    return List.copyOf(errors);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    LOG.setLevel(null);
    synchronized (this) {
      heal();
      try {
        duet.stop(STOP_OF_THE_DEAD);
      } catch (Killed killed) {
        // it was dead
      }
    }
  }
}
