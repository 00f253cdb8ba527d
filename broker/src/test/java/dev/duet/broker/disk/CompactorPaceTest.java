package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CompactorPaceTest {
  private static final Retention ALL =
      new Retention(Retention.Mode.HISTORY, 1_000_000, 1L << 40, Duration.ofDays(10));
  private static final Duration DAY = Duration.ofDays(1);

  private static DiskScene scene(SegmentLimits limits, Namespace... namespaces) {
    return new DiskScene(1, new Namespaces(List.of(namespaces)))
        .with(settings -> settings.withSegments(limits));
  }

  /// Of a channel that is in all segments only the oldest records may go: each rewrite lets those
  /// of the next segment go. None of them waits for time to pass.
  @Test
  void garbageInAllSegmentsGoesInOneGo() throws IOException {
    DiskScene scene =
        scene(
                new SegmentLimits(1 << 20, 100, 100),
                new Namespace("dead", ALL.withMaxCount(1), Durability.OS),
                new Namespace("*", ALL, Durability.OS))
            .open();
    DiskLog log = scene.log();
    for (int i = 0; i < 2_000; i++) {
      var unused = log.append(i % 2 == 0 ? "dead" : "kept", Draft.text("x".repeat(100)));
    }
    long before = log.store().bytes();
    Compactor compactor = log.compactor(bytes -> {});
    int steps = 0;
    while (compactor.step()) {
      assertThat(++steps).isLessThan(100);
    }
    // Half of all records, and nothing of the indexes, which take half of such small segments.
    assertThat(log.store().bytes()).isLessThan(before * 8 / 10);
    scene.stop();
  }

  /// What a rewrite knows of channels is in memory: so it takes only so many segments at once, also
  /// where nothing of them stays.
  @Test
  void aRewriteKnowsTheChannelsOfOneSegmentAtATime() throws IOException {
    DiskScene scene =
        scene(
                new SegmentLimits(1 << 20, 1_000, 10),
                new Namespace("*", ALL.withMaxAge(DAY), Durability.OS))
            .open();
    DiskLog log = scene.log();
    for (int i = 0; i < 100; i++) {
      var unused = log.append("channel." + i, Draft.text("x".repeat(100)));
    }
    scene.clocks().advance(DAY.plusHours(1));
    Compactor compactor = log.compactor(bytes -> {});
    int segments = log.store().segments();
    assertThat(segments).isGreaterThan(5);
    while (compactor.step()) {
      assertThat(log.store().segments()).isEqualTo(--segments);
    }
    assertThat(segments).isLessThan(3);
    scene.stop();
  }

  /// Far over its bound it does not wait: else who publishes faster fills the disk.
  @Test
  void farOverItsBoundItDoesNotWait() throws IOException {
    var limits = new SegmentLimits(512 << 10, 10_000, 10);
    DiskScene scene =
        scene(limits, new Namespace("*", ALL, Durability.OS))
            .with(settings -> settings.withSegments(limits).withMaxBytes(4 << 20))
            .open();
    DiskLog log = scene.log();
    for (int i = 0; i < 10_000; i++) {
      var unused = log.append("chat", Draft.text("x".repeat(1_000)));
    }
    long far = (4 << 20) + (4 * 512 << 10);
    var waits = new ArrayList<Long>();
    Compactor compactor =
        log.compactor(
            bytes -> {
              if (bytes > 0) {
                waits.add(log.store().bytes());
              }
            });
    assertThat(log.store().bytes()).isGreaterThan(far);
    int steps = 0;
    while (compactor.step()) {
      assertThat(++steps).isLessThan(100);
    }
    assertThat(log.store().bytes()).isLessThanOrEqualTo(4 << 20);
    assertThat(waits).isNotEmpty().allMatch(bytes -> bytes <= far);
    scene.stop();
  }
}
