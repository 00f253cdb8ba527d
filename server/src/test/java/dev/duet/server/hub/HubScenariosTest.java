package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Schedules that broke a design or a version of the hub, each with its story: too narrow for the
/// simulation to meet in every run.
final class HubScenariosTest {
  private final Scene scene = new Scene();

  @AfterEach
  void close() {
    scene.close();
  }

  /// The newest step of a loop is not where the loop stands: it also takes publications of channels
  /// that nobody reads here. Whoever becomes live after such a one, while a walk is under way, must
  /// not fall back to the step when the loop is lapped.
  @Test
  void whoeverBecomesLiveInTheMiddleOfAWalkStaysWhereItIsWhenTheLoopIsLapped() {
    scene.start(4, 1);
    for (int i = 0; i < 40; i++) {
      var unused = scene.new Reader("f", null);
    }
    scene.run();
    scene.publish("f", 1);
    scene.thread.runOne();
    scene.publish("x", 2);
    scene.thread.runOne();
    var reader = scene.new Reader("x", null);
    for (int i = 0; i < 30 && reader.admission == null; i++) {
      scene.thread.runOne();
    }
    for (int i = 0; i < 4; i++) {
      scene.thread.runOne();
    }
    assertThat(scene.loop.order().w())
        .as("the walk over f is under way")
        .isLessThan(scene.loop.order().last());

    for (int number = 3; number < 20; number++) {
      scene.publish("x", number);
    }
    scene.run();

    assertThat(reader.numbers()).startsWith(3L).doesNotHaveDuplicates().hasSize(17);
  }

  /// A channel that keeps nothing is read from the ring alone, one that keeps history from the log
  /// where the ring does not reach: both in one stream, of which only the first was watched for
  /// long.
  @Test
  void aStreamOfAKeptAndAnUnkeptChannelGetsBothWhereTheRingBegan() {
    scene.start(64, 8);
    var watching = scene.new Reader("none.a", null);
    scene.run();
    Cursor before = scene.hub.now();
    scene.publish("kept", 1);
    scene.publish("none.a", 2);
    scene.run();
    var both = scene.new Reader("kept,none.a", before);
    scene.run();

    assertThat(both.numbers()).containsExactly(1L, 2L);
    assertThat(watching.numbers()).containsExactly(2L);
    assertThat(scene.thread.runOne()).as("the loop rests").isFalse();
  }

  /// A poll reads the log while a publication comes: it must not sleep until the next one.
  @Test
  void aPollDoesNotSleepOverWhatCameWhileItRead() {
    scene.publish("h", 1);
    scene.start(2, 8);
    scene.publish("h", 2);
    scene.publish("other", 3);
    scene.publish("other", 4);
    scene.publish("other", 5);
    Cursor after = scene.hub.now();
    var answer =
        scene.loop.page(
            new PageRequest(
                List.of("h"),
                after,
                Start.NOW,
                false,
                10,
                1 << 20,
                Duration.ofHours(1).toNanos(),
                0));
    for (int tasks = 0; tasks < 3; tasks++) {
      scene.thread.runOne();
    }
    scene.publish("h", 6);
    scene.run();

    assertThat(answer).isCompleted();
    assertThat(answer.join().publications()).hasSize(1);
  }

  /// Whoever trims a channel does not expect the ring to give out what the log no longer holds.
  @Test
  void whatWasTrimmedIsNotGivenOutByTheRing() {
    scene.start(64, 8);
    Cursor before = scene.hub.now();
    scene.publish("h", 1);
    scene.publish("h", 2);
    scene.broker.logs().getFirst().trim("h", scene.hub.now().positions().getFirst().offset());
    scene.publish("h", 3);
    var reader = scene.new Reader("h", before);
    scene.run();

    assertThat(reader.numbers()).containsExactly(3L);
    assertThat(reader.toldOfGap()).isTrue();
  }

  /// A poll that nobody waits for any more leaves at once.
  @Test
  void aCancelledPollIsNotKept() {
    scene.start(64, 8);
    var answer =
        scene.loop.page(
            new PageRequest(
                List.of("h"),
                null,
                Start.NOW,
                false,
                10,
                1 << 20,
                Duration.ofHours(1).toNanos(),
                0));
    scene.run();
    assertThat(scene.loop.isIdle()).isFalse();

    answer.cancel(false);

    assertThat(scene.loop.isIdle()).isTrue();
  }

  /// The same where the ring holds the end of the range only: what it has of the unkept channel is
  /// delivered, so the page of the kept one goes no further than where the ring begins.
  @Test
  void whatTheRingHasOfAnUnkeptChannelIsNotPassedByAPage() {
    Cursor before = scene.at(scene.broker.logs().getFirst().position());
    scene.publish("kept", 1);
    scene.start(64, 8);
    scene.publish("none.a", 2);
    scene.publish("kept", 3);
    var both = scene.new Reader("kept,none.a", before);
    scene.run();

    assertThat(both.numbers()).containsExactly(1L, 2L, 3L);
  }

