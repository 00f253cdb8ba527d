package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A start with other namespaces on a full disk: it answers readers, and what it tells them of the
/// change is not told again as something else.
class ChangedOnAFullDiskTest {
  private final ManualClocks clocks = new ManualClocks();
  private MemoryFolder folder = new MemoryFolder(1);

  private LateDiskBroker open(Durability stays, boolean changed) {
    Durability other = stays == Durability.OS ? Durability.DISK : Durability.OS;
    var namespaces =
        new Namespaces(
            List.of(
                new Namespace("moves", Retention.DEFAULT, changed ? other : stays),
                new Namespace("other", Retention.DEFAULT, other),
                new Namespace("*", Retention.DEFAULT, stays)));
    return new LateDiskBroker(namespaces, folder, clocks, 1, false, settings -> settings);
  }

  private static Receipt publish(LateDiskBroker broker, String channel) {
    var draft = Draft.text("x");
    return broker.log(broker.logOf(channel)).append(channel, draft).toCompletableFuture().join();
  }

  private static Page read(LateDiskBroker broker, String channel, long after) {
    DiskLog log = broker.log(broker.logOf(channel));
    var request =
        ReadRequest.forwards(List.of(Span.after(channel, after)), log.position(), 1_000, 1 << 20);
    return log.read(request).toCompletableFuture().join();
  }

  private static List<Long> held(LateDiskBroker broker, String channel) {
    return read(broker, channel, 0).items().stream()
        .filter(Publication.class::isInstance)
        .map(one -> ((Publication) one).offset())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "OS, true, true", "OS, true, false", "OS, false, true", "OS, false, false",
    "DISK, true, true", "DISK, true, false", "DISK, false, true", "DISK, false, false"
  })
  void readersAreServedAndNothingIsToldThatIsForgotten(
      Durability stays, boolean stopped, boolean heals) {
    List<Long> sent = new ArrayList<>();
    LateDiskBroker first = open(stays, false);
    for (int i = 0; i < 5; i++) {
      sent.add(((Receipt.Appended) publish(first, "chat")).offset());
      assertThat(publish(first, "moves")).isInstanceOf(Receipt.Appended.class);
      assertThat(publish(first, "other")).isInstanceOf(Receipt.Appended.class);
    }
    String id = first.log(first.logOf("chat")).ids().current();
    if (stopped) {
      first.close();
    }
    folder = folder.kill();
    folder.faults().room(0);

    LateDiskBroker full = open(stays, true);
    int chat = full.logOf("chat");
    int moves = full.logOf("moves");
    assertThat(full.failing(chat)).isTrue();
    assertThat(full.failing(moves)).isTrue();
    assertThat(held(full, "chat")).isEqualTo(sent);
    assertThat(held(full, "moves")).isEmpty();
    assertThat(read(full, "moves", 1).items()).hasOnlyElementsOfType(Gap.class).isNotEmpty();
    assertThat(publish(full, "chat")).isInstanceOf(Receipt.Failed.class);
    var told = full.log(chat).ids();
    var toldMoves = full.log(moves).ids();
    assertThat(told.current()).isNotEqualTo(id);
    assertThat(told.endOf(id)).isGreaterThanOrEqualTo(sent.getLast());
    long cursor = full.log(moves).position();

    folder.faults().heal();
    if (heals) {
      clocks.advance(Duration.ofSeconds(2));
      full.sync(chat);
      full.sync(moves);
      assertThat(full.failing(chat) || full.failing(moves)).isFalse();
      assertThat(publish(full, "moves")).isInstanceOf(Receipt.Appended.class);
      assertThat(full.log(moves).position()).isGreaterThan(cursor);
      full.close();
    }
    folder = folder.kill();
    try (LateDiskBroker again = open(stays, true)) {
      var ids = again.log(chat).ids();
      assertThat(held(again, "chat")).isEqualTo(sent);
      assertThat(held(again, "moves")).hasSize(heals ? 1 : 0);
      if (heals) {
        assertThat(ids.current()).isEqualTo(told.current());
        assertThat(again.log(moves).ids().current()).isEqualTo(toldMoves.current());
        assertThat(again.log(chat).store().manifest().epochs()).hasSize(2);
      } else {
        assertThat(ids.current()).isEqualTo(id);
        assertThat(ids.endOf(told.current())).isNegative();
        assertThat(again.log(moves).ids().endOf(toldMoves.current())).isNegative();
        assertThat(again.log(moves).ids().current()).isNotEqualTo(toldMoves.current());
      }
    }
  }
}
