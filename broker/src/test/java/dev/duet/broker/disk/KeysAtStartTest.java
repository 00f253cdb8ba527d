package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.Faults.Counts;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Idempotency keys of sealed segments, as a start finds them.
class KeysAtStartTest {
  private static final int RECORDS = 4_000;

  private final ManualClocks clocks = new ManualClocks();
  private final MemoryFolder root = new MemoryFolder(1);

  private LateDiskBroker open() {
    var all = List.of(new Namespace("*", Retention.DEFAULT, Durability.OS));
    var limits = new SegmentLimits(1 << 20, RECORDS / 4, 100);
    return new LateDiskBroker(
        new Namespaces(all), root, clocks, 1, false, settings -> settings.withSegments(limits));
  }

  private static boolean isDuplicate(LateDiskBroker broker, int number) {
    Draft draft = Draft.text("x".repeat(100)).withIdempotencyKey("key" + number);
    Receipt receipt = broker.log(0).append("chat", draft).toCompletableFuture().join();
    return ((Receipt.Appended) receipt).duplicate();
  }

  /// Where many records have one they are not read one by one.
  ///
  /// @param each one of so many records has a key
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 5, 50})
  void areAllKnownAndReadInFewSteps(int each) {
    try (LateDiskBroker broker = open()) {
      for (int i = 0; i < RECORDS; i++) {
        if (i % each == 0) {
          assertThat(isDuplicate(broker, i)).isFalse();
        } else {
          assertThat(
                  broker
                      .log(0)
                      .append("chat", Draft.text("x".repeat(100)))
                      .toCompletableFuture()
                      .join())
              .isInstanceOf(Receipt.Appended.class);
        }
      }
    }
    Counts before = root.faults().counts();
    try (LateDiskBroker broker = open()) {
      Counts start = root.faults().counts().since(before);
      assertThat(start.reads()).isLessThan(each <= 4 ? 100 : 100 + RECORDS / each);
      for (int i = 0; i < RECORDS; i += each) {
        assertThat(isDuplicate(broker, i)).as("key%d", i).isTrue();
      }
    }
  }
}
