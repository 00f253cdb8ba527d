package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.LateDiskBroker.Place;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that are there and cannot be opened, or not be read in part: what is in them is not
/// forgotten, and what is lost is told.
class UnreadableFilesTest {
  private static final int ALL = 1 << 20;
  private static final int RECORDS = 900;
  private static final Retention KEPT =
      new Retention(Retention.Mode.HISTORY, 1_000_000, 1L << 40, Duration.ofDays(10));
  private static final Namespaces NAMESPACES =
      new Namespaces(
          List.of(
              new Namespace("prices", KEPT.withMode(Retention.Mode.LATEST), Durability.DISK),
              new Namespace("*", KEPT, Durability.DISK)));

  private final ManualClocks clocks = new ManualClocks();
  private MemoryFolder root = new MemoryFolder(1);
  private int starts;

  private LateDiskBroker open() {
    var limits = new SegmentLimits(64 << 10, 1_000, 100);
    return new LateDiskBroker(
        NAMESPACES, root, clocks, ++starts, false, settings -> settings.withSegments(limits));
  }

  private MemoryFolder folder() throws IOException {
    return root.folder("disk");
  }

  private static long publish(LateDiskBroker broker, String channel, Draft draft) {
    return ((Receipt.Appended) broker.log(0).append(channel, draft).toCompletableFuture().join())
        .offset();
  }

  /// Several sealed segments and an open one; stopped.
  private List<Long> fill() {
    try (LateDiskBroker broker = open()) {
      return fill(broker);
    }
  }

