package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A log over its bound: what the compactor takes, where the disk lets it and where it does not.
class CompactorBoundTest {
  private static final int KEYS = 10;
  private static final long MOST = 300_000;
  private static final Retention ALL =
      new Retention(Retention.Mode.HISTORY, 1_000_000, 1L << 40, Duration.ofDays(10));
  private static final Namespaces NAMESPACES =
      new Namespaces(
          List.of(
              new Namespace("state", ALL.withMode(Retention.Mode.LATEST), Durability.OS),
              new Namespace("one", ALL.withMaxCount(1), Durability.OS),
              new Namespace("*", ALL, Durability.OS)));

  private final ManualClocks clocks = new ManualClocks();
  private final MemoryFolder root = new MemoryFolder(1);

  private LateDiskBroker open(long most) {
    var limits = new SegmentLimits(8_000, 1_000, 100);
    return new LateDiskBroker(
        NAMESPACES,
        root,
        clocks,
        1,
        false,
        settings -> settings.withMaxBytes(most).withSegments(limits));
  }

  private static void publish(LateDiskBroker broker, String channel, Draft draft) {
    assertThat(broker.log(0).append(channel, draft).toCompletableFuture().join())
        .isInstanceOf(Receipt.Appended.class);
  }

  /// A few keys, then history until a segment has to go.
  private LateDiskBroker overTheBound() {
    LateDiskBroker broker = open(MOST);
    for (int i = 0; i < KEYS; i++) {
      publish(broker, "state", Draft.text("y".repeat(50)).withKey("k" + i));
    }
    while (broker.log(0).store().bytes() <= MOST) {
      publish(broker, "chat", Draft.text("x".repeat(100)));
      broker.sync(0);
    }
    return broker;
  }

  private static Page page(LateDiskBroker broker, String channel) {
    DiskLog log = broker.log(0);
    var request =
        ReadRequest.forwards(
            List.of(Span.after(channel, 0)), log.position(), 1_000_000, Integer.MAX_VALUE);
    return log.read(request).toCompletableFuture().join();
  }

  private static List<Publication> held(LateDiskBroker broker, String channel) {
    return page(broker, channel).items().stream()
        .filter(Publication.class::isInstance)
        .map(Publication.class::cast)
        .toList();
  }

  private static int keys(LateDiskBroker broker) {
    return (int) held(broker, "state").stream().filter(one -> !one.deleted()).count();
  }

  private void compactAll(LateDiskBroker broker) throws IOException {
    for (int i = 0; broker.compact(0); i++) {
      assertThat(i).isLessThan(100);
    }
  }

  /// Of files that are not there now.
  private Predicate<String> madeFrom(Set<String> files) {
    return path -> !files.contains(path.substring(path.lastIndexOf('/') + 1));
  }

  @Test
  void theOldestHistoryGoesUntilItIsWithinIt() throws Exception {
    try (LateDiskBroker broker = overTheBound()) {
      List<Publication> before = held(broker, "chat");
      compactAll(broker);
      assertThat(broker.log(0).store().bytes()).isLessThanOrEqualTo(MOST);
      List<Publication> after = held(broker, "chat");
      assertThat(after.size()).isBetween(before.size() * 9 / 10, before.size() - 1);
      assertThat(after).isEqualTo(before.subList(before.size() - after.size(), before.size()));
      assertThat(keys(broker)).isEqualTo(KEYS);
    }
  }

