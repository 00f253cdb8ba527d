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
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Manifest;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SealedSegment;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.SegmentHeader;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the compactor does with segments that it can join, and when the disk does not let it.
class CompactorTest {
  private static final Retention ALL =
      new Retention(Retention.Mode.HISTORY, 1_000_000, 1L << 40, Duration.ofDays(10));
  private static final Retention LATEST =
      new Retention(Retention.Mode.LATEST, 1_000, 1L << 30, Duration.ofDays(10));
  private static final Namespaces NAMESPACES =
      new Namespaces(
          List.of(
              new Namespace("dead.*", ALL.withMaxCount(1), Durability.DISK),
              new Namespace("state.*", LATEST, Durability.DISK),
              new Namespace("*", ALL, Durability.DISK)));
  private static final int EACH = 100;

  private final ManualClocks clocks = new ManualClocks();
  private final MemoryFolder root = new MemoryFolder(1);
  private int starts;
  private final List<Long> kept = new ArrayList<>();

  private LateDiskBroker open(SegmentLimits limits) {
    return new LateDiskBroker(
        NAMESPACES, root, clocks, ++starts, false, settings -> settings.withSegments(limits));
  }

  private MemoryFolder folder() throws IOException {
    return root.folder("disk");
  }

  private Set<String> files() throws IOException {
    return new TreeSet<>(folder().list());
  }

  private static long publish(LateDiskBroker broker, String channel) {
    return publish(broker, channel, 100);
  }

  private static long publish(LateDiskBroker broker, String channel, int bytes) {
    Draft draft = Draft.text("x".repeat(bytes));
    return ((Receipt.Appended) broker.log(0).append(channel, draft).toCompletableFuture().join())
        .offset();
  }

  /// Segments of which half is dead, each of a channel of its own, and one that is written.
  private void fillHalfDead(LateDiskBroker broker, int segments) {
    for (int i = 0; i < segments * EACH + 1; i++) {
      if (i % 2 == 0) {
        publish(broker, "dead." + i / EACH);
      } else {
        kept.add(publish(broker, "kept"));
      }
    }
  }

  private static void compactAll(LateDiskBroker broker, Compactor compactor) throws IOException {
    for (int i = 0; compactor.step(); i++) {
      assertThat(i).isLessThan(100);
    }
    assertThat(broker.failing(0)).isFalse();
  }

  private static List<Long> read(LateDiskBroker broker, String channel) throws Exception {
    var request =
        ReadRequest.forwards(
            List.of(Span.after(channel, 0)), broker.log(0).position(), 1 << 20, 1 << 28);
    Page page = broker.log(0).read(request).toCompletableFuture().get(60, TimeUnit.SECONDS);
    return page.items().stream().map(one -> ((Publication) one).offset()).toList();
  }

  // ---- what cannot be read

  /// Neighbours that would be rewritten together with it are not left alone.
  @Test
  void aSegmentThatCannotBeReadIsLeftAloneForLongerEachTime() throws Exception {
    try (LateDiskBroker broker = open(new SegmentLimits(1 << 20, EACH, EACH))) {
      fillHalfDead(broker, 6);
      Set<String> before = logs(broker);
      assertThat(before).hasSize(6);
      String broken = before.iterator().next();
      var asked = new AtomicInteger();
      root.faults().only(path -> path.endsWith("/" + broken) && asked.incrementAndGet() > 0);
      root.faults().fail(Operation.READ);
      Compactor compactor = broker.log(0).compactor(bytes -> {});
      compactAll(broker, compactor);
      assertThat(asked).hasPositiveValue();
      assertThat(compactor.unreadable()).isEqualTo(1);
      Set<String> left = new HashSet<>(before);
      left.retainAll(logs(broker));
      assertThat(left).containsExactly(broken);

      for (int seconds : new int[] {60, 120, 240, 480, 960, 1920, 3600, 3600, 3600}) {
        clocks.advance(Duration.ofMillis(seconds * 1_000L - 1));
        asked.set(0);
        compactAll(broker, compactor);
        assertThat(asked).as("before %d s", seconds).hasValue(0);
        clocks.advance(Duration.ofMillis(1));
        compactAll(broker, compactor);
        assertThat(asked).as("after %d s", seconds).hasPositiveValue();
        assertThat(compactor.unreadable()).isEqualTo(1);
      }

      root.faults().heal();
      clocks.advance(Duration.ofHours(1));
      compactAll(broker, compactor);
      assertThat(compactor.unreadable()).isZero();
      assertThat(logs(broker)).doesNotContain(broken);
      assertThat(files()).doesNotContain(broken);
      assertThat(read(broker, "kept")).isEqualTo(kept);
      assertThat(broker.holes(0)).isEmpty();
    }
  }

