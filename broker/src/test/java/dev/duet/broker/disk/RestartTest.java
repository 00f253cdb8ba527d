package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Gap.Reason;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What survives the end of the process and of the machine, one thing at a time. [DiskCrashTest]
/// has all of it at once, by chance.
class RestartTest {
  private static final Retention KEPT =
      new Retention(Mode.HISTORY, 1_000_000, 1L << 40, Duration.ofDays(10));
  private static final Retention BRIEF = KEPT.withMaxAge(Duration.ofSeconds(10));
  private static final Duration KEY_WINDOW = Duration.ofMinutes(2);

  private final ManualClocks clocks = new ManualClocks();
  private MemoryFolder folder = new MemoryFolder(1);
  private Durability movable = Durability.OS;
  private Mode turned = Mode.HISTORY;
  private int boots;
  private int starts;
  private LateDiskBroker broker = open();

  /// How the process ends.
  enum Ending {
    STOP,
    KILL,
    POWER_LOSS
  }

  private LateDiskBroker open() {
    var namespaces =
        new Namespaces(
            List.of(
                new Namespace("os.*", KEPT, Durability.OS),
                new Namespace("brief.*", BRIEF, Durability.DISK),
                new Namespace("few.*", KEPT.withMaxCount(2), Durability.DISK),
                new Namespace("state.*", KEPT.withMode(Mode.LATEST), Durability.DISK),
                new Namespace("movable", KEPT, movable),
                new Namespace("turned", KEPT.withMode(turned), Durability.DISK),
                new Namespace("*", KEPT, Durability.DISK)));
    String boot = "boot " + boots;
    var limits = new SegmentLimits(2_000, 20, 20);
    return new LateDiskBroker(
        namespaces,
        folder,
        clocks,
        ++starts,
        false,
        settings ->
            settings.withBootId(() -> boot).withSegments(limits).withKeys(10_000, KEY_WINDOW));
  }

  private void restart(Ending ending) {
    switch (ending) {
      case STOP -> broker.close();
      case KILL -> folder = folder.kill();
      case POWER_LOSS -> {
        MemoryFolder after = folder.crash();
        var unused = folder.kill();
        folder = after;
        boots++;
      }
    }
    broker = open();
  }

  private Log log(String channel) {
    return broker.logs().get(broker.logOf(channel));
  }

  private LogIds ids(String channel) {
    return log(channel).ids();
  }

  private Receipt append(String channel, Draft draft) {
    clocks.advance(Duration.ofMillis(1));
    return log(channel).append(channel, draft).toCompletableFuture().join();
  }

  private long publish(String channel, Draft draft) {
    return ((Receipt.Appended) append(channel, draft)).offset();
  }

  private long publish(String channel, String text) {
    return publish(channel, Draft.text(text));
  }

  private Page read(String channel, long after) {
    var request =
        ReadRequest.forwards(
            List.of(Span.after(channel, after)), log(channel).position(), 1 << 20, 1 << 28);
    return log(channel).read(request).toCompletableFuture().join();
  }

  private static List<Long> offsets(Page page) {
    List<Long> offsets = new ArrayList<>();
    for (Item each : page.items()) {
      if (each instanceof Publication publication) {
        offsets.add(publication.offset());
      }
    }
    return offsets;
  }

  private static List<Gap> gaps(Page page) {
    return page.items().stream().filter(Gap.class::isInstance).map(Gap.class::cast).toList();
  }

  /// Lets go what may go from disk, until nothing more may.
  private void compact() throws IOException {
    for (int log = 0; log < broker.logs().size(); log++) {
      for (int i = 0; i < 1_000 && broker.compact(log); i++) {}
    }
  }

  /// Closes the open segment behind what was published until now.
  private void fill(String channel) {
    for (int i = 0; i < 60; i++) {
      publish(channel, "x".repeat(100));
    }
  }

  // ---- publications and ids

