package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.disk.LateDiskBroker.Place;
import dev.duet.broker.disk.store.Killed;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a start finds damaged at the end of a log after a power loss, and cannot tell from a write
/// that was not finished.
class TornEndTest {
  /// It stays damaged, and told, whenever a start ends in the middle.
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void isToldAlsoByAStartAfterOneThatDied(int publications) throws Exception {
    int died = 0;
    for (int step = 1; step <= 30; step++) {
      DiskScene scene = new DiskScene(step, Durability.DISK).open();
      long last = 0;
      for (int i = 0; i < publications; i++) {
        last = scene.mustPublish();
      }
      scene.clocks().advance(Duration.ofMillis(10));
      Place place = scene.broker().places(scene.index(), "chat").getLast();
      scene.crash();
      scene.folder().folder("disk").flip(place.file(), place.position() + place.length() - 1, 1);
      scene.faults().dieIn(step);
      try {
        scene.open("two").stop();
      } catch (Killed e) {
        died++;
      }
      if (step % 2 == 0) {
        scene.kill();
      } else {
        scene.crash();
      }
      scene.open("two");
      long lost = last;
      assertThat(scene.holes())
          .as("step %d", step)
          .anyMatch(hole -> hole.from() < lost && lost <= hole.to());
      assertThat(scene.mustPublish()).isGreaterThan(last);
      scene.stop();
    }
    assertThat(died).isGreaterThan(5);
  }
}
