package dev.duet.broker;

import static dev.duet.broker.Bench.namespaces;
import static dev.duet.broker.Bench.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Retention.Mode;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// What the law says of appending and announcing.
interface AppendClauses {
  Bench open(Namespaces namespaces);

  private Bench open() {
    return open(
        namespaces(
            "state", Retention.DEFAULT.withMode(Mode.LATEST),
            "fleeting", Retention.DEFAULT.withMode(Mode.NONE),
            "short*", Retention.DEFAULT.withMaxAge(Duration.ofSeconds(10)),
            "*", Retention.DEFAULT));
  }

  @Test
  default void offsetsIncreaseOverAllChannels() {
    Bench bench = open();
    long last = bench.position("a");
    for (int i = 0; i < 50; i++) {
      long offset = bench.put(i % 3 == 0 ? "a" : "b" + i, "x");
      assertThat(offset).isGreaterThan(last);
      assertThat(bench.position("a")).isEqualTo(offset);
      last = offset;
    }
  }

  @Test
  default void whatIsReadIsWhatWasAppended() {
    Bench bench = open();
    byte[] bytes = {0, 1, -1, 13, 10};
    var full =
        new Draft(PayloadType.BYTES, bytes, "tick", "k", "ann", false, false, "id", Draft.ANY);
    long before = bench.position("a");
    long offset = bench.put("a", full);
    var one = (Publication) bench.page(Span.after("a", before)).items().getFirst();
    assertThat(one.channel()).isEqualTo("a");
    assertThat(one.offset()).isEqualTo(offset);
    assertThat(one.data()).isEqualTo(bytes);
    assertThat(one.type()).isEqualTo(PayloadType.BYTES);
    assertThat(one.event()).isEqualTo("tick");
    assertThat(one.key()).isEqualTo("k");
    assertThat(one.from()).isEqualTo("ann");
    assertThat(one.deleted()).isFalse();
    assertThat(one.end()).isFalse();
    bench.put("a", Draft.tombstone(null).withEnd(true));
    one = (Publication) bench.page(Span.after("a", offset)).items().getFirst();
    assertThat(one.key()).isNull();
    assertThat(one.event()).isNull();
    assertThat(one.from()).isNull();
    assertThat(one.deleted()).isTrue();
    assertThat(one.end()).isTrue();
  }