  /// Too many open files, rights, a failing disk. What cannot be given back is not taken from
  /// readers, however often it is tried; nothing is forgotten of channels that nobody uses.
  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"CREATE", "WRITE", "FORCE", "RENAME"})
  void whereFilesCannotBeMadeNothingGoesThatGivesNoRoomBack(Operation fails) throws Exception {
    try (LateDiskBroker broker = overTheBound()) {
      List<Object> before = List.copyOf(page(broker, "chat").items());
      List<Object> nobody = List.copyOf(page(broker, "nobody").items());
      Set<String> files = Set.copyOf(root.folder("os").list());
      if (fails != Operation.RENAME) {
        root.faults().only(madeFrom(files));
      }
      root.faults().fail(fails);
      for (int i = 0; i < 20; i++) {
        assertThatThrownBy(() -> broker.compact(0)).isInstanceOf(IOException.class);
        assertThat(broker.failing(0)).isFalse();
        clocks.advance(Duration.ofSeconds(5));
      }
      assertThat(page(broker, "chat").items()).isEqualTo(before);
      assertThat(page(broker, "nobody").items()).isEqualTo(nobody);
      // Also of what it made itself nothing gathers that it cannot delete.
      assertThat(root.folder("os").list().size()).isLessThan(files.size() + 5);
      assertThat(keys(broker)).isEqualTo(KEYS);

      root.faults().heal();
      compactAll(broker);
      assertThat(broker.log(0).store().bytes()).isLessThanOrEqualTo(MOST);
      assertThat(held(broker, "chat").size()).isGreaterThan(before.size() * 9 / 10);
      assertThat(keys(broker)).isEqualTo(KEYS);
    }
  }

  /// The oldest segment has nothing but idempotency keys within their window.
  @Test
  void keysGoAlsoWhereTheOldestSegmentHasNone() throws Exception {
    try (LateDiskBroker broker = open(MOST)) {
      for (int i = 0; i < 500; i++) {
        Draft draft = Draft.text("x").withIdempotencyKey("z".repeat(60) + i);
        publish(broker, "one", draft);
      }
      compactAll(broker);
      int count = 0;
      while (broker.log(0).store().bytes() <= MOST) {
        publish(broker, "state", Draft.text("y".repeat(500)).withKey("k" + count++));
        broker.sync(0);
      }
      for (int i = 0; i < 20 && broker.log(0).store().bytes() > MOST; i++) {
        compactAll(broker);
        clocks.advance(Duration.ofSeconds(5));
      }
      assertThat(broker.log(0).store().bytes()).isLessThanOrEqualTo(MOST);
      assertThat(keys(broker)).isBetween(count * 9 / 10, count - 1);
    }
  }

  /// The oldest segment stays as it is. Of those after it only as much goes as the bound needs.
  @Test
  void aSegmentThatCannotBeReadKeepsTheRest() throws Exception {
    try (LateDiskBroker broker = overTheBound()) {
      List<Publication> before = held(broker, "chat");
      String oldest = broker.places(0, "chat").getFirst().file();
      root.faults().only(path -> path.endsWith('/' + oldest));
      root.faults().fail(Operation.READ);
      compactAll(broker);
      clocks.advance(Duration.ofSeconds(5));
      compactAll(broker);
      root.faults().heal();
      assertThat(held(broker, "chat")).isEqualTo(before);
      assertThat(keys(broker)).isEqualTo(KEYS);
      clocks.advance(Duration.ofHours(1));
      compactAll(broker);
      assertThat(broker.log(0).store().bytes()).isLessThanOrEqualTo(MOST);
      assertThat(keys(broker)).isEqualTo(KEYS);
    }
  }

  /// An index that is damaged and cannot be made anew is asked for by whoever looks at its
  /// neighbours: each of them is looked at once and left alone, not again and again.
  @Test
  void anIndexThatCannotBeMadeAnewKeepsTheCompactorFromTurningInCircles() throws Exception {
    try (LateDiskBroker broker = overTheBound()) {
      List<Publication> before = held(broker, "chat");
      broker.dropIdle(0);
      String log = broker.places(0, "chat").getFirst().file();
      String index = log.replace(".log", ".index");
      var asked = new AtomicInteger();
      root.faults()
          .only(
              path ->
                  path.endsWith('/' + log)
                      || path.endsWith('/' + index) && asked.incrementAndGet() > 0);
      root.faults().fail(Operation.READ);
      for (int i = 0; i < 10; i++) {
        compactAll(broker);
        clocks.advance(Duration.ofSeconds(5));
      }
      assertThat(asked).hasPositiveValue();
      root.faults().heal();
      clocks.advance(Duration.ofHours(1));
      compactAll(broker);
      List<Publication> after = held(broker, "chat");
      assertThat(after.size()).isGreaterThan(before.size() * 9 / 10);
      assertThat(keys(broker)).isEqualTo(KEYS);
    }
  }
}