  /// Two readers of one channel are due the same publications in the same turn, and stand
  /// differently: one has come with a cursor of the log's past id and is in the middle of the state
  /// that follows the break. What they share must not be the other's cursors.
  @Test
  void whoeverIsInTheMiddleOfAStateSharesNoCursorWithOthers() {
    scene.start(64, 8, 1);
    var offsets = new ArrayList<Long>();
    for (int number = 1; number <= 3; number++) {
      offsets.add(scene.publish("latest.a", Scene.draft(number).withKey("k" + number)));
    }
    String past = scene.broker.logs().getFirst().ids().current();
    scene.broker.rename(0, "fresh", offsets.getLast());
    var steady = scene.new Reader("latest.a", scene.at(offsets.getFirst()), Start.NOW, 0, false);
    scene.run();
    var returning = scene.new Reader("latest.a", Scene.at(past, offsets.getLast()));
    while (!returning.outlet.unflushed()) {
      assertThat(scene.thread.runOne()).as("the first page comes").isTrue();
    }
    steady.begin();
    scene.run();

    assertThat(returning.numbers()).containsExactly(1L, 2L, 3L);
    assertThat(returning.cursorOf(2)).isEqualTo(Scene.at(past, offsets.get(2)).toString());
    assertThat(steady.numbers()).containsExactly(2L, 3L);
    assertThat(steady.cursorOf(2)).isEqualTo(scene.at(offsets.get(1)).toString());
    assertThat(steady.cursorOf(3)).isEqualTo(scene.at(offsets.get(2)).toString());
  }

  /// The state of one channel comes again behind a gap, while another channel of the stream is
  /// further: the cursor of what comes again must not lead back to before what the reader has.
  @Test
  void whoeverIsCutInTheMiddleOfAStateGetsNothingOfOtherChannelsAgain() {
    scene.start(64, 8, 1);
    scene.publish("latest.a", Scene.draft(1).withKey("k1"));
    scene.publish("h", 2);
    long had = scene.publish("latest.a", Scene.draft(3).withKey("k3"));
    scene.publish("h", 4);
    String past = scene.broker.logs().getFirst().ids().current();
    scene.broker.rename(0, "fresh", scene.broker.logs().getFirst().position());
    var first = scene.new Reader("h,latest.a", Scene.at(past, had));
    scene.run();
    assertThat(first.numbers()).containsExactly(1L, 3L, 4L);

    var second = scene.new Reader("h,latest.a", Cursor.parse(first.cursorOf(1)));
    scene.run();

    assertThat(second.numbers()).as("not the second").containsExactly(1L, 3L, 4L);
  }

  /// The end of a channel is among what a loop missed: whoever returns with all of it is refused
  /// all the same.
  @Test
  void anEndThatALoopWasLappedByIsKnownToWhoeverReturns() {
    scene.start(4, 8);
    var staying = scene.new Reader("h,other", null);
    scene.run();
    scene.publish("h", Scene.draft(1).withEnd(true));
    for (int number = 2; number < 20; number++) {
      scene.publish("x", number);
    }
    scene.publish("other", 20);
    scene.run();
    assertThat(staying.numbers()).contains(1L, 20L);

    var returning = scene.new Reader("h", scene.hub.now());
    scene.run();

    assertThat(returning.admission.verdict()).isEqualTo(Admission.Verdict.ENDED);
  }

  /// A reader has everything of a channel that has ended. It was let in, and before its stream
  /// begins its loop is lapped in another log, so that the loop no longer knows of the end.
  @Test
  void aLapBetweenAdmissionAndBeginForgetsNoEnd() {
    try (var two = new Scene(List.of("one", "two"))) {
      two.start(4, 8);
      two.publish("h", Scene.draft(1).withEnd(true));
      var reader = two.new Reader("Other,h", two.hub.now(), Start.NOW, 0, false);
      two.run();
      assertThat(reader.admission.verdict()).isEqualTo(Admission.Verdict.READY);
      for (int number = 2; number < 20; number++) {
        two.publish("X", number);
      }
      two.publish("Other", 20);
      two.run();

      reader.begin();
      two.run();

      assertThat(reader.messages()).extracting(SimParser.Message::event).contains("duet.end");
      assertThat(reader.numbers()).containsExactly(20L);
    }
  }

  /// The log is asked whether a channel has ended; before its answer has come back to the loop the
  /// channel ends and the loop is lapped. The answer is old.
  @Test
  void anAnswerFromBeforeALapIsNotBelieved() {
    scene.start(4, 8);
    var first = scene.new Reader("h,other", null);
    scene.publish("h", Scene.draft(1).withEnd(true));
    for (int number = 2; number < 20; number++) {
      scene.publish("x", number);
    }
    scene.loop.wake();
    scene.loop.take();
    scene.run();
    assertThat(first.admission.verdict()).isEqualTo(Admission.Verdict.READY);

    assertThat(first.messages()).extracting(SimParser.Message::event).contains("duet.end");
  }
}