  @ParameterizedTest
  @EnumSource
  void atDiskAllThatWasAcknowledgedIsThereUnderTheSameId(Ending ending) {
    List<Long> told = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      told.add(publish("chat", "number " + i));
    }
    String id = ids("chat").current();
    restart(ending);
    assertThat(ids("chat").current()).isEqualTo(id);
    assertThat(log("chat").position()).isGreaterThanOrEqualTo(told.getLast());
    Page page = read("chat", told.get(39));
    assertThat(offsets(page)).isEqualTo(told.subList(40, 100));
    assertThat(gaps(page)).isEmpty();
    assertThat(publish("chat", "more")).isGreaterThan(told.getLast());
  }

  @ParameterizedTest
  @EnumSource(names = {"STOP", "KILL"})
  void atOsAllIsThereUnderTheSameIdAsLongAsTheMachineRuns(Ending ending) {
    List<Long> told = List.of(publish("os.chat", "a"), publish("os.chat", "b"));
    String id = ids("os.chat").current();
    restart(ending);
    assertThat(ids("os.chat").current()).isEqualTo(id);
    assertThat(offsets(read("os.chat", told.getFirst()))).isEqualTo(told.subList(1, 2));
    assertThat(gaps(read("os.chat", told.getFirst()))).isEmpty();
  }

  @Test
  void atOsAPowerLossEndsTheIdWhereItIsSure() {
    long synced = publish("os.chat", "synced");
    broker.sync(broker.logOf("os.chat"));
    long lost = publish("os.chat", "not synced");
    String id = ids("os.chat").current();
    restart(Ending.POWER_LOSS);
    assertThat(ids("os.chat").current()).isNotEqualTo(id);
    assertThat(ids("os.chat").endOf(id)).isGreaterThanOrEqualTo(synced).isLessThanOrEqualTo(lost);
    assertThat(offsets(read("os.chat", 0))).startsWith(synced);
    assertThat(publish("os.chat", "more")).isGreaterThan(lost);
  }

  @Test
  void aCleanStopSurvivesPowerLossUnderTheSameIdAlsoAtOs() {
    long told = publish("os.chat", "a");
    String id = ids("os.chat").current();
    broker.close();
    restart(Ending.POWER_LOSS);
    assertThat(ids("os.chat").current()).isEqualTo(id);
    assertThat(offsets(read("os.chat", 0))).containsExactly(told);
  }

  // ---- idempotency keys

  @ParameterizedTest
  @EnumSource
  void aKeyIsKnownWithinItsWindowAndNotLonger(Ending ending) {
    Draft draft = Draft.text("paid").withIdempotencyKey("order-7");
    long first = publish("chat", draft);
    restart(ending);
    assertThat(append("chat", draft)).isEqualTo(new Receipt.Appended(first, true));
    assertThat(append("chat", draft.withData(new byte[] {'x'})))
        .isEqualTo(new Receipt.Conflict(first));
    clocks.advance(KEY_WINDOW.plusSeconds(1));
    restart(ending);
    assertThat(((Receipt.Appended) append("chat", draft)).duplicate()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void aKeyOutlivesItsPublicationOnTheDisk(Ending ending) throws Exception {
    Draft draft = Draft.text("paid").withIdempotencyKey("order-7");
    long first = publish("few.orders", draft);
    fill("few.orders");
    compact();
    assertThat(broker.places(broker.logOf("few.orders"), "few.orders"))
        .noneMatch(place -> place.offset() == first);
    restart(ending);
    assertThat(append("few.orders", draft)).isEqualTo(new Receipt.Appended(first, true));
  }

  // ---- channels

  @ParameterizedTest
  @EnumSource
  void theEndOfAChannelIsKept(Ending ending) {
    long end = publish("chat", Draft.text("over").withEnd(true));
    restart(ending);
    assertThat(append("chat", Draft.text("late"))).isEqualTo(new Receipt.Ended(end));
    assertThat(log("chat").watch("chat").toCompletableFuture().join().endedAt()).isEqualTo(end);
    assertThat(read("chat", 0).ended()).containsExactly("chat");
  }

  @ParameterizedTest
  @EnumSource
  void ifMatchKnowsTheLastOne(Ending ending) {
    long last = publish("chat", "a");
    restart(ending);
    assertThat(append("chat", Draft.text("b").withIfMatch(last - 1)))
        .isEqualTo(new Receipt.Mismatch(last));
    assertThat(append("chat", Draft.text("b").withIfMatch(last)))
        .isInstanceOf(Receipt.Appended.class);
  }

  @ParameterizedTest
  @EnumSource
  void whatATrimLetGoStaysAway(Ending ending) {
    long first = publish("chat", "a");
    long second = publish("chat", "b");
    long third = publish("chat", "c");
    log("chat").trim("chat", second).toCompletableFuture().join();
    restart(ending);
    assertThat(offsets(read("chat", first))).containsExactly(third);
    assertThat(gaps(read("chat", first)))
        .containsExactly(new Gap("chat", first, second, Reason.RETENTION, true, false));
  }

  @ParameterizedTest
  @EnumSource
  void whatAgeLetGoStaysAwayAndItsHorizonIsKnown(Ending ending) {
    long first = publish("brief.chat", "a");
    long second = publish("brief.chat", "b");
    clocks.advance(Duration.ofSeconds(8));
    long third = publish("brief.chat", "c");
    clocks.advance(Duration.ofSeconds(4));
    restart(ending);
    assertThat(offsets(read("brief.chat", first))).containsExactly(third);
    assertThat(gaps(read("brief.chat", first)))
        .containsExactly(new Gap("brief.chat", first, second, Reason.RETENTION, true, false));
  }

  @ParameterizedTest
  @EnumSource
  void aForgottenChannelIsAGapThatIsNotCertain(Ending ending) throws Exception {
    long first = publish("brief.chat", "a");
    long second = publish("brief.chat", "b");
    clocks.advance(Duration.ofSeconds(11));
    fill("chat");
    compact();
    restart(ending);
    List<Gap> gaps = gaps(read("brief.chat", first));
    assertThat(gaps).hasSize(1);
    assertThat(gaps.getFirst().reason()).isEqualTo(Reason.FORGOTTEN);
    assertThat(gaps.getFirst().certain()).isFalse();
    assertThat(gaps.getFirst().to()).isGreaterThanOrEqualTo(second);
    assertThat(gaps(read("brief.chat", log("brief.chat").position()))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void theLatestOfEachKeyAndItsTombstonesAreKept(Ending ending) throws Exception {
    long old = publish("state.a", Draft.text("1").withKey("x"));
    long other = publish("state.a", Draft.text("2").withKey("y"));
    long newer = publish("state.a", Draft.text("3").withKey("x"));
    long gone = publish("state.a", Draft.tombstone("y"));
    fill("chat");
    compact();
    restart(ending);
    assertThat(offsets(read("state.a", 0))).containsExactly(newer, gone);
    assertThat(offsets(read("state.a", old))).containsExactly(newer, gone);
    assertThat(gaps(read("state.a", other))).isEmpty();
    assertThat(append("state.a", Draft.text("4").withKey("x").withIfMatch(old)))
        .isEqualTo(new Receipt.Mismatch(newer));
  }

  // ---- namespaces that change

  @Test
  void aChannelThatMovedToAnotherLogTellsItEachTime() {
    long inOs = publish("movable", "in os");
    long disk = publish("chat", "so that disk has a position");
    movable = Durability.DISK;
    restart(Ending.STOP);
    assertThat(log("movable").name()).isEqualTo("disk");
    assertMoved(disk);
    long inDisk = publish("movable", "in disk");
    assertThat(offsets(read("movable", disk))).containsExactly(inDisk);
    assertThat(gaps(read("movable", log("movable").position()))).isEmpty();
    movable = Durability.OS;
    restart(Ending.STOP);
    assertThat(log("movable").name()).isEqualTo("os");
    assertThat(offsets(read("movable", inOs - 1))).as("what was there once").isEmpty();
    assertMoved(inOs);
  }

  /// For whoever had everything up to there in the log in which the channel is now.
  private void assertMoved(long after) {
    assertThat(gaps(read("movable", after)))
        .singleElement()
        .extracting(Gap::reason)
        .isEqualTo(Reason.MOVED);
  }

  @Test
  void aChannelThatKeepsTheLatestInsteadBeginsAnewAndTellsIt() {
    long before = publish("turned", Draft.text("a").withKey("k"));
    turned = Mode.LATEST;
    restart(Ending.STOP);
    Page page = read("turned", before - 1);
    assertThat(offsets(page)).isEmpty();
    assertThat(gaps(page)).hasSize(1);
    assertThat(gaps(page).getFirst().to()).isGreaterThanOrEqualTo(before);
    long after = publish("turned", Draft.text("b").withKey("k"));
    assertThat(offsets(read("turned", log("turned").position() - 1))).containsExactly(after);
  }
}
