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
import dev.duet.broker.disk.store.Faults;
import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Folder;
import dev.duet.broker.disk.store.Killed;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a disk does not take, or may not have: a write that fails; a start that has no room to copy
/// what it read, and so does not know whether that is on the disk.
class FailingDiskTest {
  private static final int SEEDS = 40;
  private static final int RECORDS = 12;

  private final ManualClocks clocks = new ManualClocks();

  private LateDiskBroker open(MemoryFolder folder, Durability durability, String boot) {
    return open(folder, durability, boot, 5);
  }

  private LateDiskBroker open(
      MemoryFolder folder, Durability durability, String boot, int records) {
    var namespaces = new Namespaces(List.of(new Namespace("*", Retention.DEFAULT, durability)));
    var limits = new SegmentLimits(200 * records, records, 100);
    return new LateDiskBroker(
        namespaces,
        folder,
        clocks,
        1,
        false,
        settings -> settings.withSegments(limits).withBootId(() -> boot));
  }

  private static int log(LateDiskBroker broker) {
    return broker.logOf("chat");
  }

  private static String id(LateDiskBroker broker) {
    return broker.log(log(broker)).ids().current();
  }

  private static Receipt publish(LateDiskBroker broker) {
    return publish(broker, null);
  }

  private static Receipt publish(LateDiskBroker broker, @Nullable String idempotencyKey) {
    return broker
        .log(log(broker))
        .append("chat", Draft.text("x".repeat(100)).withIdempotencyKey(idempotencyKey))
        .toCompletableFuture()
        .join();
  }

  private static List<Long> held(LateDiskBroker broker) {
    DiskLog log = broker.log(log(broker));
    Page page =
        log.read(
                ReadRequest.forwards(
                    List.of(Span.after("chat", 0)), log.position(), 1_000, 1_000_000))
            .toCompletableFuture()
            .join();
    return page.items().stream()
        .filter(Publication.class::isInstance)
        .map(one -> ((Publication) one).offset())
        .toList();
  }

  /// A process that published and was killed; then one that starts on a full disk, on which
  /// everything can be read and nothing be published.
  private LateDiskBroker fullStart(MemoryFolder[] folder, Durability durability, List<Long> sent) {
    LateDiskBroker first = open(folder[0], durability, "one");
    for (int i = 0; i < RECORDS; i++) {
      sent.add(((Receipt.Appended) publish(first)).offset());
    }
    folder[0] = folder[0].kill();
    folder[0].faults().room(0);
    LateDiskBroker full = open(folder[0], durability, "one");
    assertThat(full.failing(log(full))).isTrue();
    assertThat(held(full)).isEqualTo(sent);
    assertThat(publish(full)).isInstanceOf(Receipt.Failed.class);
    return full;
  }

  private void heal(MemoryFolder folder, LateDiskBroker broker) {
    folder.faults().heal();
    clocks.advance(Duration.ofSeconds(2));
    broker.sync(log(broker));
    assertThat(broker.failing(log(broker))).isFalse();
  }

