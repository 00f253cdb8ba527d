package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyTableTest {
  private final KeyTable table = new KeyTable();

  /// A hash whose place in a table of eight is `home`.
  private static long at(int home, int n) {
    return home + 8L * n;
  }

  @Test
  void whatIsNotThereHasNoSlot() {
    assertThat(table.get(0)).isEqualTo(-1);
    table.remove(0);
    assertThat(table.get(0)).isEqualTo(-1);
  }

  @Test
  void aHashHasTheSlotThatItWasGivenLast() {
    table.put(0, 5);
    table.put(-1, 0);
    table.put(0, 6);
    assertThat(table.get(0)).isEqualTo(6);
    assertThat(table.get(-1)).isZero();
    assertThat(table.get(1)).isEqualTo(-1);
  }

  /// The place comes from both halves of the hash.
  @Test
  void hashesThatDifferOnlyInTheirUpperHalfAreApart() {
    for (int i = 0; i < 100; i++) {
      table.put((long) i << 32, i);
    }
    for (int i = 0; i < 100; i++) {
      assertThat(table.get((long) i << 32)).isEqualTo(i);
    }
  }

  /// Around the end of the table: those that had gone past the place that is free move up, and
  /// those that are at home stay.
  @Test
  void whatHadGonePastAPlaceIsFoundWhenThatIsFree() {
    table.put(at(6, 0), 1); // at 6
    table.put(at(6, 1), 2); // at 7
    table.put(at(7, 0), 3); // at 0
    table.put(at(0, 0), 4); // at 1
    table.put(at(2, 0), 5); // at 2, its home
    assertThat(table.capacity()).isEqualTo(8);
    table.remove(at(6, 0));
    assertThat(table.get(at(6, 0))).isEqualTo(-1);
    assertThat(table.get(at(6, 1))).isEqualTo(2);
    assertThat(table.get(at(7, 0))).isEqualTo(3);
    assertThat(table.get(at(0, 0))).isEqualTo(4);
    assertThat(table.get(at(2, 0))).isEqualTo(5);
    table.remove(at(7, 0));
    assertThat(table.get(at(6, 1))).isEqualTo(2);
    assertThat(table.get(at(0, 0))).isEqualTo(4);
    assertThat(table.get(at(2, 0))).isEqualTo(5);
    table.put(at(7, 1), 6);
    assertThat(table.get(at(7, 1))).isEqualTo(6);
    assertThat(table.get(at(7, 0))).isEqualTo(-1);
  }

  @Test
  void itGrowsAndGivesBack() {
    var random = new Random(1);
    long[] hashes = random.longs(10_000).distinct().toArray();
    for (int i = 0; i < hashes.length; i++) {
      table.put(hashes[i], i);
      assertThat(table.capacity()).isLessThan(Math.max(9, 4 * (i + 1)));
    }
    for (int i = 0; i < hashes.length; i++) {
      assertThat(table.get(hashes[i])).isEqualTo(i);
      table.remove(hashes[i]);
      table.shrink(0);
      assertThat(table.capacity()).isLessThanOrEqualTo(Math.max(8, 8 * (hashes.length - i - 1)));
    }
  }

  /// As a map does, also where many share a place.
  @Test
  void randomTablesAreAsMaps() {
    for (int seed = 1; seed <= 300; seed++) {
      var random = new Random(seed);
      int homes = 1 + random.nextInt(20);
      var one = new KeyTable();
      Map<Long, Integer> map = new HashMap<>();
      for (int step = 0; step < 300; step++) {
        long hash = (long) random.nextInt(homes) | (long) random.nextInt(4) << 40;
        if (random.nextInt(5) < (step / 60 % 2 == 0 ? 3 : 1)) {
          one.put(hash, step);
          map.put(hash, step);
        } else {
          one.remove(hash);
          map.remove(hash);
        }
        for (long home = 0; home < homes; home++) {
          for (long upper = 0; upper < 4; upper++) {
            long each = home | upper << 40;
            assertThat(one.get(each)).as("seed %d", seed).isEqualTo(map.getOrDefault(each, -1));
          }
        }
      }
    }
  }
}
