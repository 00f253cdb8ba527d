package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// Thousands of schedules of [Simulation]. `-Dtest.args=-Dduet.sim.seed=N` replays one,
/// `-Dduet.sim.schedules=N` runs more, `-Dduet.sim.first=N` others.
final class DeliverySimulationTest {
  private static final int STEPS = 400;

  @Test
  void everySubscriberSeesEverythingAfterItsCursorOnceInOrderOrIsTold() {
    Long one = Long.getLong("duet.sim.seed");
    if (one != null) {
      new Simulation(one).run(STEPS);
      return;
    }
    long first = Long.getLong("duet.sim.first", 1);
    int schedules = Integer.getInteger("duet.sim.schedules", 3_000);
    var failed = new ArrayList<String>();
    for (long seed = first; seed < first + schedules && failed.size() < 5; seed++) {
      try {
        new Simulation(seed).run(STEPS);
      } catch (Throwable failure) {
        failed.add("seed " + seed + ": " + failure);
      }
    }
    assertThat(failed).as("replay one with -Dtest.args=-Dduet.sim.seed=N").isEmpty();
  }
}