  /// What was read is on the disk when the log can be written again.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void thePowerLossAfterACleanStopTakesNothing(Durability durability) {
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryFolder[] folder = {new MemoryFolder(seed)};
      var sent = new ArrayList<Long>();
      LateDiskBroker full = fullStart(folder, durability, sent);
      var id = id(full);
      heal(folder[0], full);
      sent.add(((Receipt.Appended) publish(full)).offset());
      assertThat(held(full)).isEqualTo(sent);
      full.close();
      try (LateDiskBroker after = open(folder[0].crash(), durability, "two")) {
        assertThat(held(after)).as("seed %d", seed).isEqualTo(sent);
        assertThat(id(after)).isEqualTo(id);
      }
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
      MemoryFolder[] folder = {new MemoryFolder(seed)};
      var sent = new ArrayList<Long>();
      LateDiskBroker full = fullStart(folder, durability, sent);
      LogIds told = full.log(log(full)).ids();
      full.close();
      boolean killed = seed % 2 == 0;
      MemoryFolder left = killed ? folder[0].kill() : folder[0].crash();
      left.faults().heal();
      try (LateDiskBroker after = open(left, durability, killed ? "one" : "two")) {
        var ids = after.log(log(after)).ids();
        if (killed || durability == Durability.DISK) {
          assertThat(held(after)).as("seed %d", seed).isEqualTo(sent);
          assertThat(offset(ids, told, sent.getLast())).isEqualTo(sent.getLast());
        } else {
          long end = ids.endOf(told.current());
          assertThat(end).as("seed %d", seed).isNotNegative();
          assertThat(held(after)).startsWith(upTo(sent, end));
        }
      }
    }
  }

  /// Of segments that were begun and not synced a power loss may leave some, with or without their
  /// headers: where one is missing the old id ends before it.
  @Test
  void atOsAllUpToTheEndOfTheOldIdIsThere() {
    int missing = 0;
    for (int seed = 0; seed < 10 * SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      LateDiskBroker broker = open(folder, Durability.OS, "one", 1);
      var sent = new ArrayList<Long>();
      // Where the manifest cannot be written nothing is sealed, and nothing synced for that.
      folder.faults().only(path -> path.contains("manifest"));
      folder.faults().failSometimes(Operation.FORCE, 0.5);
      for (int i = 0; i < 8; i++) {
        if (publish(broker) instanceof Receipt.Appended one) {
          sent.add(one.offset());
        }
        clocks.advance(Duration.ofSeconds(2));
      }
      try (LateDiskBroker after = open(folder.crash(), Durability.OS, "two", 1)) {
        long end = after.log(log(after)).ids().endOf(id(broker));
        assertThat(held(after)).as("seed %d", seed).containsAll(List.of(upTo(sent, end)));
        missing += held(after).size() > upTo(sent, end).length ? 1 : 0;
      }
    }
    assertThat(missing).isPositive();
  }

  /// At `disk` a start that has no room may show what the process before wrote and had not synced.
  /// It goes by an id that ends there: who read it, and comes back after a power loss that took it,
  /// is told; others miss nothing.
  @Test
  void whoReadWhatAPowerLossTookIsTold() {
    int taken = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      LateDiskBroker first = open(folder, Durability.DISK, "one");
      long sure = ((Receipt.Appended) publish(first)).offset();
      folder.faults().dieIn(1, Operation.FORCE);
      assertThatThrownBy(() -> publish(first)).isInstanceOf(Killed.class);
      MemoryFolder left = folder.kill();
      LogIds told = null;
      long unsure = 0;
      for (int starts = 0; starts < 3; starts++) {
        left.faults().room(0);
        LateDiskBroker full = open(left, Durability.DISK, "one");
        assertThat(held(full)).hasSize(2).startsWith(sure);
        unsure = held(full).getLast();
        LogIds now = full.log(log(full)).ids();
        assertThat(now.past().getFirst()).isEqualTo(new LogIds.Past(id(first), unsure, true));
        assertThat(now).isEqualTo(told == null ? now : told);
        told = now;
        left = left.kill();
      }
      for (String boot : List.of("two", "two", "three")) {
        left = left.crash();
        try (LateDiskBroker after = open(left, Durability.DISK, boot)) {
          boolean isTaken = held(after).equals(List.of(sure));
          assertThat(held(after)).as("seed %d", seed).startsWith(sure);
          assertThat(id(after)).isEqualTo(id(first));
          LogIds ids = after.log(log(after)).ids();
          assertThat(offset(ids, told, sure)).isEqualTo(sure);
          assertThat(offset(ids, told, unsure)).isEqualTo(isTaken ? -1 : unsure);
          assertThat(ids.endOf(told.current())).isEqualTo(isTaken ? sure : unsure);
          taken += isTaken ? 1 : 0;
        }
      }
    }
    assertThat(taken).isBetween(1, 3 * SEEDS - 1);
  }

  private static long offset(LogIds in, LogIds of, long offset) {
    return in.offsetIn(List.of(new Cursor.Position(of.current(), offset)));
  }

  /// Who was told that id misses nothing where nothing is lost, whether the disk has room again
  /// under that process or under the next.
  @Test
  void whatIsCopiedLaterGoesOnUnderBothIds() {
    for (boolean healed : List.of(true, false)) {
      var folder = new MemoryFolder(1);
      LateDiskBroker first = open(folder, Durability.DISK, "one");
      long sent = ((Receipt.Appended) publish(first)).offset();
      folder = folder.kill();
      folder.faults().room(0);
      LateDiskBroker full = open(folder, Durability.DISK, "one");
      LogIds told = full.log(log(full)).ids();
      assertThat(told.current()).isNotEqualTo(id(first));
      if (healed) {
        heal(folder, full);
        assertThat(publish(full)).isInstanceOf(Receipt.Appended.class);
        assertThat(full.log(log(full)).ids()).isEqualTo(told);
        full.close();
      } else {
        folder = folder.kill();
        folder.faults().heal();
      }
      for (String boot : List.of("one", "two")) {
        try (LateDiskBroker after = open(folder, Durability.DISK, boot)) {
          assertThat(held(after)).startsWith(sent);
          LogIds now = after.log(log(after)).ids();
          assertThat(now.current()).isEqualTo(healed ? told.current() : id(first));
          assertThat(offset(now, told, sent)).isEqualTo(sent);
          assertThat(offset(now, LogIds.of(id(first)), sent)).isEqualTo(sent);
        }
        folder = folder.kill();
      }
    }
  }

  /// Where only the manifest could not be written: a clean stop writes down what was told.
  @Test
  void aCleanStopKeepsTheIdThatWasTold() {
    var folder = new MemoryFolder(1);
    long sent = ((Receipt.Appended) publish(open(folder, Durability.DISK, "one"))).offset();
    folder = folder.kill();
    folder.faults().fail(Operation.RENAME, 1);
    LateDiskBroker told = open(folder, Durability.DISK, "one");
    assertThat(told.failing(log(told))).isTrue();
    LogIds ids = told.log(log(told)).ids();
    assertThat(ids.past()).hasSize(1);
    told.close();
    try (LateDiskBroker after = open(folder.crash(), Durability.DISK, "two")) {
      assertThat(held(after)).containsExactly(sent);
      assertThat(after.log(log(after)).ids()).isEqualTo(ids);
    }
  }

  /// At `disk` an answer that says that something is stored waits until that is sure.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void aSecondTryIsNotAcknowledgedBeforeTheFirstIsSaved(Durability durability) {
    var folder = new MemoryFolder(1);
    Draft draft = Draft.text("paid").withIdempotencyKey("order-7").withEnd(true);
    LateDiskBroker first = open(folder, durability, "one");
    var told =
        (Receipt.Appended) first.log(log(first)).append("chat", draft).toCompletableFuture().join();
    folder = folder.kill();
    folder.faults().room(0);
    LateDiskBroker full = open(folder, durability, "one");
    Receipt again = full.log(log(full)).append("chat", draft).toCompletableFuture().join();
    var duplicate = new Receipt.Appended(told.offset(), true);
    if (durability == Durability.DISK) {
      assertThat(again)
          .isInstanceOfSatisfying(Receipt.Failed.class, it -> assertThat(it.full()).isTrue());
      assertThat(publish(full)).isInstanceOf(Receipt.Failed.class);
    } else {
      assertThat(again).isEqualTo(duplicate);
    }
    heal(folder, full);
    assertThat(full.log(log(full)).append("chat", draft).toCompletableFuture().join())
        .isEqualTo(duplicate);
    assertThat(publish(full)).isEqualTo(new Receipt.Ended(told.offset()));
  }

  /// What was refused is cut off for good, before something else is written in its place.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void noPowerLossBringsBackWhatWasRefused(Durability durability) {
    for (int seed = 0; seed < 10 * SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      var sent = new ArrayList<Long>();
      LateDiskBroker broker = open(folder, durability, "one");
      var id = id(broker);
      sent.add(((Receipt.Appended) publish(broker)).offset());
      folder.faults().fail(Operation.WRITE, 1);
      assertThat(publish(broker)).isInstanceOf(Receipt.Failed.class);
      clocks.advance(Duration.ofSeconds(2));
      for (int i = 0; i < 3; i++) {
        sent.add(((Receipt.Appended) publish(broker)).offset());
      }
      try (LateDiskBroker after = open(folder.crash(), durability, "two")) {
        var ids = after.log(log(after)).ids();
        long end = durability == Durability.DISK ? Long.MAX_VALUE : ids.endOf(id);
        assertThat(held(after)).as("seed %d", seed).startsWith(upTo(sent, end));
        assertThat(sent).as("seed %d", seed).containsAll(held(after));
      }
    }
  }

  /// Where what was read could be copied, and the manifest not be written, a power loss would bring
  /// back the old files.
  @Test
  void noDuplicateIsAcknowledgedBeforeItsFileIsNamed() {
    var folder = new MemoryFolder(1);
    LateDiskBroker first = open(folder, Durability.DISK, "one");
    long offset = ((Receipt.Appended) publish(first, "once")).offset();
    folder = folder.kill();
    folder.faults().fail(Operation.RENAME);
    LateDiskBroker failing = open(folder, Durability.DISK, "one");
    assertThat(publish(failing, "once")).isInstanceOf(Receipt.Failed.class);
    heal(folder, failing);
    assertThat(publish(failing, "once")).isEqualTo(new Receipt.Appended(offset, true));
  }

  /// Two syncs of a file at once, and the disk tells its failure to one of them: to the one after a
  /// write that failed, or to the one of the second.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFailureThatIsToldToOneOfTwoSyncsTakesNothing(boolean toTheInner) {
    for (int seed = 0; seed < SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      var sent = new ArrayList<Long>();
      LateDiskBroker broker = open(folder, Durability.OS, "one");
      var id = id(broker);
      sent.add(((Receipt.Appended) publish(broker)).offset());
      Faults faults = folder.faults();
      faults.pages(Faults.Pages.DROPPED);
      faults.beforeForce(() -> meanwhile(faults, broker, toTheInner));
      faults.fail(Operation.FORCE, toTheInner ? 0 : 1);
      broker.sync(log(broker));
      clocks.advance(Duration.ofSeconds(2));
      broker.sync(log(broker));
      sent.add(((Receipt.Appended) publish(broker)).offset());
      broker.sync(log(broker));
      assertThat(broker.failing(log(broker))).isFalse();
      assertThat(broker.log(log(broker)).store().unsynced()).isZero();
      assertThat(broker.log(log(broker)).store().rescues()).isEqualTo(1);
      assertThat(held(broker)).as("seed %d", seed).isEqualTo(sent);
      assertThat(id(broker)).isEqualTo(id);
      broker.close();
      try (LateDiskBroker after = open(folder.crash(), Durability.OS, "two")) {
        assertThat(held(after)).as("seed %d", seed).isEqualTo(sent);
        assertThat(id(after)).isEqualTo(id);
      }
    }
  }

  private static void meanwhile(Faults faults, LateDiskBroker broker, boolean toTheInner) {
    faults.beforeForce(() -> {});
    faults.fail(Operation.WRITE, 1);
    if (toTheInner) {
      faults.fail(Operation.FORCE, 1);
    }
    assertThat(publish(broker)).isInstanceOf(Receipt.Failed.class);
  }

  /// A page of a segment without an index that the disk cannot read is lost, and told; the log can
  /// be written all the same.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void aPageThatCannotBeReadDoesNotKeepALogFromHealing(Durability durability) throws Exception {
    for (boolean isFull : List.of(false, true)) {
      var folder = new MemoryFolder(1);
      LateDiskBroker first = open(folder, durability, "one", 1_000);
      var sent = new ArrayList<Long>();
      for (int i = 0; i < 100; i++) {
        sent.add(((Receipt.Appended) publish(first)).offset());
      }
      Place last = first.places(log(first), "chat").getLast();
      assertThat(last.position()).isGreaterThan(8192);
      folder = folder.kill();
      folder.folder(durability.text()).makeUnreadable(last.file(), 4096, 4096);
      if (isFull) {
        folder.faults().room(0);
      }
      LateDiskBroker broker = open(folder, durability, "one", 1_000);
      assertThat(broker.failing(log(broker))).isEqualTo(isFull);
      assertThat(broker.holes(log(broker))).isNotEmpty();
      folder.faults().room(1 << 20);
      clocks.advance(Duration.ofSeconds(2));
      var left = new ArrayList<>(held(broker));
      assertThat(sent).containsAll(left);
      assertThat(left).hasSizeBetween(50, 99);
      left.add(((Receipt.Appended) publish(broker)).offset());
      assertThat(held(broker)).isEqualTo(left);
      broker.close();
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
      var folder = new MemoryFolder(1);
      LateDiskBroker first = open(folder, durability, "one");
      var sent = new ArrayList<Long>();
      for (int i = 0; i < 2 * RECORDS; i++) {
        sent.add(((Receipt.Appended) publish(first)).offset());
      }
      if (stopped) {
        first.close();
      }
      folder = folder.kill();
      Folder inner = folder.folder(durability.text());
      List<String> indexes =
          inner.list().stream().filter(name -> name.endsWith(".index")).sorted().toList();
      assertThat(indexes).hasSizeGreaterThan(2);
      inner.delete(indexes.getFirst());
      folder.faults().room(0);
      LateDiskBroker full = open(folder, durability, "one");
      assertThat(full.failing(log(full))).isTrue();
      assertThat(full.holes(log(full))).isEmpty();
      assertThat(held(full)).isEqualTo(sent);
      heal(folder, full);
      sent.add(((Receipt.Appended) publish(full)).offset());
      assertThat(held(full)).isEqualTo(sent);
      full.close();
      try (LateDiskBroker after = open(folder.crash(), durability, "two")) {
        assertThat(after.holes(log(after))).isEmpty();
        assertThat(held(after)).isEqualTo(sent);
      }
    }
  }

  private static Long[] upTo(List<Long> sent, long end) {
    return sent.stream().filter(offset -> offset <= end).toArray(Long[]::new);
  }
}
