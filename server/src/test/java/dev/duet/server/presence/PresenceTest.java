package dev.duet.server.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who is there, step by step.
class PresenceTest {
  private static final Duration ALMOST = Scene.SETTINGS.grace().minusMillis(1);
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final Scene scene = new Scene();

  @Test
  void whoComesIsPublishedUnderItsKey() {
    Attendance ann = scene.join("room", "phone", "ann", "{\"colour\":\n\"red\"}");
    Attendance nobody = scene.join("room", "c1");
    long since = scene.broker.clocks().millis();
    assertThat(scene.heard()).containsExactly("room~presence ann/phone", "room~presence c1");
    assertThat(scene.state("room~presence"))
        .containsEntry(
            "ann/phone",
            "{\"key\":\"ann/phone\",\"user\":\"ann\",\"client\":\"phone\",\"since\":"
                + since
                + ",\"info\":{\"colour\": \"red\"}}")
        .containsEntry("c1", "{\"key\":\"c1\",\"client\":\"c1\",\"since\":" + since + "}");
    assertThat(scene.keys("room")).containsExactly("ann/phone", "c1");
    assertThat(scene.presence.count("room")).isEqualTo(2);
    assertThat(scene.presence.count("other")).isZero();
    assertThat(ann.isEmpty() || nobody.isEmpty()).isFalse();
  }

  @Test
  void whoGoesLeavesAfterTheGracePeriod() {
    Attendance ann = scene.join("room", "ann");
    ann.close();
    scene.pass(ALMOST);
    assertThat(scene.keys("room")).containsExactly("ann");
    scene.heard();
    scene.pass(MOMENT);
    assertThat(scene.heard()).containsExactly("-room~presence ann");
    assertThat(scene.keys("room")).isEmpty();
    assertThat(scene.state("room~presence")).isEmpty();
    assertThat(scene.presence.isEmpty()).isTrue();
  }

  @Test
  void whoComesBackWithinItIsNotTold() {
    Attendance ann = scene.join("room", "ann");
    scene.heard();
    for (int i = 0; i < 20; i++) {
      ann.close();
      scene.pass(ALMOST);
      ann = scene.join("room", "ann");
      scene.pass(MOMENT);
    }
    assertThat(scene.heard()).isEmpty();
    assertThat(scene.keys("room")).containsExactly("ann");
    ann.close();
    scene.pass(ALMOST);
    assertThat(scene.keys("room")).as("the period begins anew").containsExactly("ann");
    scene.pass(MOMENT);
    assertThat(scene.keys("room")).isEmpty();
  }

  @Test
  void aMemberStaysUntilItsLastConnectionHasGone() {
    Attendance one = scene.join("room", "ann");
    Attendance two = scene.join("room", "ann");
    Attendance three = scene.join("room", "ann");
    assertThat(scene.heard()).containsExactly("room~presence ann");
    one.close();
    one.close();
    three.close();
    scene.pass(Duration.ofMinutes(1));
    assertThat(scene.keys("room")).containsExactly("ann");
    two.close();
    scene.pass(Duration.ofMinutes(1));
    assertThat(scene.keys("room")).isEmpty();
    assertThat(scene.heard()).containsExactly("-room~presence ann");
  }

  @Test
  void whatAMemberSaysOfItselfIsToldAgainWhenItChanges() {
    Attendance one = scene.join("room", "ann", null, "{\"n\":1}");
    String since = scene.state("room~presence").get("ann").replaceAll(".*\"since\":", "");
    scene.heard();
    scene.broker.clocks().advance(Duration.ofSeconds(5));
    Attendance same = scene.join("room", "ann", null, "{\"n\":1}");
    Attendance silent = scene.join("room", "ann", null, null);
    assertThat(scene.heard()).isEmpty();
    Attendance other = scene.join("room", "ann", null, "{\"n\":2}");
    assertThat(scene.heard()).containsExactly("room~presence ann");
    assertThat(scene.state("room~presence").get("ann"))
        .endsWith(since.replace("\"n\":1", "\"n\":2"));
    List.of(one, same, silent, other).forEach(Attendance::close);
    scene.pass(Duration.ofMinutes(1));
    assertThat(scene.presence.isEmpty()).isTrue();
  }

  @Test
  void usersAndNobodyDoNotShareKeys() {
    scene.join("room", "c");
    scene.join("room", "c", "ann", null);
    scene.join("room", "c", "ann/c", null);
    scene.join("room", "b", "c", null);
    assertThat(scene.keys("room")).containsExactly("ann/c", "ann/c/c", "c", "c/b");
    assertThat(scene.presence.of("room").members().get(1).user()).isEqualTo("ann/c");
    assertThat(scene.presence.of("room").members().get(2).user()).isNull();
  }

