package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.Faults;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Killed;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Starts on a disk that fails or is full, one after the other, with kills, stops and power losses
/// between: whatever they could not do, nothing that was acknowledged is lost, and whoever comes
/// back with a position that is as good as before misses nothing, and is shown nothing behind it,
/// that is not told.
class FailingStartsTest {
  private static final int SEEDS = 500;
  private static final int LIVES = 6;
  private static final int STEPS = 8;

  private final ManualClocks clocks = new ManualClocks();
  private long ids;

  /// What a process that reads "chat" now and then knows, and what was acknowledged.
  private static final class World {
    final Durability durability;
    final Random random;
    final List<String> trace = new ArrayList<>();
    final NavigableSet<Long> acknowledged = new TreeSet<>();
    MemoryFolder folder;
    boolean stays;
    int boot;
    String id = "none0";
    long cursor;
    NavigableSet<Long> seen = new TreeSet<>();
    int failing;
    int compared;

    World(Durability durability, int seed) {
      this.durability = durability;
      this.random = new Random(seed);
      this.folder = new MemoryFolder(seed);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void nothingIsLostOrUntold(Durability durability) {
    int failing = 0;
    int compared = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var world = new World(durability, seed);
      try {
        for (int life = 0; life < LIVES; life++) {
          live(world, life == 0);
        }
        world.folder.faults().heal();
        try (LateDiskBroker after = open(world)) {
          assertThat(held(after)).containsAll(world.acknowledged);
        }
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + world.trace, e);
      }
      failing += world.failing;
      compared += world.compared;
    }
    assertThat(failing).as("starts on a failing disk").isGreaterThan(SEEDS);
    assertThat(compared).as("returns to where it was").isGreaterThan(SEEDS);
  }

  private void live(World world, boolean first) {
    Faults faults = world.folder.faults();
    faults.only(path -> path.length() > "/disk/".length());
    switch (first ? -1 : world.random.nextInt(6)) {
      case 0, 4 -> faults.room(world.random.nextInt(3) == 0 ? world.random.nextInt(2_000) : 0);
      case 1 -> faults.fail(Operation.RENAME, 1 + world.random.nextInt(2));
      case 2 -> faults.fail(Operation.SYNC, 1 + world.random.nextInt(3));
      case 3 -> faults.fail(Operation.FORCE, 1 + world.random.nextInt(3));
      default -> {}
    }
    world.stays = world.random.nextBoolean();
    LateDiskBroker broker = open(world);
    clocks.advance(Duration.ofMillis(10));
    world.failing += broker.failing(log(broker)) ? 1 : 0;
    world.trace.add("open, " + (broker.failing(log(broker)) ? "failing, " : "") + ids(broker));
    try {
      for (int step = 0; step < STEPS; step++) {
        step(world, broker);
      }
      if (world.random.nextInt(3) == 0) {
        world.trace.add("stop");
        broker.close();
      }
    } catch (Killed e) {
      world.trace.add("killed");
    } catch (CompletionException e) {
      assertThat(e).hasCauseInstanceOf(Killed.class);
      world.trace.add("killed");
    }
    boolean power = world.random.nextInt(3) == 0;
    world.trace.add(power ? "power loss" : "kill");
    world.folder = power ? world.folder.crash() : world.folder.kill();
    world.folder.faults().heal();
    if (power) {
      world.boot++;
      if (world.durability == Durability.OS) {
        world.acknowledged.clear();
      }
    }
  }

  private void step(World world, LateDiskBroker broker) {
    switch (world.random.nextInt(8)) {
      case 0, 1, 2 -> {
        if (publish(broker) instanceof Receipt.Appended one) {
          world.acknowledged.add(one.offset());
          world.trace.add("acknowledged " + one.offset());
        }
      }
      case 3, 4 -> read(world, broker);
      case 5 -> {
        if (!world.stays) {
          world.trace.add("heal");
          world.folder.faults().heal();
        }
        sync(broker);
      }
      case 6 -> sync(broker);
      default -> {
        switch (world.random.nextInt(4)) {
          case 0 -> world.folder.faults().dieIn(1 + world.random.nextInt(10));
          case 1 -> {
            world.folder.faults().dieIn(1, Operation.FORCE);
            world.trace.add("dies with what it writes");
            var unused = publish(broker);
          }
          default -> {}
        }
      }
    }
  }

  /// Who comes with a position that still holds had all up to it, and no more.
  private static void read(World world, LateDiskBroker broker) {
    NavigableSet<Long> held = held(broker);
    if (ids(broker).offsetIn(List.of(new Cursor.Position(world.id, world.cursor))) >= 0) {
      for (long one : world.seen.headSet(world.cursor, true)) {
        boolean told =
            held.contains(one)
                || broker.holes(log(broker)).stream()
                    .anyMatch(hole -> hole.from() < one && one <= hole.to());
        assertThat(told).as("%d is lost, and not told; held is %s", one, held).isTrue();
      }
      assertThat(world.seen)
          .as("up to %d", world.cursor)
          .containsAll(held.headSet(world.cursor, true));
      world.compared++;
    }
    world.seen = held;
    world.id = ids(broker).current();
    world.cursor = broker.log(log(broker)).position();
    world.trace.add("read up to " + world.id + "." + world.cursor);
  }

  private LateDiskBroker open(World world) {
    var namespaces =
        new Namespaces(List.of(new Namespace("*", Retention.DEFAULT, world.durability)));
    String boot = "boot " + world.boot;
    return new LateDiskBroker(
        namespaces,
        world.folder,
        clocks,
        ++ids,
        false,
        settings ->
            settings
                .withSegments(new SegmentLimits(1_000, 5, 100))
                .withBootId(() -> boot));
  }

  private static int log(LateDiskBroker broker) {
    return broker.logOf("chat");
  }

  private static LogIds ids(LateDiskBroker broker) {
    return broker.log(log(broker)).ids();
  }

  private void sync(LateDiskBroker broker) {
    clocks.advance(Duration.ofSeconds(2));
    broker.sync(log(broker));
  }

  private static Receipt publish(LateDiskBroker broker) {
    return broker
        .log(log(broker))
        .append("chat", Draft.text("x".repeat(100)))
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
  }

  private static NavigableSet<Long> held(LateDiskBroker broker) {
    DiskLog log = broker.log(log(broker));
    var held = new TreeSet<Long>();
    log.read(
            ReadRequest.forwards(
                List.of(Span.after("chat", 0)), log.position(), 1_000, Integer.MAX_VALUE))
        .toCompletableFuture()
        .join()
        .items()
        .forEach(
            item -> {
              if (item instanceof Publication one) {
                held.add(one.offset());
              }
            });
    return held;
  }
}