  // ---- in the middle of a rewrite

  /// Each operation on the files that it makes fails once.
  @Test
  void aRewriteThatFailsChangesNothing() throws Exception {
    try (LateDiskBroker broker = open(new SegmentLimits(1 << 20, EACH, EACH))) {
      fillHalfDead(broker, 3);
      Set<String> files = files();
      Manifest manifest = broker.log(0).store().manifest();
      var touched = new HashSet<String>();
      Compactor compactor = broker.log(0).compactor(bytes -> {});
      boolean failed = true;
      int fails = 0;
      while (failed) {
        int which = fails;
        var count = new AtomicInteger();
        root.faults()
            .only(
                path -> {
                  String name = path.substring(path.lastIndexOf('/') + 1);
                  boolean isOutput =
                      !files.contains(name) && (name.endsWith(".log") || name.endsWith(".index"));
                  boolean now = isOutput && count.getAndIncrement() == which;
                  if (now) {
                    touched.add(name.substring(name.indexOf('.')));
                  }
                  return now;
                });
        for (Operation one : List.of(Operation.CREATE, Operation.WRITE, Operation.FORCE)) {
          root.faults().fail(one);
        }
        root.faults().fail(Operation.OPEN);
        try {
          compactAll(broker, compactor);
          failed = false;
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("Input/output error");
        }
        assertThat(compactor.unreadable()).isZero();
        root.faults().heal();
        if (failed) {
          assertThat(files()).as("at %d", which).isEqualTo(files);
          assertThat(broker.log(0).store().manifest()).isEqualTo(manifest);
          assertThat(broker.holes(0)).isEmpty();
          assertThat(read(broker, "kept")).isEqualTo(kept);
          fails++;
          assertThat(fails).isLessThan(100);
        }
      }
      assertThat(touched).contains(".log", ".index");
      assertThat(fails).isGreaterThan(5);
      assertThat(files()).isNotEqualTo(files);
      assertThat(read(broker, "kept")).isEqualTo(kept);
    }
    // Nothing of it is left in the way of a start.
    try (LateDiskBroker broker = open(SegmentLimits.DEFAULT)) {
      assertThat(read(broker, "kept")).isEqualTo(kept);
    }
  }

  /// What was readable when it was decided is not when it is copied.
  @Test
  void aRewriteThatCannotReadASecondTimeChangesNothing() throws Exception {
    try (LateDiskBroker broker = open(new SegmentLimits(1 << 20, EACH, EACH))) {
      fillHalfDead(broker, 3);
      Set<String> files = files();
      String second = List.copyOf(logs(broker)).get(1);
      var made = new AtomicInteger();
      root.faults()
          .only(
              path -> {
                String name = path.substring(path.lastIndexOf('/') + 1);
                made.addAndGet(name.endsWith(".log") && !files.contains(name) ? 1 : 0);
                return made.get() > 0 && name.equals(second);
              });
      root.faults().fail(Operation.READ);
      Compactor compactor = broker.log(0).compactor(bytes -> {});
      compactAll(broker, compactor);
      assertThat(made).hasPositiveValue();
      assertThat(files()).contains(second);
      root.faults().heal();
      assertThat(read(broker, "kept")).isEqualTo(kept);
      assertThat(broker.holes(0)).isEmpty();
      clocks.advance(Duration.ofHours(1));
      compactAll(broker, compactor);
      assertThat(files()).doesNotContain(second);
      assertThat(read(broker, "kept")).isEqualTo(kept);
    }
  }