  @Test
  void aConnectionIsAMemberOfSeveralChannelsAndMayLeaveSome() {
    Attendance ann = scene.join("a,b,c", "ann");
    ann.leave(List.of("b", "never"));
    ann.leave(List.of("b"));
    scene.pass(Duration.ofMinutes(1));
    assertThat(scene.heard())
        .containsExactly("a~presence ann", "b~presence ann", "c~presence ann", "-b~presence ann");
    ann.close();
    assertThat(ann.isEmpty()).isTrue();
    scene.pass(Duration.ofMinutes(1));
    assertThat(scene.presence.isEmpty()).isTrue();
  }

  @Test
  void aMemberThatStaysLongerThanRetentionDoesNotExpire() {
    Attendance ann = scene.join("room", "ann");
    scene.join("room", "bob").close();
    for (int hour = 0; hour < 100; hour++) {
      scene.pass(Duration.ofHours(1));
      scene.broker.tick();
      scene.broker.commitAll();
      assertThat(scene.state("room~presence")).containsOnlyKeys("ann");
    }
    assertThat(scene.heard().stream().filter("room~presence ann"::equals).count())
        .isBetween(4L, 12L);
    ann.close();
    scene.pass(Duration.ofMinutes(1));
    scene.broker.clocks().advance(Duration.ofHours(25));
    scene.broker.tick();
    assertThat(scene.broker.channels(0)).as("nothing is kept of who left").isZero();
  }

  @Test
  void moreMembersThanAnOrdinaryChannelKeepsAreAllHeld() {
    for (int i = 0; i < 3_000; i++) {
      scene.join("room", "c" + i);
    }
    assertThat(scene.state("room~presence")).hasSize(3_000);
    assertThat(scene.heard()).hasSize(3_000).noneMatch(one -> one.startsWith("-"));
  }

  // ---- failing logs

  @Test
  void whatTheLogDoesNotTakeIsTriedAgain() {
    Attendance ann = scene.presence.join(List.of("room"), Introduction.of("ann", null), null);
    scene.broker.fail(0);
    assertThat(scene.broker.pending(0)).isZero();
    scene.pass(Duration.ofMillis(500));
    assertThat(scene.state("room~presence")).isEmpty();
    assertThat(scene.keys("room")).containsExactly("ann");
    scene.pass(Duration.ofMillis(500));
    assertThat(scene.state("room~presence")).containsOnlyKeys("ann");
    ann.close();
    scene.broker.clocks().advance(Scene.SETTINGS.grace());
    scene.presence.tick();
    scene.broker.fail(0);
    assertThat(scene.keys("room")).isEmpty();
    scene.pass(Duration.ofSeconds(1));
    assertThat(scene.state("room~presence")).isEmpty();
    assertThat(scene.presence.isEmpty()).isTrue();
  }

  @Test
  void whoReturnsWhileItsLeavingIsUnderWayIsThereInTheEnd() {
    Attendance ann = scene.join("room", "ann");
    scene.heard();
    ann.close();
    scene.broker.clocks().advance(Scene.SETTINGS.grace());
    scene.presence.tick();
    assertThat(scene.broker.pending(0)).isEqualTo(1);
    Attendance again = scene.presence.join(List.of("room"), Introduction.of("ann", null), null);
    assertThat(scene.broker.pending(0)).as("one at a time").isEqualTo(1);
    scene.broker.commitAll();
    scene.broker.commitAll();
    assertThat(scene.heard()).containsExactly("-room~presence ann", "room~presence ann");
    assertThat(again.isEmpty()).isFalse();
  }

  @Test
  void aLogThatTakesNothingMakesNobodyPileUp() {
    var busy =
        new Scene(
            new PresenceSettings(Duration.ZERO, 10, 64 << 20),
            settings -> settings.withPending(0, 0));
    var refused = new ArrayList<DuetException>();
    for (int i = 0; i < 100; i++) {
      try {
        busy.join("room", "c" + i).close();
        busy.pass(Duration.ofMillis(10));
      } catch (DuetException e) {
        refused.add(e);
      }
    }
    assertThat(refused).isEmpty();
    assertThat(busy.keys("room")).isEmpty();
    assertThat(busy.heard()).isEmpty();
  }

  // ---- refusing

