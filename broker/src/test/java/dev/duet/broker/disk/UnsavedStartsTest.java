package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Receipt;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Killed;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A start that cannot copy what it read, as where the disk is full: it does not know whether that
/// is on the disk, answers readers, and acknowledges nothing that a power loss could take.
class UnsavedStartsTest {
  private static final int SEEDS = 40;
  private static final int RECORDS = 12;

  private static DiskScene scene(long seed, Durability durability) {
    return new DiskScene(seed, durability).withRecords(5);
  }

  /// A process that published and was killed; then one that starts on a full disk, on which
  /// everything can be read and nothing be published.
  private static List<Long> startFull(DiskScene scene) {
    scene.open();
    var sent = new ArrayList<Long>();
    for (int i = 0; i < RECORDS; i++) {
      sent.add(scene.mustPublish());
    }
    scene.kill();
    scene.faults().room(0);
    scene.open();
    assertThat(scene.failing()).isTrue();
    assertThat(scene.held()).isEqualTo(sent);
    assertThat(scene.publish()).isInstanceOf(Receipt.Failed.class);
    return sent;
  }

  private static long offset(LogIds in, LogIds of, long offset) {
    return in.offsetIn(List.of(new Cursor.Position(of.current(), offset)));
  }

  /// What was read is on the disk when the log can be written again.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void thePowerLossAfterACleanStopTakesNothing(Durability durability) {
    for (int seed = 0; seed < SEEDS; seed++) {
      DiskScene scene = scene(seed, durability);
      List<Long> sent = startFull(scene);
      String id = scene.id();
      scene.heal();
      sent.add(scene.mustPublish());
      assertThat(scene.held()).isEqualTo(sent);
      scene.stop();
      scene.crash();
      scene.open("two");
      assertThat(scene.held()).as("seed %d", seed).isEqualTo(sent);
      assertThat(scene.id()).isEqualTo(id);
      scene.stop();
    }
  }

  /// While nobody knows what is on the disk a stop is not clean: after a power loss the log has
  /// another id, and the old one's end is where all is there.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void aStopWhileTheDiskIsFullLeavesNoMark(Durability durability) {
    for (int seed = 0; seed < SEEDS; seed++) {
      DiskScene scene = scene(seed, durability);
      List<Long> sent = startFull(scene);
      LogIds told = scene.ids();
      scene.stop();
      boolean killed = seed % 2 == 0;
      if (killed) {
        scene.kill();
      } else {
        scene.crash();
      }
      scene.faults().heal();
      scene.open(killed ? "one" : "two");
      LogIds ids = scene.ids();
      if (killed || durability == Durability.DISK) {
        assertThat(scene.held()).as("seed %d", seed).isEqualTo(sent);
        assertThat(offset(ids, told, sent.getLast())).isEqualTo(sent.getLast());
      } else {
        long end = ids.endOf(told.current());
        assertThat(end).as("seed %d", seed).isNotNegative();
        assertThat(scene.held()).startsWith(DiskScene.upTo(sent, end));
      }
      scene.stop();
    }
  }

  /// At `disk` a start that has no room may show what the process before wrote and had not synced.
  /// It goes by an id of its own, which each start that reads the same finds: who read what a power
  /// loss then took is told; others miss nothing.
  @Test
  void whoReadWhatAPowerLossTookIsTold() {
    int taken = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      DiskScene scene = scene(seed, Durability.DISK).open();
      long sure = scene.mustPublish();
      scene.faults().dieIn(1, Operation.FORCE);
      assertThatThrownBy(scene::publish).isInstanceOf(Killed.class);
      String id = scene.id();
      scene.kill();
      LogIds told = null;
      long unsure = 0;
      for (int starts = 0; starts < 3; starts++) {
        scene.faults().room(0);
        scene.open();
        assertThat(scene.held()).hasSize(2).startsWith(sure);
        unsure = scene.held().getLast();
        LogIds now = scene.ids();
        assertThat(now.past().getFirst()).isEqualTo(new LogIds.Past(id, unsure, true));
        assertThat(now).isEqualTo(told == null ? now : told);
        told = now;
        scene.kill();
      }
      for (String boot : List.of("two", "two", "three")) {
        scene.crash();
        scene.open(boot);
        boolean isTaken = scene.held().equals(List.of(sure));
        assertThat(scene.held()).as("seed %d", seed).startsWith(sure);
        assertThat(scene.id()).isEqualTo(id);
        LogIds ids = scene.ids();
        assertThat(offset(ids, told, unsure)).isEqualTo(isTaken ? -1 : unsure);
        assertThat(ids.endOf(told.current())).isEqualTo(isTaken ? -1 : unsure);
        taken += isTaken ? 1 : 0;
        scene.stop();
      }
    }
    assertThat(taken).isBetween(1, 3 * SEEDS - 1);
  }

  /// Who was told that id misses nothing where nothing is lost, whether the disk has room again
  /// under that process or under the next.
  @Test
  void whatIsCopiedLaterGoesOnUnderBothIds() {
    for (boolean healed : List.of(true, false)) {
      DiskScene scene = scene(1, Durability.DISK).open();
      long sent = scene.mustPublish();
      LogIds first = scene.ids();
      scene.kill();
      scene.faults().room(0);
      scene.open();
      LogIds told = scene.ids();
      assertThat(told.current()).isNotEqualTo(first.current());
      if (healed) {
        scene.heal();
        assertThat(scene.publish()).isInstanceOf(Receipt.Appended.class);
        assertThat(scene.ids()).isEqualTo(told);
        scene.stop();
      } else {
        scene.kill();
        scene.faults().heal();
      }
      for (String boot : List.of("one", "two")) {
        scene.open(boot);
        assertThat(scene.held()).startsWith(sent);
        LogIds now = scene.ids();
        assertThat(now.current()).isEqualTo(healed ? told.current() : first.current());
        assertThat(offset(now, told, sent)).isEqualTo(sent);
        assertThat(offset(now, LogIds.of(first.current()), sent)).isEqualTo(sent);
        scene.stop();
        scene.kill();
      }
    }
  }

  /// Where only the manifest could not be written: a clean stop writes down what was told.
  @Test
  void aCleanStopKeepsTheIdThatWasTold() {
    DiskScene scene = scene(1, Durability.DISK).open();
    long sent = scene.mustPublish();
    scene.kill();
    scene.faults().fail(Operation.RENAME, 1);
    scene.open();
    assertThat(scene.failing()).isTrue();
    LogIds told = scene.ids();
    assertThat(told.past()).hasSize(1);
    scene.stop();
    scene.crash();
    scene.open("two");
    assertThat(scene.held()).containsExactly(sent);
    assertThat(scene.ids()).isEqualTo(told);
    scene.stop();
  }

  /// At `disk` an answer that says that something is stored waits until that is sure.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void aSecondTryIsNotAcknowledgedBeforeTheFirstIsSaved(Durability durability) {
    DiskScene scene = scene(1, durability).open();
    Draft draft = Draft.text("paid").withIdempotencyKey("order-7").withEnd(true);
    var told = (Receipt.Appended) scene.publish(draft);
    scene.kill();
    scene.faults().room(0);
    scene.open();
    Receipt again = scene.publish(draft);
    var duplicate = new Receipt.Appended(told.offset(), true);
    if (durability == Durability.DISK) {
      assertThat(again)
          .isInstanceOfSatisfying(Receipt.Failed.class, it -> assertThat(it.full()).isTrue());
      assertThat(scene.publish()).isInstanceOf(Receipt.Failed.class);
    } else {
      assertThat(again).isEqualTo(duplicate);
    }
    scene.heal();
    assertThat(scene.publish(draft)).isEqualTo(duplicate);
    assertThat(scene.publish()).isEqualTo(new Receipt.Ended(told.offset()));
  }

  /// Where what was read could be copied, and the manifest not be written, a power loss would bring
  /// back the old files.
  @Test
  void noDuplicateIsAcknowledgedBeforeItsFileIsNamed() {
    DiskScene scene = scene(1, Durability.DISK).open();
    Draft draft = Draft.text("x".repeat(100)).withIdempotencyKey("once");
    long offset = ((Receipt.Appended) scene.publish(draft)).offset();
    scene.kill();
    scene.faults().fail(Operation.RENAME);
    scene.open();
    assertThat(scene.publish(draft)).isInstanceOf(Receipt.Failed.class);
    scene.heal();
    assertThat(scene.publish(draft)).isEqualTo(new Receipt.Appended(offset, true));
  }
}
