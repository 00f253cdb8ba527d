package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.LateDiskBroker.Place;
import dev.duet.broker.disk.store.Killed;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a start finds damaged at the end of a log after a power loss, and cannot tell from a write
/// that was not finished.
class TornEndTest {
  private final ManualClocks clocks = new ManualClocks();

  private LateDiskBroker open(MemoryFolder folder, String boot) {
    var namespaces =
        new Namespaces(List.of(new Namespace("*", Retention.DEFAULT, Durability.DISK)));
    return new LateDiskBroker(
        namespaces, folder, clocks, 1, false, settings -> settings.withBootId(() -> boot));
  }

  private static long publish(LateDiskBroker broker) {
    var answer =
        broker.log(broker.logOf("chat")).append("chat", Draft.text("x")).toCompletableFuture();
    return ((Receipt.Appended) answer.join()).offset();
  }

  /// It stays damaged, and told, whenever a start ends in the middle.
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void isToldAlsoByAStartAfterOneThatDied(int publications) throws Exception {
    int died = 0;
    for (int step = 1; step <= 30; step++) {
      var folder = new MemoryFolder(step);
      LateDiskBroker first = open(folder, "one");
      long last = 0;
      for (int i = 0; i < publications; i++) {
        last = publish(first);
      }
      clocks.advance(Duration.ofMillis(10));
      Place place = first.places(first.logOf("chat"), "chat").getLast();
      folder = folder.crash();
      folder.folder("disk").flip(place.file(), place.position() + place.length() - 1, 1);
      folder.faults().dieIn(step);
      try {
        open(folder, "two").close();
      } catch (Killed e) {
        died++;
      }
      folder = step % 2 == 0 ? folder.kill() : folder.crash();
      try (LateDiskBroker after = open(folder, "two")) {
        long lost = last;
        assertThat(after.holes(after.logOf("chat")))
            .as("step %d", step)
            .anyMatch(hole -> hole.from() < lost && lost <= hole.to());
        assertThat(publish(after)).isGreaterThan(last);
      }
    }
    assertThat(died).isGreaterThan(5);
  }
}