  @Test
  void moreMembersThanAllowedAreRefusedAndNothingIsKeptOfThem() {
    var small =
        new Scene(new PresenceSettings(Duration.ofSeconds(1), 2, 64 << 20), settings -> settings);
    Attendance one = small.join("room", "a");
    small.join("room", "b");
    small.heard();
    assertThatThrownBy(() -> small.join("lobby,room", "c"))
        .isInstanceOfSatisfying(
            DuetException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_MEMBERS);
              assertThat(e.detail()).contains("'room'", "2");
            });
    assertThat(small.keys("lobby")).as("all or none").isEmpty();
    assertThat(small.heard()).isEmpty();
    small.join("room", "a");
    one.close();
    small.pass(Duration.ofSeconds(1));
    assertThat(small.keys("room")).containsExactly("a", "b");
    small.join("lobby", "c");
  }

  @Test
  void membersOfAllChannelsShareABoundOnMemory() {
    var small = new Scene(new PresenceSettings(Duration.ZERO, 100, 2_000), settings -> settings);
    Attendance one = small.join("a", "x");
    small.join("b", "x");
    assertThatThrownBy(() -> small.join("c,d", "x"))
        .isInstanceOfSatisfying(
            DuetException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_MEMBERS));
    assertThatThrownBy(() -> small.join("a", "x", null, "{\"big\":\"" + "x".repeat(600) + "\"}"))
        .isInstanceOf(DuetException.class);
    one.close();
    small.pass(Duration.ofSeconds(1));
    small.join("c", "x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "ä", "~", "a\nb"})
  void aClientIdIsShortAndPlain(String client) {
    assertThatThrownBy(() -> Introduction.of(client, null))
        .isInstanceOf(DuetException.class)
        .hasMessageContaining("1 to 64");
    assertThatThrownBy(() -> Introduction.of("x".repeat(65), null))
        .isInstanceOf(DuetException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "1", "\"x\"", "", "{", "{}{}", "{\"a\":1,\"a\":2}"})
  void infoIsOneObject(String info) {
    assertThatThrownBy(() -> Introduction.of("c", info.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(DuetException.class);
  }

  @Test
  void infoIsSmall() {
    byte[] most = ("{\"a\":\"" + "x".repeat(1_016) + "\"}").getBytes(StandardCharsets.UTF_8);
    assertThat(most).hasSize(1_024);
    assertThat(Introduction.of("c", most).info()).hasSize(1_024);
    byte[] more = ("{\"a\":\"" + "x".repeat(1_017) + "\"}").getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Introduction.of("c", more)).hasMessageContaining("1024");
  }

  @Test
  void theServersOwnChannelsAndLongNamesHaveNoMembers() {
    assertThatThrownBy(() -> scene.join("room~presence", "c")).hasMessageContaining("server's own");
    String longest = "x".repeat(246);
    scene.join(longest, "c");
    assertThatThrownBy(() -> scene.join(longest + "x", "c")).hasMessageContaining("246");
    assertThatThrownBy(() -> scene.join("room", "c", "u".repeat(254), null))
        .hasMessageContaining("254");
    scene.join("room", "c", "u".repeat(253), null);
  }

  // ---- asking, stopping

  @Test
  void listsAreBoundedAndGoOn() {
    for (String client : List.of("a", "b", "c", "d", "e")) {
      scene.join("room", client);
    }
    assertThat(json("room", null, 2, 1 << 20))
        .startsWith("{\"channel\":\"room\",\"count\":5,\"members\":[{\"key\":\"a\"")
        .contains("\"key\":\"b\"")
        .doesNotContain("\"key\":\"c\"")
        .endsWith("],\"more\":true}");
    assertThat(json("room", "b", 3, 1 << 20))
        .contains("\"key\":\"c\"", "\"key\":\"e\"")
        .doesNotContain("\"key\":\"b\"")
        .endsWith("],\"more\":false}");
    assertThat(json("room", null, 100, 1)).contains("\"key\":\"a\"").endsWith("],\"more\":true}");
    assertThat(json("never", null, 100, 1 << 20))
        .isEqualTo("{\"channel\":\"never\",\"count\":0,\"members\":[],\"more\":false}");
  }

  private String json(String channel, String after, int limit, int maxBytes) {
    return new String(scene.presence.json(channel, after, limit, maxBytes), StandardCharsets.UTF_8);
  }

  @Test
  void aStopPublishesNoLeaves() {
    Attendance ann = scene.join("room", "ann");
    scene.heard();
    scene.presence.stop();
    ann.close();
    scene.pass(Duration.ofMinutes(10));
    assertThat(scene.heard()).isEmpty();
    assertThat(scene.state("room~presence")).containsOnlyKeys("ann");
  }
}
