package dev.duet.app.bench;

import static dev.duet.app.bench.Sequence.Seen.LATE;
import static dev.duet.app.bench.Sequence.Seen.NEW;
import static dev.duet.app.bench.Sequence.Seen.REPEAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class SequenceTest {
  private final Sequence sequence = new Sequence(true);

  private long missing(long end) {
    return sequence.missing(end, place -> false);
  }

  @Test
  void nothingIsMissingInOrder() {
    for (long n = 1; n <= 100; n++) {
      assertThat(sequence.see(n)).isEqualTo(NEW);
    }
    assertThat(missing(100)).isZero();
    assertThat(missing(103)).isEqualTo(3);
    assertThat(sequence.due(103)).isEqualTo(103);
  }

  @Test
  void tellsLateFromRepeated() {
    assertThat(sequence.see(2)).isEqualTo(NEW);
    assertThat(sequence.see(6)).isEqualTo(NEW);
    assertThat(missing(6)).isEqualTo(4);
    assertThat(sequence.see(4)).isEqualTo(LATE);
    assertThat(sequence.see(4)).isEqualTo(REPEAT);
    assertThat(sequence.see(6)).isEqualTo(REPEAT);
    assertThat(sequence.see(1)).isEqualTo(LATE);
    assertThat(sequence.see(5)).isEqualTo(LATE);
    assertThat(sequence.see(3)).isEqualTo(LATE);
    assertThat(missing(6)).isZero();
    assertThat(sequence.see(7)).isEqualTo(NEW);
  }

  @Test
  void whatWasNeverPublishedIsNotMissing() {
    sequence.see(1);
    sequence.see(5);
    assertThat(sequence.missing(8, place -> place == 3 || place == 8)).isEqualTo(4);
  }

  @Test
  void whoListensOnlyBeginsAtWhatComesFirst() {
    var listener = new Sequence(false);
    assertThat(listener.missing(10, place -> false)).isZero();
    assertThat(listener.see(7)).isEqualTo(NEW);
    assertThat(listener.see(6)).isEqualTo(REPEAT);
    assertThat(listener.due(9)).isEqualTo(3);
    assertThat(listener.missing(9, place -> false)).isEqualTo(2);
  }

  @Test
  void agreesWithASetOfAllThatCame() {
    var random = new Random(7);
    for (int round = 0; round < 200; round++) {
      var checked = new Sequence(true);
      var came = new TreeSet<Long>();
      for (int i = 0; i < 60; i++) {
        long n = 1 + random.nextInt(40);
        boolean beyond = came.isEmpty() || n > came.last();
        var expected = !came.add(n) ? REPEAT : beyond ? NEW : LATE;
        assertThat(checked.see(n)).isEqualTo(expected);
        assertThat(checked.missing(40, place -> false)).isEqualTo(40 - came.size());
      }
    }
  }

  @Test
  void holdsABoundedNumberOfHolesAndForgetsNoLoss() {
    long last = 4L * Sequence.MOST_HOLES;
    for (long n = 2; n <= last; n += 2) {
      sequence.see(n);
    }
    assertThat(missing(last)).isEqualTo(last / 2);
  }
}
