package dev.duet.broker.memory;

import static dev.duet.broker.Bench.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Bench;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.commit.Holes;
import dev.duet.broker.commit.IdempotencyWindow;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// What the log in memory does beyond the contract: its clocks, its own bounds, its holes.
class MemoryLogTest {
  private static final Retention BASE = Retention.DEFAULT.withMaxAge(Duration.ofSeconds(60));
  private static final Namespaces NAMESPACES =
      Bench.namespaces("state*", BASE.withMode(Mode.LATEST), "*", BASE);

  private final ManualClocks clocks = new ManualClocks();

  private Bench open(UnaryOperator<MemorySettings> change) {
    var settings = MemorySettings.of(NAMESPACES).withClocks(clocks.wall(), clocks::nanos);
    var broker = new MemoryBroker(change.apply(settings));
    return new Bench(
        broker,
        time -> {
          clocks.advance(time);
          while (broker.tick()) {}
        },
        () -> {});
  }

  private Bench open() {
    return open(settings -> settings);
  }

  @Test
  void offsetsAreMicrosecondsThatNeverGoBack() {
    Bench bench = open();
    assertThat(bench.position("a")).isEqualTo(clocks.millis() * 1_000);
    clocks.advance(Duration.ofSeconds(1));
    long first = bench.put("a", "1");
    assertThat(first).isEqualTo(clocks.millis() * 1_000);
    clocks.jump(Duration.ofHours(-1));
    assertThat(bench.put("a", "2")).isEqualTo(first + 1);
    var second = (Publication) bench.page(Span.after("a", first)).items().getFirst();
    assertThat(second.time()).isEqualTo(clocks.millis());
  }

  @Test
  void eachLogHasAnIdOfItsOwn() {
    Bench bench = open(s -> s.withLogs(List.of("one", "two"), channel -> channel.length() % 2));
    String one = bench.broker().logs().get(0).ids().current();
    String two = bench.broker().logs().get(1).ids().current();
    assertThat(Cursor.isLogId(one) && Cursor.isLogId(two)).isTrue();
    assertThat(one).isNotEqualTo(two);
    assertThat(bench.log("a").name()).isEqualTo("two");
    bench.put("a", "x");
    assertThat(bench.log("bb").info("a").toCompletableFuture().join().count()).isZero();
  }

  @Test
  void aJumpOfTheWallClockExpiresNothing() {
    Bench bench = open();
    bench.put("a", "1");
    clocks.jump(Duration.ofHours(3));
    bench.pass(Duration.ofSeconds(20));
    bench.put("a", "2");
    clocks.jump(Duration.ofHours(-9));
    bench.pass(Duration.ofSeconds(20));
    bench.put("a", "3");
    bench.pass(Duration.ofSeconds(15));
    assertThat(bench.held("a")).containsExactly("1", "2", "3");
    bench.pass(Duration.ofSeconds(10));
    assertThat(bench.held("a")).containsExactly("2", "3");
    bench.pass(Duration.ofSeconds(20));
    assertThat(bench.held("a")).containsExactly("3");
    bench.pass(Duration.ofSeconds(20));
    assertThat(bench.held("a")).isEmpty();
  }

  @Test
  void manyJumpsOfTheClockAreJoinedAndKeepLonger() {
    Bench bench = open();
    for (int i = 0; i < 3_000; i++) {
      clocks.jump(Duration.ofSeconds(i % 2 == 0 ? 7 : -3));
      bench.put("a", "x");
      bench.trim("a", bench.position("a") - 1);
    }
    bench.put("b", "kept");
    bench.pass(Duration.ofSeconds(59));
    assertThat(bench.held("b")).containsExactly("kept");
    bench.pass(Duration.ofSeconds(2));
    assertThat(bench.held("b")).isEmpty();
  }

  @Test
  void sinceFindsTheFirstAlsoWhereTheClockWentBack() {
    Bench bench = open();
    long began = clocks.millis();
    bench.put("a", "0");
    clocks.advance(Duration.ofSeconds(10));
    bench.put("a", "10");
    clocks.jump(Duration.ofSeconds(-8));
    bench.put("a", "2");
    clocks.advance(Duration.ofSeconds(10));
    bench.put("a", "12");
    assertThat(since(bench, began + 1_000)).containsExactly("10", "2", "12");
    assertThat(since(bench, began + 11_000)).containsExactly("12");
  }

