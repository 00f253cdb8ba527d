package dev.duet.broker;

import static dev.duet.broker.Bench.namespaces;
import static dev.duet.broker.Bench.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Retention.Mode;
import dev.duet.protocol.Draft;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the law says of the time between append and commit, for a broker whose commits a test can
/// hold back and make fail.
public abstract class CommitContract {
  private static final Retention KEEP = Retention.DEFAULT.withMaxAge(Duration.ofSeconds(10));
  private static final Namespaces NAMESPACES =
      namespaces(
          "few", KEEP.withMaxCount(2),
          "state", KEEP.withMode(Mode.LATEST).withMaxCount(3),
          "none", KEEP.withMode(Mode.NONE),
          "*", KEEP);

  private final Held held = open(NAMESPACES);
  private final Bench bench = held.bench();
  private final Bench.Ear ear = listen();

  /// A broker of one log that commits only what it is told to.
  public interface Held {
    /// Its `settle` commits everything.
    Bench bench();

    /// Commits the oldest appends, at most `count`.
    void commit(int count);

    /// Makes the commit of everything that waits fail.
    void fail();
  }

  /// Opens an empty one.
  protected abstract Held open(Namespaces namespaces);

  private Bench.Ear listen() {
    for (String channel : new String[] {"few", "state", "none", "b"}) {
      bench.await(bench.log(channel).watch(channel));
    }
    return bench.listen("a");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private static Receipt appended(long offset) {
    return new Receipt.Appended(offset, false);
  }

  private static long offset(CompletableFuture<Receipt> stage) {
    assertThat(stage).isDone();
    return ((Receipt.Appended) stage.join()).offset();
  }

  private static void assertFailed(CompletableFuture<Receipt> stage) {
    assertThat(stage).isDone();
    assertThat(stage.join()).isInstanceOf(Receipt.Failed.class);
  }

  /// What can be seen of a log.
  private Object seen() {
    long position = bench.position("a");
    return java.util.List.of(
        position,
        ear.texts(),
        bench.log("a").info("a").toCompletableFuture().join(),
        bench.log("a").info("state").toCompletableFuture().join(),
        bench.log("a").info("few").toCompletableFuture().join(),
        read("a"),
        read("few"),
        read("state"));
  }

  private Object read(String channel) {
    return bench
        .log(channel)
        .read(
            ReadRequest.forwards(
                java.util.List.of(Span.after(channel, 0)),
                bench.position(channel),
                Bench.ALL,
                Bench.ALL))
        .toCompletableFuture()
        .join();
  }

  @Test
  void whatIsNotCommittedIsNotSeen() {
    bench.put("a", "1");
    bench.putKey("state", "k", "1");
    Object before = seen();
    var first = bench.send("a", text("2"));
    var second = bench.send("state", text("2").withKey("k"));
    bench.send("few", text("3").withEnd(true));
    assertThat(seen()).isEqualTo(before);
    assertThat(first).isNotDone();
    held.commit(1);
    assertThat(first).isDone();
    assertThat(second).isNotDone();
    assertThat(bench.position("a")).isEqualTo(offset(first));
    assertThat(ear.texts()).containsExactly("1", "1", "2");
    held.commit(9);
    assertThat(ear.texts()).containsExactly("1", "1", "2", "2", "3");
  }

  @Test
  void aFailedCommitLeavesNothing() {
    bench.put("a", "1");
    bench.putKey("state", "k", "1");
    Object before = seen();
    var sent =
        java.util.List.of(
            bench.send("a", text("2")),
            bench.send("a", text("3").withIdempotencyKey("id").withEnd(true)),
            bench.send("state", text("2").withKey("k")),
            bench.send("state", Draft.tombstone("l")),
            bench.send("none", text("4").withEnd(true)));
    held.fail();
    sent.forEach(CommitContract::assertFailed);
    assertThat(seen()).isEqualTo(before);
    bench.put("a", text("5").withIdempotencyKey("id"));
    bench.put("state", text("6").withKey("l").withIfMatch(0));
  }

  @Test
  void whatWasCommittedBeforeAFailureStays() {
    var first = bench.send("a", text("1").withIdempotencyKey("id"));
    var second = bench.send("a", text("2").withEnd(true));
    held.commit(1);
    Object before = seen();
    held.fail();
    assertThat(first.join()).isInstanceOf(Receipt.Appended.class);
    assertFailed(second);
    assertThat(seen()).isEqualTo(before);
    assertThat(bench.ask("a", text("1").withIdempotencyKey("id")))
        .isEqualTo(new Receipt.Appended(offset(first), true));
    bench.put("a", text("3").withIfMatch(offset(first)));
  }

  @Test
  void theOffsetsOfWhatFailedAreNotUsedAgain() {
    bench.put("a", "1");
    var waits = bench.send("a", text("2").withIdempotencyKey("id"));
    var conflict = bench.send("a", text("other").withIdempotencyKey("id"));
    var mismatch = bench.send("a", text("3").withIfMatch(0));
    held.fail();
    assertFailed(waits);
    assertFailed(conflict);
    assertFailed(mismatch);
    long next = bench.put("a", "4");
    var known = bench.send("a", text("5"));
    held.commit(1);
    assertThat(offset(known)).isGreaterThan(next);
  }

  private void restsOnAnAppend(
      Draft first, Supplier<CompletableFuture<Receipt>> second, Class<? extends Receipt> answer) {
    for (boolean fails : new boolean[] {true, false}) {
      var waits = bench.send("a", first);
      var rests = second.get();
      assertThat(rests).isNotDone();
      if (fails) {
        held.fail();
        assertFailed(waits);
        assertFailed(rests);
      } else {
        held.commit(1);
        assertThat(waits).isDone();
        assertThat(rests).isDone();
        assertThat(rests.join()).isInstanceOf(answer);
        assertThat(rests.join().toString()).contains(Long.toString(offset(waits)));
        assertThat(bench.info("a").count()).isEqualTo(1);
      }
    }
  }

  @Test
  void aDuplicateWaitsForTheFirst() {
    Draft draft = text("1").withIdempotencyKey("id");
    restsOnAnAppend(draft, () -> bench.send("a", draft), Receipt.Appended.class);
  }

  @Test
  void aConflictWaitsForTheFirst() {
    Draft draft = text("1").withIdempotencyKey("id");
    Draft other = text("2").withIdempotencyKey("id");
    restsOnAnAppend(draft, () -> bench.send("a", other), Receipt.Conflict.class);
  }

  @Test
  void aRefusalAfterTheEndWaitsForTheEnd() {
    restsOnAnAppend(text("1").withEnd(true), () -> bench.send("a", text("2")), Receipt.Ended.class);
  }

  @Test
  void aMismatchWaitsForWhatItRestsOn() {
    restsOnAnAppend(
        text("1"), () -> bench.send("a", text("2").withIfMatch(0)), Receipt.Mismatch.class);
  }

  @Test
  void aMismatchOfAKeyRestsOnThatKeyAlone() {
    long a = bench.putKey("state", "a", "1");
    var b = bench.send("state", text("1").withKey("b"));
    var wrong = bench.send("state", text("2").withKey("a").withIfMatch(0));
    assertThat(wrong.join()).isEqualTo(new Receipt.Mismatch(a));
    var right = bench.send("state", text("2").withKey("a").withIfMatch(a));
    var late = bench.send("state", text("3").withKey("a").withIfMatch(a));
    assertThat(late).isNotDone();
    held.commit(2);
    assertThat(b).isDone();
    assertThat(late.join()).isEqualTo(new Receipt.Mismatch(offset(right)));
  }

  @Test
  void noneForgetsAtCommit() {
    var first = bench.send("none", text("1").withEnd(true));
    held.commit(1);
    var second = bench.send("none", text("2").withIfMatch(0));
    held.commit(1);
    assertThat(offset(second)).isGreaterThan(offset(first));
  }

  @Test
  void retentionActsAtCommit() {
    long first = bench.put("few", "1");
    bench.put("few", "2");
    var third = bench.send("few", text("3"));
    var fourth = bench.send("few", text("4"));
    assertThat(bench.log("few").info("few").toCompletableFuture().join().horizon()).isZero();
    held.commit(1);
    assertThat(third.join()).isEqualTo(appended(offset(third)));
    assertThat(bench.log("few").info("few").toCompletableFuture().join().horizon())
        .isEqualTo(first);
    held.fail();
    assertFailed(fourth);
    assertThat(bench.held("few")).containsExactly("2", "3");
  }

  @Test
  void overwritingActsAtCommit() {
    bench.putKey("state", "a", "1");
    bench.send("state", text("2").withKey("a"));
    bench.send("state", Draft.tombstone("a"));
    held.commit(1);
    held.fail();
    assertThat(bench.held("state")).containsExactly("2");
    assertThat(bench.info("state").count()).isEqualTo(1);
  }

  @Test
  void aTombstoneOfTheLogsOwnWaitsAndFailsLikeAnyAppend() {
    for (String key : new String[] {"a", "b", "c"}) {
      bench.putKey("state", key, key);
    }
    bench.send("state", text("d").withKey("d"));
    held.commit(1);
    assertThat(ear.texts()).containsExactly("a", "b", "c", "d");
    held.fail();
    assertThat(bench.held("state")).containsExactly("a", "b", "c", "d");
    bench.putKey("state", "b", "b2");
    assertThat(ear.texts()).containsExactly("a", "b", "c", "d", "b2", "-a");
    assertThat(bench.held("state")).containsExactly("c", "d", "b2");
  }

  @Test
  void afterAPendingEndTheLogWritesNoTombstone() {
    bench.putKey("state", "a", "1");
    var end = bench.send("state", text("2").withKey("b").withEnd(true));
    var trim = bench.log("state").trim("state", bench.position("state"));
    assertThat(trim.toCompletableFuture()).isNotDone();
    held.commit(1);
    assertThat(end).isDone();
    assertThat(bench.await(trim).count()).isEqualTo(1);
    assertThat(ear.texts()).containsExactly("1", "2");
  }

  private CompletableFuture<Log.ChannelInfo> trimState() {
    return bench.log("state").trim("state", bench.position("state")).toCompletableFuture();
  }

  private static void assertNotCommitted(CompletableFuture<?> stage) {
    assertThat(stage).failsWithin(Duration.ZERO);
    assertThat(stage.exceptionNow()).isInstanceOf(NotCommittedException.class);
  }

  /// The publication takes the key's place, so the trim writes no tombstone for it.
  @Test
  void aTrimWaitsForWhatIsUnderWayForItsKeys() {
    bench.putKey("state", "a", "1");
    bench.putKey("state", "b", "1");
    bench.send("state", text("2").withKey("a"));
    var trim = trimState();
    bench.send("state", text("3").withKey("a"));
    held.commit(1);
    assertThat(trim).isNotDone();
    assertThat(bench.held("state")).containsExactly("-b", "3");
    assertThat(trim.join().count()).isEqualTo(2);
    assertThat(ear.texts()).containsExactly("1", "1", "2", "-b", "3");
  }

  @Test
  void aTrimFailsWithThePublicationThatItWaitedFor() {
    bench.putKey("state", "a", "1");
    bench.send("state", text("2").withKey("a"));
    var trim = trimState();
    assertThat(trim).isNotDone();
    held.fail();
    assertNotCommitted(trim);
    assertThat(bench.held("state")).containsExactly("1");
    assertThat(bench.await(trimState()).count()).isEqualTo(1);
    assertThat(bench.held("state")).containsExactly("-a");
  }

  @Test
  void aTrimFailsWithItsTombstones() {
    bench.putKey("state", "a", "1");
    bench.putKey("state", "b", "1");
    var first = trimState();
    var second = trimState();
    held.commit(1);
    held.fail();
    assertNotCommitted(first);
    assertNotCommitted(second);
    assertThat(bench.held("state")).containsAnyOf("-a", "-b").hasSize(2).contains("1");
    bench.await(trimState());
    assertThat(bench.held("state")).doesNotContain("1");
  }

  @Test
  void aTrimWaitsForTheTombstonesOfAnother() {
    bench.putKey("state", "a", "1");
    var first = trimState();
    var second = trimState();
    assertThat(second).isNotDone();
    held.commit(1);
    assertThat(first).isDone();
    assertThat(second).isDone();
    assertThat(ear.texts()).containsExactly("1", "-a");
  }
}
