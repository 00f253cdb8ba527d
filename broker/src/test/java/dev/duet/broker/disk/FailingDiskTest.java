package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Receipt;
import dev.duet.broker.disk.LateDiskBroker.Place;
import dev.duet.broker.disk.store.Faults;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Folder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a disk does not take, or does not give back: writes and syncs that fail, pages that cannot
/// be read, an index for which there is no room.
class FailingDiskTest {
  private static final int SEEDS = 40;

  private static DiskScene scene(long seed, Durability durability) {
    return new DiskScene(seed, durability).withRecords(5);
  }

  /// Of segments that were begun and not synced a power loss may leave some, with or without their
  /// headers: where one is missing the old id ends before it.
  @Test
  void atOsAllUpToTheEndOfTheOldIdIsThere() {
    int missing = 0;
    for (int seed = 0; seed < 10 * SEEDS; seed++) {
      DiskScene scene = scene(seed, Durability.OS).withRecords(1).open();
      var sent = new ArrayList<Long>();
      // Where the manifest cannot be written nothing is sealed, and nothing synced for that.
      scene.faults().only(path -> path.contains("manifest"));
      scene.faults().failSometimes(Operation.FORCE, 0.5);
      for (int i = 0; i < 8; i++) {
        if (scene.publish() instanceof Receipt.Appended one) {
          sent.add(one.offset());
        }
        scene.pause();
      }
      String id = scene.id();
      scene.crash();
      scene.open("two");
      Long[] sure = DiskScene.upTo(sent, scene.ids().endOf(id));
      assertThat(scene.held()).as("seed %d", seed).containsAll(List.of(sure));
      missing += scene.held().size() > sure.length ? 1 : 0;
      scene.stop();
    }
    assertThat(missing).isPositive();
  }

  /// What was refused is cut off for good, before something else is written in its place.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void noPowerLossBringsBackWhatWasRefused(Durability durability) {
    for (int seed = 0; seed < 10 * SEEDS; seed++) {
      DiskScene scene = scene(seed, durability).open();
      var sent = new ArrayList<Long>();
      String id = scene.id();
      sent.add(scene.mustPublish());
      scene.faults().fail(Operation.WRITE, 1);
      assertThat(scene.publish()).isInstanceOf(Receipt.Failed.class);
      scene.pause();
      for (int i = 0; i < 3; i++) {
        sent.add(scene.mustPublish());
      }
      scene.crash();
      scene.open("two");
      long end = durability == Durability.DISK ? Long.MAX_VALUE : scene.ids().endOf(id);
      assertThat(scene.held()).as("seed %d", seed).startsWith(DiskScene.upTo(sent, end));
      assertThat(sent).as("seed %d", seed).containsAll(scene.held());
      scene.stop();
    }
  }

  /// Two syncs of a file at once, and the disk tells its failure to one of them: to the one after a
  /// write that failed, or to the one of the second.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFailureThatIsToldToOneOfTwoSyncsTakesNothing(boolean toTheInner) {
    for (int seed = 0; seed < SEEDS; seed++) {
      DiskScene scene = scene(seed, Durability.OS).open();
      var sent = new ArrayList<Long>();
      String id = scene.id();
      sent.add(scene.mustPublish());
      Faults faults = scene.faults();
      faults.pages(Faults.Pages.DROPPED);
      faults.beforeForce(() -> meanwhile(scene, toTheInner));
      faults.fail(Operation.FORCE, toTheInner ? 0 : 1);
      scene.sync();
      scene.pause();
      scene.sync();
      sent.add(scene.mustPublish());
      scene.sync();
      assertThat(scene.failing()).isFalse();
      assertThat(scene.log().store().unsynced()).isZero();
      assertThat(scene.log().store().rescues()).isEqualTo(1);
      assertThat(scene.held()).as("seed %d", seed).isEqualTo(sent);
      assertThat(scene.id()).isEqualTo(id);
      scene.stop();
      scene.crash();
      scene.open("two");
      assertThat(scene.held()).as("seed %d", seed).isEqualTo(sent);
      assertThat(scene.id()).isEqualTo(id);
      scene.stop();
    }
  }

  private static void meanwhile(DiskScene scene, boolean toTheInner) {
    Faults faults = scene.faults();
    faults.beforeForce(() -> {});
    faults.fail(Operation.WRITE, 1);
    if (toTheInner) {
      faults.fail(Operation.FORCE, 1);
    }
    assertThat(scene.publish()).isInstanceOf(Receipt.Failed.class);
  }

  /// A page of a segment without an index that the disk cannot read is lost, and told; the log can
  /// be written all the same.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void aPageThatCannotBeReadDoesNotKeepALogFromHealing(Durability durability) throws Exception {
    for (boolean isFull : List.of(false, true)) {
      DiskScene scene = scene(1, durability).withRecords(1_000).open();
      var sent = new ArrayList<Long>();
      for (int i = 0; i < 100; i++) {
        sent.add(scene.mustPublish());
      }
      Place last = scene.broker().places(scene.index(), "chat").getLast();
      assertThat(last.position()).isGreaterThan(8192);
      scene.kill();
      scene.folder().folder(durability.text()).makeUnreadable(last.file(), 4096, 4096);
      if (isFull) {
        scene.faults().room(0);
      }
      scene.open();
      assertThat(scene.failing()).isEqualTo(isFull);
      assertThat(scene.holes()).isNotEmpty();
      scene.faults().room(1 << 20);
      scene.pause();
      var left = new ArrayList<>(scene.held());
      assertThat(sent).containsAll(left);
      assertThat(left).hasSizeBetween(50, 99);
      left.add(scene.mustPublish());
      assertThat(scene.held()).isEqualTo(left);
      scene.stop();
    }
  }

  /// Where there is no room to make the index of an older segment anew it is read like those that
  /// have none yet: nothing between it and them is lost.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void aWrongIndexOnAFullDiskTakesNothing(Durability durability) throws Exception {
    for (boolean stopped : List.of(true, false)) {
      DiskScene scene = scene(1, durability).open();
      var sent = new ArrayList<Long>();
      for (int i = 0; i < 24; i++) {
        sent.add(scene.mustPublish());
      }
      if (stopped) {
        scene.stop();
      }
      scene.kill();
      Folder inner = scene.folder().folder(durability.text());
      List<String> indexes =
          inner.list().stream().filter(name -> name.endsWith(".index")).sorted().toList();
      assertThat(indexes).hasSizeGreaterThan(2);
      inner.delete(indexes.getFirst());
      scene.faults().room(0);
      scene.open();
      assertThat(scene.failing()).isTrue();
      assertThat(scene.holes()).isEmpty();
      assertThat(scene.held()).isEqualTo(sent);
      scene.heal();
      sent.add(scene.mustPublish());
      assertThat(scene.held()).isEqualTo(sent);
      scene.stop();
      scene.crash();
      scene.open("two");
      assertThat(scene.holes()).isEmpty();
      assertThat(scene.held()).isEqualTo(sent);
      scene.stop();
    }
  }
}
