package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// Thousands of schedules of [Simulation], some on logs on a disk. `-Dtest.args=-Dduet.sim.seed=N`
/// replays one, `-Dduet.sim.schedules=N` runs more, `-Dduet.sim.first=N` others;
/// `-Dduet.sim.disk=true` runs all of them on a disk, `false` none; with `-Dduet.sim.trouble=false`
/// the disks do not fail and fill up for a while.
final class DeliverySimulationTest {
  private static final int STEPS = 400;

  /// Schedules with every buffer tracked, which costs most of the time.
  private static final int TRACKED = 200;

  /// One in so many schedules is on a disk.
  private static final int ON_DISK = 10;

  private static Simulation schedule(long seed) {
    String disk = System.getProperty("duet.sim.disk");
    return new Simulation(seed, disk == null ? seed % ON_DISK == 0 : Boolean.parseBoolean(disk));
  }

  @Test
  void everySubscriberSeesEverythingAfterItsCursorOnceInOrderOrIsTold() {
    Long one = Long.getLong("duet.sim.seed");
    if (one != null) {
      schedule(one).run(STEPS);
      return;
    }
    long first = Long.getLong("duet.sim.first", 1);
    int schedules = Integer.getInteger("duet.sim.schedules", 2_500);
    var failed = new ArrayList<String>();
    var level = ResourceLeakDetector.getLevel();
    try {
      for (long seed = first; seed < first + schedules && failed.size() < 5; seed++) {
        if (seed == first + TRACKED) {
          ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        }
        try {
          schedule(seed).run(STEPS);
        } catch (Throwable failure) {
          failed.add("seed " + seed + ": " + failure);
        }
      }
    } finally {
      ResourceLeakDetector.setLevel(level);
    }
    assertThat(failed)
        .as("replay one with -Dtest.args=-Dduet.sim.seed=N, and what else was said")
        .isEmpty();
  }
}
