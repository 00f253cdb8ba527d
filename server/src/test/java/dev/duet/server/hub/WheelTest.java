package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class WheelTest {
  private static final long TICK = Wheel.TICK_NANOS;

  private final List<String> met = new ArrayList<>();

  private final class Named extends Wheel.Entry {
    private final String name;
    private long deadline;

    Named(String name, long deadline) {
      this.name = name;
      this.deadline = deadline;
    }

    @Override
    long deadline() {
      return deadline;
    }

    @Override
    void dueAt(long now) {
      assertThat(now).isGreaterThanOrEqualTo(deadline);
      met.add(name);
    }
  }

  @Test
  void meetsEachOnceAndNotBeforeItsDeadline() {
    var wheel = new Wheel(0);
    wheel.add(new Named("soon", 3 * TICK));
    wheel.add(new Named("later", 700 * TICK));
    wheel.advance(2 * TICK);
    assertThat(met).isEmpty();
    wheel.advance(3 * TICK);
    assertThat(met).containsExactly("soon");
    wheel.advance(699 * TICK);
    assertThat(met).containsExactly("soon");
    wheel.advance(700 * TICK);
    assertThat(met).containsExactly("soon", "later");
    assertThat(wheel.isEmpty()).isTrue();
  }

  @Test
  void anEntryWhoseDeadlineMovedBackIsMetThen() {
    var wheel = new Wheel(0);
    var entry = new Named("moved", 5 * TICK);
    wheel.add(entry);
    entry.deadline = 50 * TICK;
    wheel.advance(49 * TICK);
    assertThat(met).isEmpty();
    wheel.advance(50 * TICK);
    assertThat(met).containsExactly("moved");
  }

  @Test
  void aLongPauseOfTheLoopLosesNobody() {
    var wheel = new Wheel(-7 * TICK);
    for (int i = 0; i < 600; i++) {
      wheel.add(new Named("n" + i, i * TICK));
    }
    wheel.advance(100_000 * TICK);
    assertThat(met).hasSize(600);
  }

  @Test
  void whatIsRemovedIsNotMetAndNotKept() {
    var random = new Random(1);
    var wheel = new Wheel(0);
    var entries = new ArrayList<Named>();
    for (int i = 0; i < 1_000; i++) {
      var entry = new Named("n" + i, random.nextInt(1_000) * TICK);
      entries.add(entry);
      wheel.add(entry);
    }
    var kept = new ArrayList<String>();
    for (Named entry : entries) {
      if (random.nextBoolean()) {
        wheel.remove(entry);
        wheel.remove(entry);
      } else {
        kept.add(entry.name);
      }
    }
    wheel.advance(2_000 * TICK);
    assertThat(met).containsExactlyInAnyOrderElementsOf(kept);
    assertThat(wheel.isEmpty()).isTrue();
  }
}