  private static List<String> since(Bench bench, long time) {
    Span span = bench.start("a", new Start.Since(time), bench.position("a"));
    return Bench.texts(bench.page(span).items());
  }

  @Test
  void keysBeyondTheMostAreForgotten() {
    Bench bench = open(settings -> settings.withKeys(3, Duration.ofMinutes(2)));
    for (int i = 0; i < 5; i++) {
      bench.put("a", text("x").withIdempotencyKey("k" + i));
    }
    for (int i = 2; i < 5; i++) {
      assertThat(bench.ask("a", text("x").withIdempotencyKey("k" + i)))
          .isEqualTo(new Receipt.Appended(bench.info("a").tail() - 4 + i, true));
    }
    bench.put("a", text("x").withIdempotencyKey("k0"));
  }

  @Test
  void theBoundOfTheLogTakesHistoryFirst() {
    Bench bench = open(settings -> settings.withMaxBytes(40_000));
    bench.putKey("state", "k", "x".repeat(8_000));
    bench.put("old", "x".repeat(8_000));
    bench.put("young", "x".repeat(8_000));
    bench.put("old", "x".repeat(8_000));
    long before = bench.position("a");
    bench.put("young", "x".repeat(8_000));
    assertThat(bench.info("old").count()).isEqualTo(1);
    assertThat(bench.info("young").count()).isEqualTo(2);
    assertThat(bench.info("state").count()).isEqualTo(1);
    bench.put("new", "x".repeat(20_000));
    assertThat(bench.info("old").count()).isZero();
    assertThat(bench.info("young").count()).isEqualTo(1);
    assertThat(bench.texts("old", 0)).containsExactly("gap?");
    assertThat(bench.texts("young", before)).containsExactly("x".repeat(8_000));
  }

  @Test
  void thenItTakesKeysByTombstones() {
    Bench bench = open(settings -> settings.withMaxBytes(40_000));
    Bench.Ear ear = bench.listen("state");
    for (int i = 0; i < 6; i++) {
      bench.putKey("state" + i % 2, "k" + i, "x".repeat(8_000));
    }
    assertThat(ear.texts()).filteredOn(text -> text.startsWith("-")).containsExactly("-k0", "-k1");
    assertThat(bench.held("state0").getLast()).as("there is room for it").isEqualTo("-k0");
    assertThat(bench.info("state0").horizon()).isZero();
    for (int i = 0; i < 500; i++) {
      bench.putKey("state" + i, "k", "y");
      bench.put("short" + i, "y");
    }
    assertThat(bench.held("state499")).containsExactly("y");
    assertThat(bench.texts("state0", 0).getFirst()).isEqualTo("gap?*");
  }

  @Test
  void onePublicationThatIsLargerThanTheLogIsAnnouncedAndGone() {
    Bench bench = open(settings -> settings.withMaxBytes(4_000));
    Bench.Ear ear = bench.listen("a");
    long before = bench.position("a");
    bench.put("a", "x".repeat(5_000));
    assertThat(ear.heard()).hasSize(1);
    assertThat(bench.texts("a", before)).containsExactly("gap?");
  }

  @Test
  void busyIsForWhatIsUnderWay() {
    var broker =
        new LateBroker(
            NAMESPACES, List.of("memory"), channel -> 0, 1, s -> s.withPending(3, 10_000));
    var log = broker.logs().getFirst();
    Draft draft = text("x").withIdempotencyKey("id");
    var first = log.append("a", draft).toCompletableFuture();
    assertThat(now(log.append("a", text("x".repeat(20_000))))).isInstanceOf(Receipt.Busy.class);
    log.append("a", text("x".repeat(9_900)));
    assertThat(now(log.append("a", text("x")))).isInstanceOf(Receipt.Busy.class);
    assertThat(log.append("a", draft).toCompletableFuture()).isNotDone();
    broker.commitAll();
    assertThat(first).isDone();
    for (int i = 0; i < 3; i++) {
      assertThat(log.append("a", text("x")).toCompletableFuture()).isNotDone();
    }
    assertThat(now(log.append("a", text("x")))).isInstanceOf(Receipt.Busy.class);
    broker.commit(0, 1);
    assertThat(log.append("a", text("x")).toCompletableFuture()).isNotDone();
  }

