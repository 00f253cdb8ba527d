package dev.duet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ScheduleTest {
  private static final long START = 1_000_000;

  @Test
  void messagesAreDueEvenlyWhateverWasSent() {
    var steady = new Schedule(START, 20, 1, 1, 100);
    assertThat(steady.due(0)).isEqualTo(START);
    assertThat(steady.due(1)).isEqualTo(START + 50_000_000);
    assertThat(steady.due(99)).isEqualTo(START + 99 * 50_000_000L);
  }

  @Test
  void aBurstIsDueAtOnceAtTheSameMeanRate() {
    var bursts = new Schedule(START, 100, 10, 1, 100);
    assertThat(bursts.due(9)).isEqualTo(START);
    assertThat(bursts.due(10)).isEqualTo(START + 100_000_000);
    assertThat(bursts.due(99)).isEqualTo(START + 900_000_000);
  }

  @Test
  void channelsTakeTurns() {
    var schedule = new Schedule(START, 10, 1, 3, 8);
    for (long message = 0; message < 8; message++) {
      int channel = schedule.channel(message);
      assertThat(schedule.message(channel, schedule.sequence(message))).isEqualTo(message);
    }
    assertThat(schedule.channel(7)).isEqualTo(1);
    assertThat(schedule.sequence(7)).isEqualTo(3);
    assertThat(schedule.lastSequence(0, 8)).isEqualTo(3);
    assertThat(schedule.lastSequence(1, 8)).isEqualTo(3);
    assertThat(schedule.lastSequence(2, 8)).isEqualTo(2);
    assertThat(schedule.lastSequence(2, 2)).isZero();
  }
}