  @Test
  default void anAppendIsAnnouncedBeforeItIsAnswered() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("a");
    Bench.Ear second = bench.listen("a");
    var early = new ArrayList<String>();
    for (int i = 0; i < 20; i++) {
      var sent = bench.send("a", text("" + i));
      String name = "" + i;
      CompletableFuture<Void> checked =
          sent.thenAccept(
              receipt -> {
                boolean there =
                    ear.texts().contains(name)
                        && bench.position("a") >= ((Receipt.Appended) receipt).offset();
                early.addAll(there ? List.of() : List.of(name));
              });
      bench.await(checked);
    }
    assertThat(early).isEmpty();
    assertThat(ear.heard()).isEqualTo(second.heard());
    assertThat(ear.heard()).isSortedAccordingTo((a, b) -> Long.compare(a.offset(), b.offset()));
  }

  @Test
  default void aFollowerHearsNothingAfterItStopped() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("a");
    bench.put("a", "1");
    ear.stop();
    bench.put("a", "2");
    assertThat(ear.texts()).containsExactly("1");
  }

  @Test
  default void allAfterTheWatchIsAnnounced() {
    Bench bench = open();
    var ear = new Bench.Ear();
    Log.Following following = bench.log("a").follow(ear);
    bench.put("a", "before");
    Log.Watch watch = bench.await(bench.log("a").watch("a"));
    bench.await(bench.log("a").watch("a"));
    bench.log("a").unwatch("a");
    long offset = bench.put("a", "after");
    assertThat(watch.position()).isLessThan(offset);
    assertThat(following.position()).isLessThan(offset);
    assertThat(watch.endedAt()).isZero();
    assertThat(ear.texts()).contains("after").doesNotHaveDuplicates();
  }

  @Test
  default void aSecondTryIsAnsweredTheFirstOffset() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("a");
    Draft draft = text("x").withIdempotencyKey("once").withEvent("e");
    long offset = bench.put("a", draft);
    assertThat(bench.ask("a", draft)).isEqualTo(new Receipt.Appended(offset, true));
    assertThat(ear.texts()).containsExactly("x");
    assertThat(bench.info("a").count()).isEqualTo(1);
    bench.put("b", draft);
  }

  @Test
  default void theSameKeyWithSomethingElseIsAConflict() {
    Bench bench = open();
    Draft draft = text("x").withIdempotencyKey("once").withEvent("e").withKey("k");
    long offset = bench.put("a", draft);
    var others =
        List.of(
            text("y").withIdempotencyKey("once").withEvent("e").withKey("k"),
            draft.withEvent("f"),
            draft.withEvent(null),
            draft.withKey("l"),
            draft.withFrom("ann"),
            draft.withEnd(true),
            Draft.of(PayloadType.JSON, draft.data())
                .withEvent("e")
                .withKey("k")
                .withIdempotencyKey("once"),
            new Draft(draft.type(), draft.data(), "e", "k", null, true, false, "once", Draft.ANY));
    for (Draft other : others) {
      assertThat(bench.ask("a", other)).isEqualTo(new Receipt.Conflict(offset));
    }
  }

  @Test
  default void aKeyOutlivesItsRecordAndNotItsWindow() {
    Bench bench = open();
    Draft draft = text("x").withIdempotencyKey("once");
    long offset = bench.put("short", draft);
    bench.pass(Duration.ofSeconds(30));
    assertThat(bench.info("short").count()).isZero();
    assertThat(bench.ask("short", draft)).isEqualTo(new Receipt.Appended(offset, true));
    long none = bench.put("fleeting", draft);
    assertThat(bench.ask("fleeting", draft)).isEqualTo(new Receipt.Appended(none, true));
    bench.pass(Duration.ofSeconds(121));
    assertThat(bench.put("short", draft)).isGreaterThan(offset);
  }

  @Test
  default void theKeyIsDecidedBeforeTheEndAndThatBeforeIfMatch() {
    Bench bench = open();
    Draft draft = text("x").withIdempotencyKey("once").withIfMatch(0);
    long offset = bench.put("a", draft);
    assertThat(bench.ask("a", draft)).isEqualTo(new Receipt.Appended(offset, true));
    long end = bench.put("a", text("y").withEnd(true));
    assertThat(bench.ask("a", draft)).isEqualTo(new Receipt.Appended(offset, true));
    assertThat(bench.ask("a", text("z").withIdempotencyKey("once")))
        .isEqualTo(new Receipt.Conflict(offset));
    assertThat(bench.ask("a", text("z").withIfMatch(1))).isEqualTo(new Receipt.Ended(end));
  }

  @Test
  default void ifMatchIsEqualityWithTheLastOffsetOfTheChannel() {
    Bench bench = open();
    assertThat(bench.ask("a", text("x").withIfMatch(7))).isEqualTo(new Receipt.Mismatch(0));
    long first = bench.put("a", text("x").withIfMatch(0));
    assertThat(bench.ask("a", text("y").withIfMatch(0))).isEqualTo(new Receipt.Mismatch(first));
    long second = bench.put("a", text("y").withIfMatch(first));
    assertThat(bench.ask("a", text("z").withIfMatch(first)))
        .isEqualTo(new Receipt.Mismatch(second));
    bench.put("b", "other");
    bench.put("a", text("z").withIfMatch(second));
    bench.put("fleeting", text("x").withIfMatch(0));
    bench.put("fleeting", text("x").withIfMatch(0));
  }

  @Test
  default void ifMatchWithAKeyIsOfTheKey() {
    Bench bench = open();
    long a = bench.put("state", text("x").withKey("a").withIfMatch(0));
    long b = bench.put("state", text("x").withKey("b").withIfMatch(0));
    assertThat(bench.ask("state", text("y").withKey("a").withIfMatch(b)))
        .isEqualTo(new Receipt.Mismatch(a));
    long a2 = bench.put("state", text("y").withKey("a").withIfMatch(a));
    assertThat(bench.ask("state", text("y").withIfMatch(b))).isEqualTo(new Receipt.Mismatch(a2));
    bench.put("state", text("y").withIfMatch(a2));
  }

  @Test
  default void anEndedChannelRefusesUntilItIsForgotten() {
    Bench bench = open();
    bench.put("short", "1");
    long end = bench.put("short", text("2").withEnd(true));
    assertThat(bench.ask("short", text("3"))).isEqualTo(new Receipt.Ended(end));
    assertThat(bench.info("short").endedAt()).isEqualTo(end);
    assertThat(bench.await(bench.log("short").watch("short")).endedAt()).isEqualTo(end);
    assertThat(bench.page(Span.after("short", 0)).ended()).containsExactly("short");
    bench.pass(Duration.ofSeconds(30));
    assertThat(bench.info("short").endedAt()).isZero();
    assertThat(bench.page(Span.after("short", end)).ended()).isEmpty();
    bench.put("short", "new");
    assertThat(bench.texts("short", end)).containsExactly("new");
    assertThat(bench.texts("short", end - 1)).containsExactly("gap?", "new");
  }

  @Test
  default void afterItIsClosedAppendsFail() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("a");
    bench.put("a", "1");
    bench.broker().close();
    assertThat(bench.ask("a", text("2"))).isInstanceOf(Receipt.Failed.class);
    assertThat(ear.texts()).containsExactly("1");
  }
}