  private static Receipt now(CompletionStage<Receipt> stage) {
    assertThat(stage.toCompletableFuture()).isDone();
    return stage.toCompletableFuture().join();
  }

  @Test
  void theServersOwnChannelsKeepTheLatestPerKey() {
    Bench bench = open();
    bench.putKey("orders~presence", "ann", "1");
    bench.putKey("orders~presence", "ann", "2");
    assertThat(bench.texts("orders~presence", 0)).containsExactly("2");
  }

  @Test
  void aSweepIsBoundedAndComesToAnEnd() {
    var broker =
        new LateBroker(
            NAMESPACES, List.of("memory"), channel -> 0, 1, settings -> settings.withSweep(10));
    for (int i = 0; i < 25; i++) {
      broker.logs().getFirst().append("h" + i, text("x"));
      broker.logs().getFirst().append("state" + i, text("x"));
    }
    broker.commitAll();
    broker.advance(Duration.ofSeconds(61));
    assertThat(broker.tick()).isTrue();
    assertThat(broker.pending(0)).isEqualTo(10);
    assertThat(broker.tick()).as("nothing to do before those are committed").isFalse();
    broker.commitAll();
    int sweeps = 0;
    while (broker.tick()) {
      broker.commitAll();
      sweeps++;
    }
    broker.commitAll();
    assertThat(sweeps).isBetween(3, 6);
    broker.advance(Duration.ofSeconds(61));
    while (broker.tick()) {}
    assertThat(broker.channels(0)).isZero();
  }

  @Test
  void aHoleOfAStateIsAGapWithState() {
    var broker = new LateBroker(NAMESPACES);
    var bench = new Bench(broker, broker::advance, broker::commitAll);
    bench.putKey("state", "a", "a1");
    long from = bench.put("h", "1");
    long to = bench.putKey("state", "a", "a2");
    long last = bench.putKey("state", "b", "b1");
    broker.damage(0, from, to);
    assertThat(bench.page(Span.after("state", from)).items().getFirst())
        .isEqualTo(new Gap("state", from, to, Gap.Reason.HOLE, false, true));
    assertThat(bench.texts("state", from)).containsExactly("gap?*", "b1");
    assertThat(bench.texts("state", to)).containsExactly("b1");
    assertThat(bench.held("state")).containsExactly("b1");
    assertThat(bench.texts("h", 0)).containsExactly("1", "gap?");
    assertThat(bench.texts("h", last)).isEmpty();
  }

  @Test
  void holesThatTouchAreOne() {
    var holes = new Holes();
    holes.add(10, 20);
    holes.add(40, 50);
    holes.add(1, 2);
    holes.add(20, 30);
    assertThat(holes.within(0, 100))
        .containsExactly(new Holes.Hole(1, 2), new Holes.Hole(10, 30), new Holes.Hole(40, 50));
    holes.add(2, 45);
    assertThat(holes.within(0, 100)).containsExactly(new Holes.Hole(1, 50));
    assertThat(holes.within(50, 100)).isEmpty();
    assertThat(holes.within(0, 1)).isEmpty();
  }

  @Test
  void keysWithTheSameHashStayFast() {
    var window = new IdempotencyWindow(Long.MAX_VALUE, 1_000_000);
    var keys = new ArrayList<String>();
    keys.add("");
    for (int i = 0; i < 15; i++) {
      var longer = new ArrayList<String>();
      keys.forEach(key -> longer.addAll(List.of(key + "Aa", key + "BB")));
      keys.clear();
      keys.addAll(longer);
    }
    for (String key : keys) {
      window.add(new IdempotencyWindow.Entry("a", key, 0, 1, 0));
    }
    assertThat(window.size()).isEqualTo(1 << 15);
    assertThat(keys).allMatch(key -> window.find("a", key, 0) != null);
  }
}
