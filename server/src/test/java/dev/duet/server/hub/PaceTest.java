package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Readers who set their own pace, and what is left out for whoever is behind on a channel that
/// keeps the latest per key.
final class PaceTest {
  private static final long PACE = Duration.ofMillis(500).toNanos();

  private final Scene scene = new Scene();

  @BeforeEach
  void start() {
    scene.start(4_096, 64);
  }

  @AfterEach
  void close() {
    scene.close();
  }

  private Scene.Reader paced(String channels, Cursor cursor) {
    Scene.Reader reader = scene.new Reader(channels, cursor, Start.NOW, PACE, true);
    scene.run();
    return reader;
  }

  private Draft keyed(int number) {
    return Scene.draft(number).withKey("k" + number % 3);
  }

  @Test
  void onHistoryWhatCameInBetweenComesAtOnceAndNothingIsLeftOut() {
    var reader = paced("h", null);
    scene.publish("h", 0);
    scene.run();
    assertThat(reader.numbers()).as("the first comes at once").containsExactly(0L);
    var sizes = new ArrayList<Integer>();
    for (int number = 1; number <= 100; number++) {
      scene.publish("h", number);
      scene.pass(Duration.ofMillis(10));
      sizes.add(reader.numbers().size());
    }
    scene.pass(Duration.ofSeconds(1));

    assertThat(reader.numbers()).isEqualTo(LongStream.rangeClosed(0, 100).boxed().toList());
    assertThat(sizes.stream().distinct().count()).as("deliveries in a second").isLessThan(5);
  }

  @Test
  void onLatestOnlyTheLastOfEachKeyComes() {
    var reader = paced("latest.a", null);
    var everything = scene.new Reader("latest.a", null);
    scene.run();
    for (int number = 0; number < 1_000; number++) {
      scene.publish("latest.a", keyed(number));
      scene.pass(Duration.ofMillis(1));
    }
    scene.pass(Duration.ofSeconds(1));

    assertThat(reader.numbers()).hasSizeLessThan(12).endsWith(997L, 998L, 999L).isSorted();
    assertThat(everything.numbers()).as("whoever is live gets each").hasSize(1_000);
  }

  @Test
  void aBurstBeforeTheFirstDeliveryIsConflatedToo() {
    var reader = paced("latest.a", null);
    for (int number = 0; number < 1_000; number++) {
      scene.publish("latest.a", keyed(number));
    }
    scene.run();

    assertThat(reader.numbers()).containsExactly(997L, 998L, 999L);
  }

  /// Both are due publications with the same first and last one in the same turn.
  @Test
  void whoeverIsLiveSharesNoRunWithWhomSomethingIsLeftOutFor() {
    var reader = paced("latest.a", null);
    var everything = scene.new Reader("latest.a", null);
    scene.run();
    for (int number : new int[] {0, 1, 4}) {
      scene.publish("latest.a", keyed(number));
    }
    scene.run();

    assertThat(reader.numbers()).containsExactly(0L, 4L);
    assertThat(everything.numbers()).containsExactly(0L, 1L, 4L);
  }

  @Test
  void whoeverNapsGetsHeartbeatsThatSayNothing() {
    var reader = scene.new Reader("h", null, Start.NOW, Duration.ofSeconds(60).toNanos(), true);
    scene.run();
    scene.publish("h", 1);
    scene.run();
    scene.publish("h", 2);
    int before = reader.messages().size();
    scene.pass(Duration.ofSeconds(26));

    assertThat(reader.messages()).hasSize(before + 1);
    assertThat(reader.messages().getLast().cursor()).isNull();
    scene.pass(Duration.ofSeconds(35));
    assertThat(reader.numbers()).containsExactly(1L, 2L);
  }