  // ---- joining

  private static Set<String> logs(LateDiskBroker broker) throws IOException {
    Set<String> names = new TreeSet<>();
    for (SealedSegment one : sealed(broker)) {
      names.add(SegmentHeader.logName(one.number()));
    }
    return names;
  }

  /// Not retained: their sizes are known as long as nothing is compacted.
  private static List<SealedSegment> sealed(LateDiskBroker broker) throws IOException {
    List<SealedSegment> found = new ArrayList<>();
    try (Snapshot snapshot = broker.log(0).store().snapshot()) {
      for (Segment one : snapshot.segments()) {
        if (one instanceof SealedSegment sealed) {
          found.add(sealed);
        }
      }
    }
    return found;
  }

  /// More segments than there should be are joined by threes, because four have no room in one; and
  /// none is where not even two have.
  @ParameterizedTest
  @ValueSource(strings = {"bytes", "records", "channels"})
  void neighboursAreJoinedWhenTheyFit(String limit) throws Exception {
    // As many as are full of bytes are no reason to join.
    int segments = limit.equals("bytes") ? 120 : 60;
    long bytes;
    try (LateDiskBroker broker = open(new SegmentLimits(1 << 20, 10, 1_000))) {
      for (int i = 0; i < segments * 10; i++) {
        kept.add(publish(broker, "kept"));
        if (i % 10 == 4) {
          publish(broker, "other." + i);
          i++;
        }
      }
      bytes = sealed(broker).stream().mapToLong(Segment::bytes).max().orElseThrow();
    }
    for (int most : new int[] {1, 3}) {
      // Each has 10 records of two channels.
      var limits =
          switch (limit) {
            case "bytes" -> new SegmentLimits(bytes * most + bytes / 2, 1_000, 1_000);
            case "records" -> new SegmentLimits(1 << 20, 10 * most + 5, 1_000);
            default -> new SegmentLimits(1 << 20, 1_000, 2 * most + 1);
          };
      try (LateDiskBroker broker = open(limits)) {
        Set<String> before = logs(broker);
        compactAll(broker, broker.log(0).compactor(written -> {}));
        if (most == 1) {
          assertThat(logs(broker)).isEqualTo(before);
        } else {
          assertThat(logs(broker)).hasSizeLessThan(before.size());
          assertThat(sealed(broker))
              .anyMatch(one -> one.records() == 30)
              .allMatch(one -> one.records() <= 30);
        }
        assertThat(read(broker, "kept")).isEqualTo(kept);
        assertThat(broker.holes(0)).isEmpty();
      }
    }
  }

  /// What it asks of channels that keep the latest per key stays in memory while it rewrites, up to
  /// half of what all states may take.
  @Test
  void statesThatItAsksForAreBounded() throws Exception {
    int channels = 300;
    long most = 30_000;
    try (var broker =
        new LateDiskBroker(
            NAMESPACES,
            root,
            clocks,
            1,
            false,
            settings ->
                settings
                    .withSegments(new SegmentLimits(4 << 20, channels, channels))
                    .withMaxChannelBytes(most))) {
      for (int i = 0; i < 2 * channels; i++) {
        publish(broker, i < channels || i % 3 > 0 ? "state." + i % channels : "kept", 4_000);
      }
      publish(broker, "kept");
      var largest = new AtomicInteger();
      LogCore core = broker.log(0).core();
      Compactor compactor =
          broker
              .log(0)
              .compactor(
                  bytes -> largest.accumulateAndGet(core.locked(core.states()::size), Math::max));
      compactAll(broker, compactor);
      assertThat(broker.log(0).store().meter().rewritten()).isPositive();
      assertThat(largest).hasPositiveValue();
      assertThat(largest.get()).isLessThan((int) (most / 300));
      for (int i = 0; i < channels; i++) {
        assertThat(read(broker, "state." + i)).hasSize(1);
      }
    }
  }
}