  private static List<Long> fill(LateDiskBroker broker) {
    List<Long> offsets = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      offsets.add(publish(broker, "chat", Draft.text(i + "x".repeat(200))));
    }
    return offsets;
  }

  private static Page read(LateDiskBroker broker, String channel, long after) throws Exception {
    var request =
        ReadRequest.forwards(
            List.of(Span.after(channel, after)), broker.log(0).position(), ALL, 1 << 28);
    return broker.log(0).read(request).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static List<Long> offsets(Page page) {
    return page.items().stream()
        .filter(Publication.class::isInstance)
        .map(one -> ((Publication) one).offset())
        .toList();
  }

  private static List<Gap> gaps(Page page) {
    return page.items().stream().filter(Gap.class::isInstance).map(Gap.class::cast).toList();
  }

  private Map<String, byte[]> files(String ending) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (String name : folder().list()) {
      if (name.endsWith(ending)) {
        files.put(name, folder().bytes(name));
      }
    }
    return files;
  }

  // ---- at a start

  /// As after a copy that another user made, or without file descriptors that are left.
  @ParameterizedTest
  @ValueSource(strings = {"first.log", "last.log", "manifest", "state"})
  void aStartRefusesAFileThatItCannotOpen(String which) throws Exception {
    List<Long> sent = fill();
    List<String> logs = List.copyOf(files(".log").keySet());
    String name =
        switch (which) {
          case "first.log" -> logs.getFirst();
          case "last.log" -> logs.getLast();
          default -> which;
        };
    Map<String, byte[]> before = files("");
    root.faults().only(path -> path.endsWith("/" + name));
    root.faults().fail(Operation.OPEN);
    assertThatThrownBy(() -> open().close()).rootCause().hasMessageContaining(name);
    assertThat(root.faults().open()).isZero();
    assertThat(files("").keySet()).containsAll(before.keySet());
    root.faults().heal();
    try (LateDiskBroker broker = open()) {
      assertThat(offsets(read(broker, "chat", 0))).isEqualTo(sent);
      assertThat(broker.holes(0)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"manifest", "state"})
  void aSmallFileThatTheDiskReadsAtTheSecondTryIsNotForgotten(String name) throws Exception {
    List<Long> sent = fill();
    LogIds ids = ids();
    root.faults().only(path -> path.endsWith("/" + name));
    root.faults().fail(Operation.READ, 1);
    try (LateDiskBroker broker = open()) {
      assertThat(broker.log(0).ids()).isEqualTo(ids);
      assertThat(offsets(read(broker, "chat", 0))).isEqualTo(sent);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"manifest", "state"})
  void aStartRefusesASmallFileThatTheDiskCannotRead(String name) throws Exception {
    List<Long> sent = fill();
    LogIds ids = ids();
    Map<String, byte[]> before = files("");
    root.faults().only(path -> path.endsWith("/" + name));
    root.faults().fail(Operation.READ);
    assertThatThrownBy(() -> open().close())
        .hasStackTraceContaining(name + " cannot be read (")
        .hasStackTraceContaining("do not take it away");
    root.faults().heal();
    assertThat(files("").keySet()).isEqualTo(before.keySet());
    try (LateDiskBroker broker = open()) {
      assertThat(broker.log(0).ids()).isEqualTo(ids);
      assertThat(offsets(read(broker, "chat", 0))).isEqualTo(sent);
    }
  }

  private LogIds ids() {
    try (LateDiskBroker broker = open()) {
      return broker.log(0).ids();
    }
  }

  @Test
  void withoutAManifestNothingIsRemovedThatCannotBeOpened() throws Exception {
    List<Long> sent = fill();
    String first = files(".log").keySet().iterator().next();
    folder().delete("manifest");
    Map<String, byte[]> before = files(".log");
    root.faults().only(path -> path.endsWith(first));
    root.faults().fail(Operation.OPEN);
    assertThatThrownBy(() -> open().close()).rootCause().hasMessageContaining(first);
    assertThat(files(".log").keySet()).isEqualTo(before.keySet());
    root.faults().heal();
    try (LateDiskBroker broker = open()) {
      assertThat(offsets(read(broker, "chat", 0))).isEqualTo(sent);
    }
  }

  @Test
  void withoutAManifestAFileWithoutRecordsIsKept() throws Exception {
    List<Long> sent = fill();
    String first = files(".log").keySet().iterator().next();
    byte[] ruined = new byte[folder().bytes(first).length];
    Arrays.fill(ruined, (byte) 7);
    folder().damage(first, 0, ruined);
    folder().delete("manifest");
    try (LateDiskBroker broker = open()) {
      List<Long> left = offsets(read(broker, "chat", 0));
      assertThat(left).isNotEmpty().hasSizeLessThan(sent.size());
      assertThat(sent).endsWith(left.toArray(Long[]::new));
    }
    assertThat(folder().bytes(first + ".unreadable")).isEqualTo(ruined);
  }

  /// A page of the disk is gone, in a segment whose index is gone too and in one that has none.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPageThatCannotBeReadIsAHole(boolean sealed) throws Exception {
    List<Long> sent = fill();
    List<String> logs = List.copyOf(files(".log").keySet());
    String name = logs.getFirst();
    if (sealed) {
      folder().delete(name.replace(".log", ".index"));
    } else {
      List<String> indexes = List.copyOf(files(".index").keySet());
      name =
          logs.stream()
              .filter(one -> !indexes.contains(one.replace(".log", ".index")))
              .findFirst()
              .orElseThrow();
    }
    folder().makeUnreadable(name, 4096, 4096);
    try (LateDiskBroker broker = open()) {
      Page page = read(broker, "chat", 0);
      assertThat(offsets(page)).hasSizeBetween(RECORDS - 40, RECORDS - 1);
      assertThat(sent).containsAll(offsets(page));
      assertThat(broker.holes(0)).hasSize(1);
      assertThat(gaps(page)).hasSize(1);
    }
  }

  // ---- while it runs

  @Test
  void aPageOfASealedSegmentThatCannotBeReadIsTold() throws Exception {
    try (LateDiskBroker broker = open()) {
      List<Long> sent = fill(broker);
      folder().makeUnreadable(files(".log").keySet().iterator().next(), 4096, 4096);
      Page page = read(broker, "chat", sent.getFirst());
      assertThat(gaps(page)).isNotEmpty();
      assertThat(offsets(page)).hasSizeBetween(RECORDS - 40, RECORDS - 2);
    }
  }

  @Test
  void anIndexThatCannotBeReadIsMadeAnew() throws Exception {
    List<Long> sent = fill();
    try (LateDiskBroker broker = open()) {
      root.faults().only(path -> path.endsWith(".index"));
      root.faults().fail(Operation.READ);
      assertThatThrownBy(() -> read(broker, "chat", 0)).hasMessageContaining("cannot be read");
      root.faults().heal();
      for (int i = 0; broker.compact(0); i++) {
        assertThat(i).isLessThan(100);
      }
      assertThat(broker.log(0).core().wrongIndexes()).isEmpty();
      assertThat(offsets(read(broker, "chat", 0))).isEqualTo(sent);
    }
  }

  /// The index that is made anew does not know the record; whoever reads on after the one before it
  /// is told.
  @Test
  void aDamagedRecordThatIsNotInANewIndexIsTold() throws Exception {
    LateDiskBroker broker = open();
    long price = publish(broker, "prices", Draft.text("12").withKey("a"));
    List<Long> sent = fill(broker);
    Place gone = broker.places(0, "chat").get(10);
    Place key = broker.places(0, "prices").getFirst();
    assertThat(offsets(read(broker, "prices", 0))).containsExactly(price);
    for (Place one : List.of(gone, key)) {
      folder().flip(one.file(), one.position() + one.length() - 3, 255);
    }
    String index = gone.file().replace(".log", ".index");
    for (int block = 0; block < folder().bytes(index).length; block += 4096) {
      folder().flip(index, block + 7, 255);
    }
    broker.close();
    // Its last block is read when it is opened: that one must be right for now.
    int last = folder().bytes(index).length - 4096;
    folder().flip(index, last + 7, 255);
    try (LateDiskBroker again = open()) {
      assertThat(again.holes(0)).isEmpty();
      assertThatThrownBy(() -> read(again, "chat", 0)).hasMessageContaining("checksum");
      for (int i = 0; again.compact(0); i++) {
        assertThat(i).isLessThan(100);
      }
      assertThat(again.holes(0)).hasSize(2);
      Page page = read(again, "chat", sent.get(9));
      assertThat(gaps(page)).hasSize(1);
      assertThat(gaps(page).getFirst().to()).isGreaterThanOrEqualTo(gone.offset());
      assertThat(offsets(page)).isEqualTo(sent.subList(11, RECORDS));
      assertThat(gaps(read(again, "prices", price - 1))).isNotEmpty();
    }
  }

  private static Receipt again(LateDiskBroker broker, String key) {
    Draft draft = Draft.text(key).withIdempotencyKey(key);
    return broker.log(0).append("chat", draft).toCompletableFuture().join();
  }

  /// A start reads which records have keys from the indexes; without them, or where such a record
  /// is damaged, it looks for the others in the data.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void idempotencyKeysAreFoundWithoutTheirIndex(boolean index) throws Exception {
    List<Long> offsets = new ArrayList<>();
    Place first;
    try (LateDiskBroker broker = open()) {
      for (int i = 0; i < 10; i++) {
        Draft draft = Draft.text("k" + i).withIdempotencyKey("k" + i);
        offsets.add(publish(broker, "chat", draft));
      }
      fill(broker);
      first = broker.places(0, "chat").getFirst();
    }
    String name = first.file().replace(".log", ".index");
    if (index) {
      int size = folder().bytes(name).length;
      assertThat(size).isGreaterThan(2 * 4096);
      for (int block = 0; block < size - 4096; block += 4096) {
        folder().flip(name, block + 7, 255);
      }
    } else {
      folder().flip(first.file(), first.position() + first.length() - 3, 255);
    }
    try (LateDiskBroker broker = open()) {
      assertThat(broker.log(0).core().wrongIndexes()).hasSize(index ? 1 : 0);
      for (int i = 0; broker.compact(0); i++) {
        assertThat(i).isLessThan(100);
      }
      assertThat(broker.log(0).core().wrongIndexes()).isEmpty();
      for (int i = index ? 0 : 1; i < 10; i++) {
        assertThat(again(broker, "k" + i)).isEqualTo(new Receipt.Appended(offsets.get(i), true));
      }
    }
  }
}
