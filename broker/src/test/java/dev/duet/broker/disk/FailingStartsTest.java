package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Receipt;
import dev.duet.broker.disk.store.Faults;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Killed;
import dev.duet.protocol.Cursor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
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

  /// What a process that reads "chat" now and then knows, and what was acknowledged.
  private static final class World {
    final Durability durability;
    final Random random;
    final List<String> trace = new ArrayList<>();
    final NavigableSet<Long> acknowledged = new TreeSet<>();
    final DiskScene scene;
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
      this.scene = new DiskScene(seed, durability).withRecords(5);
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
        world.scene.faults().heal();
        open(world);
        assertThat(world.scene.held()).containsAll(world.acknowledged);
        world.scene.stop();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + world.trace, e);
      }
      failing += world.failing;
      compared += world.compared;
    }
    assertThat(failing).as("starts on a failing disk").isGreaterThan(SEEDS);
    assertThat(compared).as("returns to where it was").isGreaterThan(SEEDS);
  }

  private static void live(World world, boolean first) {
    DiskScene scene = world.scene;
    Faults faults = scene.faults();
    faults.only(path -> path.length() > "/disk/".length());
    switch (first ? -1 : world.random.nextInt(6)) {
      case 0, 4 -> faults.room(world.random.nextInt(3) == 0 ? world.random.nextInt(2_000) : 0);
      case 1 -> faults.fail(Operation.RENAME, 1 + world.random.nextInt(2));
      case 2 -> faults.fail(Operation.SYNC, 1 + world.random.nextInt(3));
      case 3 -> faults.fail(Operation.FORCE, 1 + world.random.nextInt(3));
      default -> {}
    }
    world.stays = world.random.nextBoolean();
    open(world);
    scene.clocks().advance(Duration.ofMillis(10));
    world.failing += scene.failing() ? 1 : 0;
    world.trace.add("open, " + (scene.failing() ? "failing, " : "") + scene.ids());
    try {
      for (int step = 0; step < STEPS; step++) {
        step(world, scene);
      }
      if (world.random.nextInt(3) == 0) {
        world.trace.add("stop");
        scene.stop();
      }
    } catch (Killed e) {
      world.trace.add("killed");
    } catch (CompletionException e) {
      assertThat(e).hasCauseInstanceOf(Killed.class);
      world.trace.add("killed");
    }
    boolean power = world.random.nextInt(3) == 0;
    world.trace.add(power ? "power loss" : "kill");
    if (power) {
      scene.crash();
      world.boot++;
      if (world.durability == Durability.OS) {
        world.acknowledged.clear();
      }
    } else {
      scene.kill();
    }
    scene.faults().heal();
  }

  private static void step(World world, DiskScene scene) {
    switch (world.random.nextInt(8)) {
      case 0, 1, 2 -> {
        if (scene.publish() instanceof Receipt.Appended one) {
          world.acknowledged.add(one.offset());
          world.trace.add("acknowledged " + one.offset());
        }
      }
      case 3, 4 -> read(world, scene);
      case 5 -> {
        if (!world.stays) {
          world.trace.add("heal");
          scene.faults().heal();
        }
        sync(scene);
      }
      case 6 -> sync(scene);
      default -> {
        switch (world.random.nextInt(4)) {
          case 0 -> scene.faults().dieIn(1 + world.random.nextInt(10));
          case 1 -> {
            scene.faults().dieIn(1, Operation.FORCE);
            world.trace.add("dies with what it writes");
            var unused = scene.publish();
          }
          default -> {}
        }
      }
    }
  }

  /// Who comes with a position that still holds had all up to it, and no more.
  private static void read(World world, DiskScene scene) {
    NavigableSet<Long> held = new TreeSet<>(scene.held());
    if (scene.ids().offsetIn(List.of(new Cursor.Position(world.id, world.cursor))) >= 0) {
      for (long one : world.seen.headSet(world.cursor, true)) {
        boolean told =
            held.contains(one)
                || scene.holes().stream().anyMatch(hole -> hole.from() < one && one <= hole.to());
        assertThat(told).as("%d is lost, and not told; held is %s", one, held).isTrue();
      }
      assertThat(world.seen)
          .as("up to %d", world.cursor)
          .containsAll(held.headSet(world.cursor, true));
      world.compared++;
    }
    world.seen = held;
    world.id = scene.id();
    world.cursor = scene.log().position();
    world.trace.add("read up to " + world.id + "." + world.cursor);
  }

  private static void open(World world) {
    world.scene.open("boot " + world.boot);
  }

  private static void sync(DiskScene scene) {
    scene.pause();
    scene.sync();
  }
}
