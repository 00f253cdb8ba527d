package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.LateDiskBroker.Place;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Faults.Pages;
import dev.duet.broker.disk.store.Killed;
import dev.duet.protocol.Cursor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The id that a start goes by which cannot write down what it read: it is known to those who read
/// the same, and to nobody else.
class UnsavedIdsTest {
  private static final int SEEDS = 40;

  /// A reader that has everything up to the log's position.
  private record Reader(String id, long position, List<Long> had) {
    static Reader of(DiskScene scene) {
      return new Reader(scene.id(), scene.log().position(), scene.held());
    }

    /// Whether it is told nothing when it comes back.
    boolean goesOn(DiskScene scene) {
      LogIds ids = scene.ids();
      return ids.offsetIn(List.of(new Cursor.Position(id, position))) >= 0;
    }

    /// Whether what is there up to its position is what it had.
    boolean hasAll(DiskScene scene) {
      return had.equals(scene.held().stream().filter(offset -> offset <= position).toList());
    }
  }

  private static void dieInSync(DiskScene scene) {
    scene.faults().dieIn(1, Operation.FORCE);
    assertThatThrownBy(scene::publish).isInstanceOf(Killed.class);
    scene.kill();
  }

  /// At `disk` who read on a start without room what the next start does not find is told: a power
  /// loss took it, or the cache let go what a failed sync had not written. Also where the system
  /// does not say whether it was started again.
  @ParameterizedTest
  @ValueSource(strings = {"one", ""})
  void whoReadWhatAPowerLossTookIsToldOnAnySystem(String boot) {
    int taken = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var scene = new DiskScene(seed, Durability.DISK).open(boot);
      scene.mustPublish();
      dieInSync(scene);
      scene.faults().room(0);
      scene.open(boot);
      Reader reader = Reader.of(scene);
      assertThat(reader.had).hasSize(2);
      scene.crash();
      scene.faults().heal();
      scene.pause();
      scene.open(boot.isEmpty() ? boot : "two");
      scene.mustPublish();
      assertThat(reader.goesOn(scene)).as("seed %d", seed).isEqualTo(reader.hasAll(scene));
      taken += reader.hasAll(scene) ? 0 : 1;
    }
    assertThat(taken).isBetween(1, SEEDS - 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoReadWhatTheCacheLetGoIsTold(boolean staysFull) {
    int gone = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var scene = new DiskScene(seed, Durability.DISK).open();
      scene.mustPublish();
      scene.faults().pages(Pages.KEPT);
      scene.faults().fail(Operation.FORCE, 1);
      scene.faults().fail(Operation.RENAME, 100);
      scene.publish();
      scene.kill();
      scene.faults().heal();
      scene.faults().room(0);
      scene.open();
      Reader reader = Reader.of(scene);
      scene.kill();
      scene.pause();
      scene.faults().dropCaches();
      scene.faults().heal();
      if (staysFull) {
        scene.faults().room(0);
      }
      scene.open();
      if (staysFull) {
        scene.heal();
      }
      scene.mustPublish();
      assertThat(reader.goesOn(scene)).as("seed %d", seed).isEqualTo(reader.hasAll(scene));
      gone += reader.hasAll(scene) ? 0 : 1;
    }
    assertThat(gone).isPositive();
  }

  /// A hole up to the present moment, told by a start that could not write it down: the next one
  /// may have another clock.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void aPositionThatIsForgottenIsNotGoneOnFrom(Durability durability) throws Exception {
    boolean disk = durability == Durability.DISK;
    var scene = new DiskScene(3, durability).open();
    scene.mustPublish();
    scene.mustPublish();
    scene.sync();
    Place place = scene.broker().places(scene.index(), "chat").getLast();
    if (disk) {
      scene.crash();
    } else {
      scene.kill();
    }
    scene.folder().folder(durability.text()).flip(place.file(), place.position() + 60, 1);
    scene.faults().room(0);
    scene.clocks().jump(Duration.ofSeconds(5));
    scene.open(disk ? "two" : "one");
    assertThat(scene.holes()).isNotEmpty();
    Reader reader = Reader.of(scene);
    scene.kill();
    scene.faults().heal();
    scene.clocks().jump(Duration.ofSeconds(-4));
    scene.open(disk ? "two" : "one");
    assertThat(scene.mustPublish()).isLessThan(reader.position);
    scene.clocks().advance(Duration.ofSeconds(20));
    scene.mustPublish();
    assertThat(reader.goesOn(scene)).isFalse();
  }

  /// At `os` a power loss is told once, not at each start on a disk that stays full.
  @Test
  void theIdAfterAPowerLossIsTheSameAtEachStart() {
    var scene = new DiskScene(1, Durability.OS).open();
    long synced = scene.mustPublish();
    scene.sync();
    LogIds before = scene.ids();
    scene.crash();
    var seen = new HashSet<LogIds>();
    for (int i = 0; i < 3; i++) {
      scene.faults().room(0);
      scene.open("two");
      assertThat(scene.held()).containsExactly(synced);
      seen.add(scene.ids());
      scene.kill();
    }
    scene.faults().heal();
    scene.open("two");
    seen.add(scene.ids());
    assertThat(seen).hasSize(1);
    assertThat(scene.id()).isNotEqualTo(before.current());
    scene.kill();
    scene.open("two");
    assertThat(seen).contains(scene.ids());
  }

  /// Where nothing is lost nobody is told anything, also where the namespaces changed after the
  /// last publication.
  @Test
  void aPositionBehindTheLastPublicationIsGoneOnFrom() {
    var scene = new DiskScene(4, Durability.DISK).open();
    scene.mustPublish();
    scene.stop();
    scene.pause();
    var changed = new ArrayList<Namespace>();
    for (String pattern : List.of("chat", "*")) {
      changed.add(new Namespace(pattern, Retention.DEFAULT, Durability.DISK));
    }
    scene.withNamespaces(new Namespaces(changed)).open();
    scene.kill();
    scene.faults().room(0);
    scene.open();
    Reader reader = Reader.of(scene);
    assertThat(reader.position).isGreaterThan(reader.had.getLast());
    scene.crash();
    scene.faults().heal();
    scene.open("two");
    assertThat(reader.hasAll(scene)).isTrue();
    assertThat(reader.goesOn(scene)).isTrue();
  }
}
