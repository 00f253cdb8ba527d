package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// What happens to publishers when very much waits: for its commit, or for its index.
class BacklogTest {
  private static final Namespaces NAMESPACES =
      new Namespaces(List.of(new Namespace("*", Retention.DEFAULT, Durability.OS)));

  /// Whoever needs the log's lock gets it between the pieces of a large commit, and what is true by
  /// then is what was told.
  @Test
  void aLargeCommitIsManyHoldsOfTheLock() {
    var broker =
        new LateDiskBroker(
            NAMESPACES, new MemoryFolder(1), new ManualClocks(), 1, true, settings -> settings);
    Log log = broker.logs().getFirst();
    List<Integer> pieces = new ArrayList<>();
    List<Publication> told = new ArrayList<>();
    log.follow(
        new Follower() {
          @Override
          public void advanced(List<Publication> publications, long upTo) {
            pieces.add(publications.size());
            told.addAll(publications);
            assertThat(upTo).isEqualTo(publications.getLast().offset());
          }

          @Override
          public void lost(long from, long to) {
            throw new AssertionError("nothing is lost");
          }
        });
    var positionAtFirst = new AtomicLong();
    for (int i = 0; i < 2_500; i++) {
      CompletableFuture<Receipt> answer =
          log.append("channel" + i % 7, Draft.text("text " + i)).toCompletableFuture();
      if (i == 0) {
        answer.thenRun(
            () -> {
              assertThat(broker.log(0).core().lock().isHeldByCurrentThread()).isFalse();
              positionAtFirst.set(log.position());
            });
      }
    }

    broker.commit(0, Integer.MAX_VALUE);

    assertThat(pieces).containsExactly(1_000, 1_000, 500);
    assertThat(told).extracting(Publication::offset).isSorted().doesNotHaveDuplicates();
    assertThat(positionAtFirst.get()).isEqualTo(told.get(999).offset());
    assertThat(log.position()).isEqualTo(told.getLast().offset());
    broker.close();
  }

  /// Publishers are told to wait, and nothing fails, while full segments wait for their indexes. So
  /// a start after a crash has few to read.
  @Test
  void whoPublishesWaitsForIndexes() throws Exception {
    Queue<Runnable> background = new ArrayDeque<>();
    var clocks = new ManualClocks();
    DiskSettings settings =
        DiskSettings.of(Path.of("unused"), NAMESPACES)
            .withClocks(clocks.wall(), clocks::nanos)
            .withRandom(new Random(1))
            .withSegments(new SegmentLimits(4 << 10, 1_000, 1_000));
    try (var broker =
        DiskBroker.open(
            settings,
            new MemoryFolder(1),
            new DiskBroker.Workers(
                Runnable::run,
                background::add,
                (log, its) ->
                    ours -> {
                      while (ours.committing().commit(Integer.MAX_VALUE, true)) {}
                    }))) {
      Log log = broker.logs().getFirst();
      Receipt receipt = null;
      for (int i = 0; i < 1_000 && !(receipt instanceof Receipt.Busy); i++) {
        receipt = log.append("channel", Draft.text("x".repeat(500))).toCompletableFuture().get();
        assertThat(receipt).isNotInstanceOf(Receipt.Failed.class);
      }
      assertThat(receipt).isInstanceOf(Receipt.Busy.class);
      assertThat(Objects.requireNonNull(log.storage()).segments()).isEqualTo(5);

      while (!background.isEmpty()) {
        background.remove().run();
      }
      assertThat(log.append("channel", Draft.text("y")).toCompletableFuture().get())
          .isInstanceOf(Receipt.Appended.class);
    }
  }
}
