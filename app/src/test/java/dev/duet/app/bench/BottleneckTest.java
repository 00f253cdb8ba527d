package dev.duet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class BottleneckTest {
  private static final long PERIOD = 10_000_000;

  private static Bottleneck fine() {
    return new Bottleneck(0.3, 500, 300, 20_000, 50, 50, 0.6);
  }

  @Test
  void saysNothingWhenItWasNot() {
    assertThat(fine().notes()).isEmpty();
  }

  @Test
  void aBusyLoopIsSaid() {
    assertThat(new Bottleneck(0.93, 500, 300, 20_000, 50, 50, 0.6).notes())
        .singleElement()
        .asString()
        .contains("93 % of a core", "--threads");
  }

  @Test
  void aLateLoopIsSaidWhereItIsMuchOfTheLatency() {
    assertThat(new Bottleneck(0.3, 15_000, 300, 20_000, 50, 50, 0.6).notes())
        .singleElement()
        .asString()
        .contains("15 ms late", "20 ms");
    assertThat(new Bottleneck(0.3, 5_000, 300, 20_000, 50, 50, 0.6).notes()).isEmpty();
    assertThat(new Bottleneck(0.3, 900, 300, 1_000, 50, 50, 0.6).notes())
        .as("below what matters")
        .isEmpty();
  }

  @Test
  void aPublisherBehindItsScheduleIsSaid() {
    assertThat(new Bottleneck(0.3, 500, 12_000, 20_000, 50, 50, 0.6).notes())
        .singleElement()
        .asString()
        .contains("12 ms behind its schedule");
    assertThat(new Bottleneck(0.3, 500, 300, 20_000, 50, 40, 0.6).notes())
        .containsExactly("The publisher came to 40.0 messages a second of 50.0.");
  }

  @Test
  void aFullMachineIsSaid() {
    assertThat(new Bottleneck(0.3, 500, 300, 20_000, 50, 50, 0.99).notes())
        .singleElement()
        .asString()
        .contains("99 % busy");
  }

  /// A loop that comes late to its task, by the time that its clock says.
  @Test
  void theProbeMeasuresHowLateItsLoopIs() {
    var clock = new AtomicLong(1_000);
    Deque<Runnable> tasks = new ArrayDeque<>();
    var probe =
        new OwnLoops.Probe(
            clock::get,
            (task, nanos) -> {
              assertThat(nanos).isEqualTo(PERIOD);
              tasks.add(task);
            });
    probe.start();
    clock.addAndGet(PERIOD + 70_000_000);
    tasks.remove().run();
    assertThat(probe.lag.getTotalCount()).as("before it measures").isZero();

    probe.measure();
    for (int i = 0; i < 9; i++) {
      clock.addAndGet(PERIOD);
      tasks.remove().run();
    }
    assertThat(probe.lag.getMaxValue()).isZero();
    clock.addAndGet(PERIOD + 30_000_000);
    tasks.remove().run();
    assertThat(probe.lag.getTotalCount()).isEqualTo(10);
    assertThat(probe.lag.getMaxValue()).isBetween(29_900L, 30_100L);
    assertThat(probe.lag.getValueAtPercentile(50)).isZero();
    assertThat(tasks).hasSize(1);
  }
}