  @Test
  void theLastOfAKeyMayBeItsTombstone() {
    var reader = paced("latest.a", null);
    scene.publish("latest.a", keyed(0));
    scene.publish("latest.a", keyed(1));
    scene.publish("latest.a", Draft.tombstone("k0"));
    scene.run();

    assertThat(reader.numbers()).containsExactly(1L);
    assertThat(reader.messages().getLast().event()).as("a tombstone has no number").isEmpty();
    assertThat(reader.messages().getLast().cursor()).isEqualTo(scene.hub.now().toString());
  }

  @Test
  void aMixtureStaysInLogOrder() {
    var reader = paced("h,latest.a", null);
    scene.publish("latest.a", keyed(3));
    scene.publish("h", 4);
    scene.publish("latest.a", keyed(5));
    scene.publish("latest.a", keyed(6));
    scene.publish("h", 7);
    scene.run();

    assertThat(reader.numbers()).containsExactly(4L, 5L, 6L, 7L);
  }

  @Test
  void whoeverIsCutWhileItNapsResumesExactly() {
    var reader = paced("h", null);
    scene.publish("h", 1);
    scene.run();
    scene.publish("h", 2);
    scene.publish("h", 3);
    scene.run();
    assertThat(reader.numbers()).containsExactly(1L);
    reader.outlet.cut();
    scene.run();

    var again = paced("h", Cursor.parse(reader.cursorOf(1)));

    assertThat(again.numbers()).containsExactly(2L, 3L);
  }

  @Test
  void anEndComesAfterANapAsWell() {
    var reader = paced("latest.a", null);
    scene.publish("latest.a", keyed(0));
    scene.run();
    scene.publish("latest.a", keyed(1));
    scene.publish("latest.a", keyed(4).withEnd(true));
    scene.pass(Duration.ofSeconds(1));

    assertThat(reader.numbers()).containsExactly(0L, 4L);
    assertThat(reader.messages()).extracting(SimParser.Message::event).contains("duet.end");
    assertThat(scene.loop.isIdle()).as("nothing is kept").isTrue();
  }

  @Test
  void aSlowReaderOfTheLatestIsBehindWithoutWhatWasOverwritten() {
    Cursor before = scene.hub.now();
    for (int number = 0; number < 1_000; number++) {
      scene.publish("latest.a", keyed(number));
    }
    var reader = scene.new Reader("latest.a", before);
    scene.run();

    assertThat(reader.numbers()).containsExactly(997L, 998L, 999L);
  }

  @Test
  void aPollOfTheLatestLeavesOutWhatWasOverwritten() {
    Cursor before = scene.hub.now();
    for (int number = 0; number < 1_000; number++) {
      scene.publish("latest.a", keyed(number));
    }
    var answer =
        scene.loop.page(
            new PageRequest(List.of("latest.a"), before, Start.NOW, false, 10, 1 << 20, 0, 0));
    scene.run();

    assertThat(answer.join().publications()).hasSize(3);
    assertThat(answer.join().more()).isFalse();
  }

  @Test
  void aPollWithAPaceWaitsForWhatComesWithTheFirst() {
    long wait = Duration.ofSeconds(20).toNanos();
    Cursor before = scene.hub.now();
    scene.publish("h", 1);
    var answer =
        scene.loop.page(
            new PageRequest(List.of("h"), before, Start.NOW, false, 10, 1 << 20, wait, PACE));
    scene.pass(Duration.ofMillis(200));
    scene.publish("h", 2);
    scene.pass(Duration.ofMillis(200));
    assertThat(answer).isNotDone();
    scene.pass(Duration.ofMillis(300));

    assertThat(answer).isCompleted();
    assertThat(answer.join().publications()).hasSize(2);
  }

  @Test
  void aFullPageOfAPollIsNotHeldBack() {
    long wait = Duration.ofSeconds(20).toNanos();
    Cursor before = scene.hub.now();
    scene.publish("h", 1);
    scene.publish("h", 2);
    var answer =
        scene.loop.page(
            new PageRequest(List.of("h"), before, Start.NOW, false, 1, 1 << 20, wait, PACE));
    scene.run();

    assertThat(answer).isCompleted();
    assertThat(answer.join().more()).isTrue();
  }
}
