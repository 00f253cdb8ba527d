package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Retention;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChannelStatesTest {
  private static final long IDLE = 100;

  private final Family family = new Family("*", Retention.DEFAULT, 0);
  private final List<String> loads = new ArrayList<>();
  private ChannelStates states = new ChannelStates(Long.MAX_VALUE, IDLE, loads::add);

  private ChannelState load(String name, long tick) {
    var state = new HistoryTail(name, family, 0);
    states.loaded(state, tick);
    return state;
  }

  private boolean has(ChannelState state) {
    var there = new boolean[1];
    states.awaitAll(List.of(state.name()), state.touched, why -> there[0] = why == null);
    return there[0];
  }

  @Test
  void whatIsIdleIsDroppedAndWhatIsUsedStays() {
    ChannelState idle = load("idle", 0);
    ChannelState used = load("used", 0);
    assertThat(states.get("used", 50)).isSameAs(used);
    assertThat(states.expire(99, 10)).isFalse();
    assertThat(states.size()).isEqualTo(2);
    assertThat(states.expire(100, 10)).isFalse();
    assertThat(states.size()).isEqualTo(1);
    assertThat(has(idle)).isFalse();
    assertThat(loads).containsExactly("idle");
    states.expire(150, 10);
    assertThat(states.size()).isZero();
  }

  @Test
  void whatIsPinnedStaysAndDoesNotStandBeforeOthers() {
    for (int i = 0; i < 50; i++) {
      load("pinned" + i, 0).pins++;
    }
    for (int i = 0; i < 50; i++) {
      load("idle" + i, 0);
    }
    for (int i = 0; i < 5; i++) {
      assertThat(states.expire(100, 10)).isFalse();
      assertThat(states.size()).as("pinned ones were met").isEqualTo(100);
    }
    for (int i = 1; i <= 5; i++) {
      assertThat(states.expire(100, 10)).as("more is due").isTrue();
      assertThat(states.size()).isEqualTo(100 - 10 * i);
    }
    assertThat(states.expire(100, 1_000)).isFalse();
    assertThat(states.size()).isEqualTo(50);
    ChannelState one = states.get("pinned7", 100);
    one.pins--;
    states.expire(200, 1_000);
    assertThat(states.size()).isEqualTo(49);
  }

  @Test
  void theLongestUnusedGoBeyondTheBoundButNeverTheNewest() {
    long each = new HistoryTail("a0", family, 0).cost();
    states = new ChannelStates(3 * each, IDLE, loads::add);
    ChannelState first = load("a1", 0);
    load("a2", 0);
    load("a3", 0);
    assertThat(states.get("a1", 1)).isSameAs(first);
    load("a4", 1);
    assertThat(states.size()).isEqualTo(3);
    assertThat(states.get("a2", 1)).isNull();
    ChannelState second = load("a2", 1);
    second.pins++;
    states.get("a1", 1);
    load("a5", 1);
    load("a6", 1);
    assertThat(states.get("a2", 1)).isSameAs(second);
    assertThat(states.get("a6", 1)).isNotNull();
    assertThat(states.size()).isEqualTo(3);
  }

  @Test
  void aBoundThatPinnedOnesTakeWholeCostsLittleAndHoldsLater() {
    long each = new HistoryTail("p10000", family, 0).cost();
    states = new ChannelStates(2 * each, IDLE, loads::add);
    List<ChannelState> pinned = new ArrayList<>();
    for (int i = 10_000; i < 12_000; i++) {
      ChannelState one = load("p" + i, 0);
      one.pins++;
      pinned.add(one);
    }
    assertThat(states.size()).isEqualTo(2_000);
    pinned.forEach(one -> one.pins--);
    for (int i = 0; i < 20; i++) {
      states.expire(1, 10);
    }
    assertThat(states.size()).isEqualTo(2);
  }
}
