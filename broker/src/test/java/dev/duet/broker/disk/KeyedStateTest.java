package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeyedStateTest {
  private static final int ALL = 1_000;

  private final Family family =
      new Family("state*", Retention.DEFAULT.withMode(Mode.LATEST), /* floor= */ 5);
  private final KeyedState state = new KeyedState("state1", family, /* moved= */ 3);

  /// Keys by their hash; a record weighs its offset and is a thousand times as old.
  private void add(long offset, long key) {
    state.add(offset, key, offset * 1_000, (int) offset, false);
  }

  private void delete(long offset, long key) {
    state.add(offset, key, offset * 1_000, (int) offset, true);
  }

  private long[] held() {
    return state.held(0, Long.MAX_VALUE, ALL, false);
  }

  // ---- what is held

  @Test
  void aNewOneHoldsNothing() {
    assertThat(state.isHeld(0)).isFalse();
    assertThat(held()).isEmpty();
    assertThat(state.slot(0)).isEqualTo(-1);
    assertThat(state.slotDown(ALL)).isEqualTo(-1);
    assertThat(state.oldestTombstone()).isEqualTo(-1);
    assertThat(state.at(1)).isEqualTo(-1);
    assertThat(state.holdsKey(Long.MAX_VALUE)).isFalse();
    assertThat(state.certain()).isFalse();
  }

  @Test
  void aRecordTakesThePlaceOfTheOneBeforeOfItsKeyAndMovesNoHorizon() {
    add(10, 1);
    add(20, 2);
    add(30, 1);
    assertThat(held()).containsExactly(20, 30);
    assertThat(state.count()).isEqualTo(2);
    assertThat(state.bytes()).isEqualTo(50);
    assertThat(state.offsetAt(state.find(1))).isEqualTo(30);
    assertThat(state.ageAt(state.find(1))).isEqualTo(30_000);
    assertThat(state.weightAt(state.find(1))).isEqualTo(30);
    assertThat(state.hashAt(state.find(1))).isEqualTo(1);
    assertThat(state.find(3)).isEqualTo(-1);
    assertThat(state.horizon()).isZero();
    assertThat(state.at(10)).isEqualTo(-1);
    assertThat(state.at(15)).isEqualTo(-1);
    assertThat(state.offsetAt(state.at(20))).isEqualTo(20);
  }

  @Test
  void whatIsDroppedIsTheHorizon() {
    add(10, 1);
    add(20, 2);
    add(30, 3);
    state.drop(state.find(2));
    assertThat(held()).containsExactly(10, 30);
    assertThat(state.horizon()).isEqualTo(20);
    assertThat(state.certain()).isTrue();
    state.drop(state.find(1));
    assertThat(state.horizon()).isEqualTo(20);
  }

  @Test
  void whatIsTakenOutWithoutDroppingIsNot() {
    add(10, 1);
    add(20, 2);
    state.remove(state.find(1));
    assertThat(held()).containsExactly(20);
    assertThat(state.horizon()).isZero();
  }

  /// Of a channel that holds nothing the horizon is the largest of all that may have been there.
  @Test
  void anEmptyOneHasTheHorizonOfAllThatMayHaveBeenThere() {
    assertThat(state.horizon()).isEqualTo(5);
    add(10, 1);
    state.offset = 10;
    assertThat(state.horizon()).isZero();
    state.drop(state.find(1));
    assertThat(state.horizon()).isEqualTo(10);
    assertThat(state.certain()).isFalse();
    state.offset = 12;
    assertThat(state.horizon()).isEqualTo(12);
    family.raiseFloor(40);
    assertThat(state.horizon()).isEqualTo(40);
    state.begin(40);
    add(50, 1);
    assertThat(state.horizon()).isEqualTo(40);
    assertThat(state.certain()).isFalse();
  }

  @Test
  void aTrimDropsWhatIsHeldUpToThere() {
    add(10, 1);
    delete(20, 2);
    add(30, 3);
    state.trim(25);
    assertThat(held()).containsExactly(30);
    assertThat(state.horizon()).isEqualTo(25);
    assertThat(state.certain()).isTrue();
    state.raiseHorizon(20, false);
    assertThat(state.horizon()).isEqualTo(25);
    assertThat(state.certain()).isTrue();
    state.raiseHorizon(28, false);
    assertThat(state.horizon()).isEqualTo(28);
    assertThat(state.certain()).isFalse();
  }

  @Test
  void whatCannotBeReadIsAHole() {
    add(10, 1);
    add(20, 2);
    add(30, 3);
    state.damaged(state.find(2));
    assertThat(held()).containsExactly(10, 30);
    assertThat(state.hole()).isEqualTo(20);
    assertThat(state.horizon()).isEqualTo(20);
    state.damaged(state.find(1));
    assertThat(state.hole()).isEqualTo(20);
  }

  @Test
  void aKeyIsHeldUpToAnOffsetUnlessItIsDeleted() {
    delete(10, 1);
    add(20, 2);
    assertThat(state.holdsKey(19)).isFalse();
    assertThat(state.holdsKey(20)).isTrue();
    delete(30, 2);
    assertThat(state.holdsKey(40)).isFalse();
  }

  // ---- tombstones and victims

  @Test
  void tombstonesAreCountedAndTheOldestIsFound() {
    delete(10, 1);
    add(20, 2);
    delete(30, 3);
    assertThat(state.tombstones()).isEqualTo(2);
    assertThat(state.offsetAt(state.oldestTombstone())).isEqualTo(10);
    add(40, 1);
    assertThat(state.tombstones()).isEqualTo(1);
    assertThat(state.offsetAt(state.oldestTombstone())).isEqualTo(30);
    delete(50, 1);
    state.drop(state.find(3));
    assertThat(state.offsetAt(state.oldestTombstone())).isEqualTo(50);
    state.drop(state.find(1));
    assertThat(state.tombstones()).isZero();
    assertThat(state.oldestTombstone()).isEqualTo(-1);
    assertThat(state.bytes()).isEqualTo(20);
  }

  @Test
  void aVictimIsOneUntilItsTombstoneComesOrFails() {
    add(10, 1);
    add(20, 2);
    state.mark(state.find(1));
    state.mark(state.find(1));
    state.mark(state.find(2));
    assertThat(state.victims()).isEqualTo(2);
    assertThat(state.victimBytes()).isEqualTo(30);
    assertThat(state.isVictim(state.find(1))).isTrue();
    delete(30, 1);
    assertThat(state.victims()).isEqualTo(1);
    assertThat(state.isVictim(state.find(1))).isFalse();
    state.unmark(state.find(2));
    state.unmark(state.find(2));
    assertThat(state.victims()).isZero();
    assertThat(state.victimBytes()).isZero();
    assertThat(state.bytes()).isEqualTo(50);
  }

  /// The columns close up under a victim.
  @Test
  void aVictimStaysOneWhenTheColumnsCloseUp() {
    add(1, 1);
    state.mark(state.find(1));
    for (int offset = 2; offset < 100; offset++) {
      add(offset, 2);
    }
    assertThat(held()).containsExactly(1, 99);
    assertThat(state.victims()).isEqualTo(1);
    assertThat(state.isVictim(state.find(1))).isTrue();
    assertThat(state.isVictim(state.find(2))).isFalse();
  }

  // ---- pages, and room

  @Test
  void aPageIsABoundedPartFromEitherEnd() {
    for (int i = 1; i <= 20; i++) {
      add(i, i % 2 == 0 ? i : 0);
    }
    assertThat(state.held(0, 9, ALL, false)).containsExactly(2, 4, 6, 8);
    assertThat(state.held(4, 100, 3, false)).containsExactly(6, 8, 10);
    assertThat(state.held(4, 11, 3, true)).containsExactly(10, 8, 6);
    assertThat(state.held(6, 9, 3, true)).containsExactly(8);
    assertThat(state.held(16, 100, ALL, true)).containsExactly(20, 19, 18);
    assertThat(state.held(20, 100, ALL, false)).isEmpty();
    assertThat(state.held(20, 100, ALL, true)).isEmpty();
    assertThat(state.offsetAt(state.slot(state.after(4)))).isEqualTo(6);
    assertThat(state.offsetAt(state.slotDown(state.after(5) - 1))).isEqualTo(4);
  }

  @Test
  void whatIsGoneTakesNoRoom() {
    long empty = state.cost();
    for (int i = 1; i <= 1_000; i++) {
      add(i, i);
    }
    long full = state.cost();
    assertThat(full - empty).isBetween(1_000L * 29, 1_000L * 90);
    for (int i = 1_001; i <= 50_000; i++) {
      add(i, i % 10 + 1);
    }
    assertThat(state.cost()).isLessThanOrEqualTo(full * 2);
    for (int i = 11; i <= 1_000; i++) {
      state.drop(state.find(i));
    }
    assertThat(state.count()).isEqualTo(10);
    assertThat(state.cost()).isLessThan(empty + 10 * 400);
  }

  /// A sorted map does the same.
  @Test
  void randomStatesAreAsSortedMaps() {
    for (int seed = 1; seed <= 200; seed++) {
      var random = new Random(seed);
      var one = new KeyedState("state1", family, 0);
      var held = new TreeMap<Long, Integer>();
      var deleted = new TreeMap<Long, Boolean>();
      int keys = 1 + random.nextInt(40);
      for (long offset = 1; offset <= 400; offset++) {
        int key = random.nextInt(keys);
        if (random.nextInt(4) == 0 && !held.isEmpty()) {
          List<Long> offsets = new ArrayList<>(held.keySet());
          long gone = offsets.get(random.nextInt(offsets.size()));
          one.drop(one.at(gone));
          held.remove(gone);
        } else {
          boolean tombstone = random.nextInt(3) == 0;
          held.values().remove((Integer) key);
          held.put(offset, key);
          deleted.put(offset, tombstone);
          one.add(offset, key * 0x9E3779B97F4A7C15L, 0, 1, tombstone);
        }
        check(seed, one, held, deleted);
      }
    }
  }

  private static void check(
      int seed, KeyedState one, TreeMap<Long, Integer> held, Map<Long, Boolean> deleted) {
    long[] offsets = held.keySet().stream().mapToLong(each -> each).toArray();
    assertThat(one.held(0, Long.MAX_VALUE, ALL, false)).as("seed %d", seed).isEqualTo(offsets);
    assertThat(one.count()).isEqualTo(held.size());
    assertThat(one.bytes()).isEqualTo(held.size());
    List<Long> tombstones = held.keySet().stream().filter(deleted::get).toList();
    assertThat(one.tombstones()).isEqualTo(tombstones.size());
    int oldest = one.oldestTombstone();
    assertThat(oldest < 0 ? List.of() : List.of(one.offsetAt(oldest)))
        .isEqualTo(tombstones.stream().limit(1).toList());
    held.forEach(
        (offset, key) -> {
          int slot = one.find(key * 0x9E3779B97F4A7C15L);
          assertThat(one.offsetAt(slot)).isEqualTo(offset);
          assertThat(one.isDeleted(slot)).isEqualTo(deleted.get(offset));
          assertThat(one.at(offset)).isEqualTo(slot);
        });
  }
}
