package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A start with other namespaces on a full disk: it answers readers, and what it tells them of the
/// change is not told again as something else.
class ChangedOnAFullDiskTest {
  private static Namespaces namespaces(Durability stays, boolean changed) {
    Durability other = stays == Durability.OS ? Durability.DISK : Durability.OS;
    return new Namespaces(
        List.of(
            new Namespace("moves", Retention.DEFAULT, changed ? other : stays),
            new Namespace("other", Retention.DEFAULT, other),
            new Namespace("*", Retention.DEFAULT, stays)));
  }

  private static Receipt publish(DiskScene scene, String channel) {
    return scene.publish(channel, Draft.text("x"));
  }

  @ParameterizedTest
  @CsvSource({
    "OS, true, true", "OS, true, false", "OS, false, true", "OS, false, false",
    "DISK, true, true", "DISK, true, false", "DISK, false, true", "DISK, false, false"
  })
  void readersAreServedAndNothingIsToldThatIsForgotten(
      Durability stays, boolean stopped, boolean heals) {
    List<Long> sent = new ArrayList<>();
    DiskScene scene = new DiskScene(1, namespaces(stays, false)).open();
    for (int i = 0; i < 5; i++) {
      sent.add(((Receipt.Appended) publish(scene, "chat")).offset());
      assertThat(publish(scene, "moves")).isInstanceOf(Receipt.Appended.class);
      assertThat(publish(scene, "other")).isInstanceOf(Receipt.Appended.class);
    }
    String id = scene.id();
    if (stopped) {
      scene.stop();
    }
    scene.kill();
    scene.faults().room(0);

    scene.withNamespaces(namespaces(stays, true)).open();
    LateDiskBroker full = scene.broker();
    int chat = full.logOf("chat");
    int moves = full.logOf("moves");
    assertThat(full.failing(chat)).isTrue();
    assertThat(full.failing(moves)).isTrue();
    assertThat(scene.held("chat")).isEqualTo(sent);
    assertThat(scene.held("moves")).isEmpty();
    assertThat(scene.read("moves", 1).items()).hasOnlyElementsOfType(Gap.class).isNotEmpty();
    assertThat(publish(scene, "chat")).isInstanceOf(Receipt.Failed.class);
    var told = full.log(chat).ids();
    var toldMoves = full.log(moves).ids();
    assertThat(told.current()).isNotEqualTo(id);
    assertThat(told.endOf(id)).isGreaterThanOrEqualTo(sent.getLast());
    long cursor = full.log(moves).position();

    scene.faults().heal();
    if (heals) {
      scene.pause();
      full.sync(chat);
      full.sync(moves);
      assertThat(full.failing(chat) || full.failing(moves)).isFalse();
      assertThat(publish(scene, "moves")).isInstanceOf(Receipt.Appended.class);
      assertThat(full.log(moves).position()).isGreaterThan(cursor);
      scene.stop();
    }
    scene.kill();
    scene.open();
    LogIds ids = scene.ids();
    LogIds idsOfMoves = scene.log("moves").ids();
    assertThat(scene.held("chat")).isEqualTo(sent);
    assertThat(scene.held("moves")).hasSize(heals ? 1 : 0);
    if (heals) {
      assertThat(ids.current()).isEqualTo(told.current());
      assertThat(idsOfMoves.current()).isEqualTo(toldMoves.current());
      assertThat(scene.log().store().manifest().epochs()).hasSize(2);
    } else {
      assertThat(ids.current()).isEqualTo(id);
      assertThat(ids.endOf(told.current())).isNegative();
      assertThat(idsOfMoves.endOf(toldMoves.current())).isNegative();
      assertThat(idsOfMoves.current()).isNotEqualTo(toldMoves.current());
    }
    scene.stop();
  }
}
