package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.disk.store.Epoch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EpochsTest {
  private static final Epochs NONE = new Epochs(List.of());

  private static Namespace history(String pattern, Durability durability) {
    return new Namespace(pattern, Retention.DEFAULT, durability);
  }

  private static Namespace keeping(Mode mode, String pattern, Durability durability) {
    return new Namespace(pattern, Retention.DEFAULT.withMode(mode), durability);
  }

  private static Namespaces of(Namespace... list) {
    return new Namespaces(List.of(list));
  }

  @Test
  void aStartWithTheSameNamespacesIsNoNewEpoch() {
    Namespaces present = of(history("a*", Durability.OS), history("*", Durability.DISK));
    Epochs first = NONE.with(present, 10);
    assertThat(first.last()).isEqualTo(10);
    assertThat(first.with(present, 20)).isSameAs(first);
    assertThat(NONE.last()).isZero();
    assertThat(NONE.moved("a")).isZero();
  }

  /// How much is kept decides nothing about where it is.
  @Test
  void otherBoundsAreNoNewEpoch() {
    Epochs first = NONE.with(of(history("*", Durability.OS)), 10);
    Retention less = Retention.DEFAULT.withMaxCount(1);
    assertThat(first.with(of(new Namespace("*", less, Durability.OS)), 20)).isSameAs(first);
  }

  @Test
  void theFirstEpochMovesNothing() {
    assertThat(NONE.with(of(history("*", Durability.OS)), 10).moved("a")).isZero();
  }

  @Test
  void anotherDurabilityMovesTheChannelsOfItsNamespaceAlone() {
    Epochs epochs =
        NONE.with(of(history("a*", Durability.OS), history("*", Durability.OS)), 10)
            .with(of(history("a*", Durability.DISK), history("*", Durability.OS)), 20);
    assertThat(epochs.last()).isEqualTo(20);
    assertThat(epochs.moved("a1")).isEqualTo(20);
    assertThat(epochs.moved("b")).isZero();
  }

  @Test
  void whetherAHistoryOrTheLatestIsKeptMovesToo() {
    Epochs epochs =
        NONE.with(of(history("*", Durability.OS)), 10)
            .with(of(keeping(Mode.LATEST, "*", Durability.OS)), 20);
    assertThat(epochs.moved("a")).isEqualTo(20);
  }

  /// What it had before it went is not held when it comes back.
  @Test
  void theLastMoveCounts() {
    Namespaces os = of(history("*", Durability.OS));
    Namespaces disk = of(history("*", Durability.DISK));
    Epochs epochs = NONE.with(os, 10).with(disk, 20).with(os, 30);
    assertThat(epochs.moved("a")).isEqualTo(30);
    Namespaces more = of(history("b", Durability.DISK), history("*", Durability.OS));
    assertThat(epochs.with(more, 40).moved("a")).isEqualTo(30);
    assertThat(epochs.with(more, 40).moved("b")).isEqualTo(40);
  }

  /// A channel belongs to the first pattern that matches.
  @Test
  void theOrderOfNamespacesDecides() {
    Epochs epochs =
        NONE.with(of(history("a*", Durability.OS), history("*", Durability.DISK)), 10)
            .with(of(history("*", Durability.DISK), history("a*", Durability.OS)), 20);
    assertThat(epochs.moved("a")).isEqualTo(20);
    assertThat(epochs.moved("b")).isZero();
  }

  @Test
  void whereNothingIsKeptTheDurabilityDoesNotCount() {
    Epochs epochs =
        NONE.with(of(keeping(Mode.NONE, "*", Durability.OS)), 10)
            .with(of(keeping(Mode.NONE, "*", Durability.DISK)), 20);
    assertThat(epochs.last()).isEqualTo(20);
    assertThat(epochs.moved("a")).isZero();
    assertThat(epochs.with(of(history("*", Durability.DISK)), 30).moved("a")).isEqualTo(30);
  }

  @Test
  void aChannelThatNoNamespaceTookHasMovedWhenOneDoes() {
    Epochs epochs =
        NONE.with(of(history("b", Durability.OS)), 10)
            .with(of(history("b", Durability.OS), history("a", Durability.OS)), 20);
    assertThat(epochs.moved("a")).isEqualTo(20);
    assertThat(epochs.moved("b")).isZero();
    assertThat(epochs.moved("c")).isZero();
  }

  @Test
  void theyAreWrittenAndReadBack() {
    Epochs epochs =
        NONE.with(of(history("*", Durability.OS)), 10)
            .with(of(keeping(Mode.LATEST, "*", Durability.DISK)), 20);
    assertThat(epochs.list())
        .containsExactly(
            new Epoch(10, List.of(new Epoch.Family("*", Durability.OS, Mode.HISTORY))),
            new Epoch(20, List.of(new Epoch.Family("*", Durability.DISK, Mode.LATEST))));
    assertThat(new Epochs(epochs.list()).moved("a")).isEqualTo(20);
  }

  @Test
  void theOldestAreForgotten() {
    Epochs epochs = NONE;
    for (int i = 1; i <= 100; i++) {
      Durability durability = i % 2 == 0 ? Durability.OS : Durability.DISK;
      epochs = epochs.with(of(history("a", durability), history("*", Durability.OS)), i);
    }
    assertThat(epochs.list()).hasSize(64);
    assertThat(epochs.list().getFirst().offset()).isEqualTo(37);
    assertThat(epochs.moved("a")).isEqualTo(100);
    assertThat(epochs.moved("b")).isZero();
  }

  /// A new pattern may have taken channels of any that was there.
  @Test
  void aNewPatternBeginsWithTheHighestFloor() {
    Namespaces present = of(history("a", Durability.OS), history("*", Durability.OS));
    assertThat(Epochs.floors(Map.of("*", 7L, "gone", 9L), present))
        .isEqualTo(Map.of("*", 7L, "a", 9L));
    assertThat(Epochs.floors(Map.of(), present)).isEqualTo(Map.of("*", 0L, "a", 0L));
  }
}
