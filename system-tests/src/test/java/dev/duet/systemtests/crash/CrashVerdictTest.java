package dev.duet.systemtests.crash;

import static dev.duet.systemtests.crash.Broken.Rule.ANSWERS;
import static dev.duet.systemtests.crash.Broken.Rule.CHANGED;
import static dev.duet.systemtests.crash.Broken.Rule.FALSE_GAP;
import static dev.duet.systemtests.crash.Broken.Rule.INVENTED;
import static dev.duet.systemtests.crash.Broken.Rule.LOG_ID;
import static dev.duet.systemtests.crash.Broken.Rule.LOST;
import static dev.duet.systemtests.crash.Broken.Rule.ORDER;
import static dev.duet.systemtests.crash.Broken.Rule.TWICE;
import static dev.duet.systemtests.crash.Broken.Rule.UNANSWERED;
import static dev.duet.systemtests.crash.Broken.Rule.UNEXPECTED;
import static dev.duet.systemtests.crash.Broken.Rule.UNTOLD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The checker finds each kind of damage that was planted in a history that is right.
class CrashVerdictTest {
  private static final String LOG = "logab";
  private static final Map<String, Keeps> CHANNELS =
      Map.of(
          "all", Keeps.all(),
          "few", Keeps.last(2),
          "brief", Keeps.seconds(5),
          "state", Keeps.latest());

  private final List<Publication> publications = new ArrayList<>();
  private final List<Story.Answer> answers = new ArrayList<>();
  private final List<Seen.Got> log = new ArrayList<>();
  private final List<Seen.Gap> logGaps = new ArrayList<>();
  private final List<Seen> seen = new ArrayList<>();
  private final List<String> unexpected = new ArrayList<>();
  private final Set<Body.Name> refused = new HashSet<>();
  private boolean tearsEnds;
  private List<String> followed = List.of("all");

  private static Publication publication(int publisher, int number, String channel, String key) {
    Body body = Body.of(Body.Kind.JSON, publisher + "/" + number + " " + channel);
    return Publication.of(new Body.Name(publisher, number), channel, key, body, 0);
  }

  private Publication published(int number, String channel, String key, long offset) {
    Publication each = publication(1, number, channel, key);
    publications.add(each);
    answers.add(new Story.Answer(each, LOG, offset, false));
    return each;
  }

  private static Seen.Got got(Publication each, long offset) {
    return each.tombstone()
        ? new Seen.Got(each.channel(), LOG, offset, each.key(), null, null)
        : new Seen.Got(each.channel(), LOG, offset, each.key(), each.name(), each.print());
  }

  /// Three on `all`, at 10, 20 and 30, in the log.
  private List<Seen.Got> three() {
    var three = new ArrayList<Seen.Got>();
    for (int i = 1; i <= 3; i++) {
      three.add(got(published(i, "all", "", i * 10L), i * 10L));
    }
    log.addAll(three);
    return three;
  }

  private static Seen.Gap gap(String channel, long from, long to, String reason, boolean certain) {
    return new Seen.Gap(channel, from, to, reason, certain, false, 10_000_000_000L);
  }

  private Verdict.Summary verdict() {
    return Verdict.of(
        new Story(
            CHANNELS,
            Map.of("reader", followed),
            publications,
            answers,
            log,
            logGaps,
            Map.of("reader", seen),
            refused,
            tearsEnds,
            unexpected));
  }

  /// Nothing else is found.
  private void finds(Broken.Rule rule, String what) {
    List<Broken> broken = verdict().broken();
    assertThat(broken).extracting(Broken::rule).containsOnly(rule);
    assertThat(broken).first().extracting(Broken::what).asString().contains(what);
  }

  @Test
  void whatIsRightIsRight() {
    seen.addAll(three());
    assertThat(verdict()).isEqualTo(new Verdict.Summary(List.of(), 0, 0, 0, 0));
  }

  // ---- publishers and the log

  @Test
  void lost() {
    seen.addAll(three());
    log.remove(1);
    finds(LOST, "1/2 on all at 20");
  }

  @Test
  void theLastIsLost() {
    seen.addAll(three());
    log.remove(2);
    finds(LOST, "1/3 on all at 30");
  }

  @Test
  void storedTwice() {
    seen.addAll(three());
    log.add(got(publications.getFirst(), 40));
    assertThat(verdict().broken()).extracting(Broken::rule).contains(TWICE);
  }

  @Test
  void aSecondTryIsToldAnotherOffset() {
    seen.addAll(three());
    answers.add(new Story.Answer(publications.get(1), LOG, 25, true));
    finds(ANSWERS, "1/2 on all was told to be at 20, then at 25");
  }

  @Test
  void aSecondTryIsToldToBeNew() {
    seen.addAll(three());
    answers.add(new Story.Answer(publications.get(1), LOG, 20, false));
    finds(ANSWERS, "1/2 on all was twice told to be new");
  }

  @Test
  void aSecondTryThatIsToldTheFirstIsRight() {
    seen.addAll(three());
    answers.add(new Story.Answer(publications.get(1), LOG, 20, true));
    assertThat(verdict()).isEqualTo(new Verdict.Summary(List.of(), 1, 0, 0, 0));
  }

  @Test
  void twoAreToldTheSameOffset() {
    seen.addAll(three());
    Publication other = publication(2, 1, "few", "");
    publications.add(other);
    log.add(got(other, 30));
    answers.add(new Story.Answer(other, LOG, 30, false));
    finds(ANSWERS, "2/1 on few was told the offset 30 of 1/3 on all");
  }

  @Test
  void aPublishersOrder() {
    followed = List.of();
    log.add(got(published(2, "all", "", 10), 10));
    log.add(got(published(1, "all", "", 20), 20));
    finds(ORDER, "1/1 on all is at 20, after 1/2");
  }

  @Test
  void theOrderOfTheLog() {
    seen.addAll(three());
    log.add(log.remove(1));
    finds(ORDER, "at 20 after 30");
  }

  @Test
  void aByteOfTheLog() {
    seen.addAll(three());
    Body other = Body.of(Body.Kind.JSON, "1/2 other");
    log.set(1, new Seen.Got("all", LOG, 20, "", new Body.Name(1, 2), other.print()));
    finds(CHANGED, "1/2 on all at 20");
  }

  @Test
  void anotherPlaceThanWasTold() {
    seen.addAll(three());
    log.set(1, got(publications.get(1), 21));
    assertThat(verdict().broken()).extracting(Broken::rule).containsOnly(CHANGED, LOST);
  }

  @Test
  void anotherKey() {
    seen.addAll(three());
    Publication second = publications.get(1);
    log.set(1, new Seen.Got("all", LOG, 20, "k", second.name(), second.print()));
    finds(CHANGED, "not key 'k'");
  }

  @Test
  void whatNobodyPublished() {
    seen.addAll(three());
    log.add(got(publication(9, 9, "all", ""), 40));
    finds(INVENTED, "9/9 on all at 40");
  }

  @Test
  void neverAnswered() {
    seen.addAll(three());
    publications.add(publication(1, 4, "all", ""));
    finds(UNANSWERED, "1/4 on all");
  }

  @Test
  void neverAnsweredButStoredIsNotLost() {
    three();
    Publication fourth = publication(1, 4, "all", "");
    publications.add(fourth);
    log.add(got(fourth, 40));
    seen.addAll(log);
    finds(UNANSWERED, "1/4 on all");
  }

  @Test
  void anotherLog() {
    seen.addAll(three());
    Publication fourth = publication(1, 4, "all", "");
    publications.add(fourth);
    answers.add(new Story.Answer(fourth, "logcd", 40, false));
    log.add(got(fourth, 40));
    seen.add(got(fourth, 40));
    finds(LOG_ID, "1/4 on all was in log logcd");
  }

  @Test
  void aGapInTheLogFromItsStart() {
    seen.addAll(three());
    logGaps.add(gap("all", 10, 20, "hole", true));
    finds(FALSE_GAP, "the log from its start");
  }

  @Test
  void aTornEnd() {
    List<Seen.Got> three = three();
    Seen.Gap torn = gap("all", 20, 25, "hole", false);
    seen.addAll(List.of(three.get(0), three.get(1), torn, three.get(2)));
    logGaps.add(torn);
    finds(FALSE_GAP, "hole");
    tearsEnds = true;
    assertThat(verdict().broken()).isEmpty();
    logGaps.set(0, gap("all", 15, 25, "hole", false));
    finds(FALSE_GAP, "the log from its start");
  }

  /// It read, on a start that could not copy it, what a power loss took.
  @Test
  void afterSomethingIsTakenBackEverythingComesAgain() {
    List<Seen.Got> three = three();
    Seen.Got taken = got(publication(1, 4, "all", ""), 25);
    seen.addAll(List.of(three.get(0), three.get(1), taken));
    seen.add(gap("all", 0, 0, Seen.Gap.TAKEN_BACK, false));
    seen.addAll(three);
    assertThat(verdict().broken()).isEmpty();
    seen.remove(5);
    finds(UNTOLD, "it missed 1/2 on all at 20");
    seen.add(5, three.get(1));
    seen.set(3, gap("all", 0, 0, "unknown-log", false));
    assertThat(verdict().broken()).extracting(Broken::rule).contains(LOG_ID, INVENTED, TWICE);
    seen.remove(3);
    assertThat(verdict().broken()).extracting(Broken::rule).contains(INVENTED, TWICE);
  }

  @Test
  void afterATornEndTheWholeStateComesAgain() {
    followed = List.of("state");
    tearsEnds = true;
    Publication a = published(1, "state", "a", 10);
    Publication b = published(2, "state", "b", 20);
    log.addAll(List.of(got(a, 10), got(b, 20)));
    Seen.Gap torn = new Seen.Gap("state", 10, 30, "hole", false, true, 10_000_000_000L);
    seen.addAll(List.of(got(a, 10), torn, got(a, 10), got(b, 20)));
    assertThat(verdict().broken()).isEmpty();
    seen.removeLast();
    finds(UNTOLD, "it missed 1/2 on state, key b");
    seen.set(2, got(b, 20));
    finds(UNTOLD, "it missed 1/1 on state, key a");
  }

  @Test
  void whoSendsMoreBehindWhatIsRefusedHasAnotherOrder() {
    Publication second = published(2, "all", "", 10);
    Publication first = published(1, "all", "", 20);
    log.addAll(List.of(got(second, 10), got(first, 20)));
    seen.addAll(log);
    finds(ORDER, "1/1 on all is at 20, after 1/2");
    refused.add(first.name());
    assertThat(verdict().broken()).isEmpty();
  }

  @Test
  void anError() {
    seen.addAll(three());
    unexpected.add("500 internal");
    finds(UNEXPECTED, "500 internal");
  }

  @Test
  void theCountIsKeptExactly() {
    followed = List.of();
    for (int i = 1; i <= 4; i++) {
      Publication each = published(i, "few", "", i);
      if (i != 3) {
        log.add(got(each, i));
      }
    }
    List<Broken> broken = verdict().broken();
    assertThat(broken).extracting(Broken::rule).containsOnly(LOST, INVENTED);
    assertThat(broken.toString())
        .contains("1/3 on few at 3 is not", "still has 1/1", "still has 1/2");
  }

  @Test
  void agesLetTheOldestGo() {
    followed = List.of();
    for (int i = 1; i <= 4; i++) {
      Publication each = published(i, "brief", "", i);
      if (i == 2 || i == 4) {
        log.add(got(each, i));
      }
    }
    finds(LOST, "1/3 on brief at 3");
  }

  @Test
  void whatAgesBetweenTwoPagesOfTheLogHasGone() {
    followed = List.of();
    for (int i = 1; i <= 4; i++) {
      Publication each = published(i, "brief", "", i);
      if (i == 1) {
        log.add(got(each, i));
      }
    }
    logGaps.add(gap("brief", 1, 4, "forgotten", false));
    assertThat(verdict().broken()).isEmpty();
    logGaps.set(0, new Seen.Gap("brief", 1, 4, "forgotten", false, false, 1));
    assertThat(verdict().broken()).extracting(Broken::rule).contains(LOST, FALSE_GAP);
  }

  @Test
  void theStateHasTheLastOfEachKey() {
    followed = List.of();
    Publication old = published(1, "state", "a", 1);
    published(2, "state", "a", 2);
    log.add(got(old, 1));
    List<Broken> broken = verdict().broken();
    assertThat(broken).extracting(Broken::rule).containsOnly(LOST, INVENTED);
    assertThat(broken.toString()).contains("1/2 on state, key a at 2 is not");
  }

  @Test
  void aTombstoneThatHasNotWorked() {
    followed = List.of();
    Publication old = published(1, "state", "a", 1);
    Publication tombstone = Publication.tombstone(new Body.Name(1, 2), "state", "a", 0);
    publications.add(tombstone);
    answers.add(new Story.Answer(tombstone, LOG, 2, false));
    assertThat(verdict().broken()).isEmpty();
    log.add(got(tombstone, 2));
    assertThat(verdict().broken()).isEmpty();
    log.set(0, got(old, 1));
    finds(INVENTED, "still has 1/1 on state");
  }

  // ---- readers

  @Test
  void missedAndNotTold() {
    seen.addAll(three());
    seen.remove(1);
    finds(UNTOLD, "reader reader: it missed 1/2 on all at 20 before 1/3");
  }

  @Test
  void theLastMissedAndNotTold() {
    seen.addAll(three());
    seen.remove(2);
    finds(UNTOLD, "it missed 1/3 on all at 30");
  }

  @Test
  void nothingAtAll() {
    three();
    finds(UNTOLD, "it missed 1/1 on all");
  }

  @Test
  void toldTwice() {
    seen.addAll(three());
    seen.add(2, seen.get(1));
    finds(TWICE, "it got twice 1/2 on all at 20");
  }

  @Test
  void toldOutOfOrder() {
    seen.addAll(three());
    seen.add(seen.remove(0));
    List<Broken> broken = verdict().broken();
    assertThat(broken).extracting(Broken::rule).contains(ORDER);
    assertThat(broken.toString()).contains("it got 1/1 on all at 10 after 1/3 on all at 30");
  }

  @Test
  void outOfOrderOverTwoChannels() {
    three();
    followed = List.of("all", "state");
    Publication other = published(4, "state", "a", 15);
    log.add(got(other, 15));
    seen.addAll(log);
    finds(ORDER, "it got 1/4 on state, key a at 15 after 1/3 on all at 30".replace(", key a", ""));
  }

  @Test
  void aByteOnTheWay() {
    seen.addAll(three());
    Body other = Body.of(Body.Kind.TEXT, "1/2 other");
    seen.set(1, new Seen.Got("all", LOG, 20, "", new Body.Name(1, 2), other.print()));
    finds(CHANGED, "it got 1/2 on all at 20");
  }

  @Test
  void whatNobodyElseHas() {
    seen.addAll(three());
    seen.add(got(publication(1, 4, "all", ""), 40));
    finds(INVENTED, "it got 1/4 on all at 40");
  }

  @Test
  void whatItDidNotAskFor() {
    seen.addAll(three());
    seen.add(got(publication(1, 4, "few", ""), 40));
    finds(INVENTED, "it did not ask for 1/4 on few");
  }

  @Test
  void aCursorOfAnotherLog() {
    List<Seen.Got> three = three();
    seen.addAll(three);
    Seen.Got second = three.get(1);
    seen.set(1, new Seen.Got("all", "logcd", 20, "", second.name(), second.print()));
    finds(LOG_ID, "1/2 on all at 20");
    seen.set(1, new Seen.Got("all", "", 20, "", second.name(), second.print()));
    finds(CHANGED, "1/2 on all at 20");
  }

  @Test
  void aGapWhereNothingIsLetGo() {
    seen.addAll(three());
    seen.set(1, gap("all", 10, 20, "retention", true));
    finds(FALSE_GAP, "nothing of it was let go");
  }

  @Test
  void aGapThatSaysThatTheLogChanged() {
    seen.addAll(three());
    seen.add(gap("all", 30, 30, "log-changed", true));
    finds(LOG_ID, "log-changed");
  }

  /// Four on a channel that keeps two.
  private List<Seen.Got> fourOfTwo() {
    followed = List.of("few");
    var four = new ArrayList<Seen.Got>();
    for (int i = 1; i <= 4; i++) {
      four.add(got(published(i, "few", "", i), i));
    }
    log.addAll(four.subList(2, 4));
    return four;
  }

  @Test
  void aGapAccountsForWhatWasLetGo() {
    seen.addAll(fourOfTwo());
    seen.subList(0, 2).clear();
    seen.addFirst(gap("few", 0, 2, "retention", true));
    assertThat(verdict()).isEqualTo(new Verdict.Summary(List.of(), 0, 1, 0, 2));
  }

  @Test
  void aGapThatEndsTooEarly() {
    seen.addAll(fourOfTwo());
    seen.subList(0, 2).clear();
    seen.addFirst(gap("few", 0, 1, "retention", true));
    finds(UNTOLD, "it missed 1/2 on few at 2");
  }

  @Test
  void aGapThatIsToldTooLate() {
    seen.addAll(fourOfTwo());
    seen.subList(0, 2).clear();
    seen.add(1, gap("few", 0, 2, "retention", true));
    finds(UNTOLD, "it missed 1/1 on few");
  }

  @Test
  void aGapOfWhatCannotHaveGone() {
    seen.addAll(fourOfTwo());
    seen.subList(0, 3).clear();
    seen.addFirst(gap("few", 0, 3, "retention", true));
    finds(FALSE_GAP, "the last 2 never began after its end");
  }

  @Test
  void aGapOfWhatItHas() {
    seen.addAll(fourOfTwo());
    seen.add(1, gap("few", 0, 1, "retention", true));
    finds(FALSE_GAP, "it has 1/1 on few at 1");
  }

  @Test
  void aGapOfWhatFollows() {
    seen.addAll(fourOfTwo());
    seen.addFirst(gap("few", 0, 2, "retention", true));
    finds(FALSE_GAP, "after it was told that it would not");
  }

  @Test
  void aGapOfNothing() {
    seen.addAll(fourOfTwo());
    seen.add(gap("few", 4, 9, "retention", true));
    finds(FALSE_GAP, "nothing was published there");
  }

  @Test
  void anUncertainGapWhereNothingIsForgotten() {
    seen.addAll(fourOfTwo());
    seen.add(gap("few", 4, 9, "forgotten", false));
    finds(FALSE_GAP, "never forgotten");
  }

  @Test
  void anUncertainGapOfAChannelThatIsForgottenIsCounted() {
    followed = List.of("brief");
    published(1, "brief", "", 1);
    seen.add(gap("brief", 0, 1, "forgotten", false));
    assertThat(verdict()).isEqualTo(new Verdict.Summary(List.of(), 0, 0, 1, 1));
  }

  @Test
  void aGapOfWhatIsTooYoung() {
    followed = List.of("brief");
    published(1, "brief", "", 1);
    seen.add(new Seen.Gap("brief", 0, 1, "retention", true, false, 4_000_000_000L));
    finds(FALSE_GAP, "1/1 on brief was too young to go");
  }

  @Test
  void overwrittenMayBeLeftOutAndTheLastMayNot() {
    followed = List.of("state");
    published(1, "state", "a", 1);
    Publication second = published(2, "state", "a", 2);
    log.add(got(second, 2));
    seen.add(got(second, 2));
    assertThat(verdict().broken()).isEmpty();
    seen.clear();
    finds(UNTOLD, "it missed 1/2 on state, key a at 2");
  }

  // ---- payloads

  @Test
  void aPayloadKnowsWhetherItIsWhole() {
    for (Body.Kind kind : Body.Kind.values()) {
      Body body = Body.of(kind, "12/34 channel abc");
      assertThat(body.name()).isEqualTo(new Body.Name(12, 34));
      if (kind != Body.Kind.BYTES) {
        var damaged = new Body(kind, body.text().replace("abc", "abd"));
        assertThatThrownBy(damaged::name).hasMessageContaining("checksum");
        assertThat(damaged.print()).isNotEqualTo(body.print());
      }
    }
    assertThatThrownBy(() -> new Body(Body.Kind.TEXT, "hello").name())
        .hasMessageContaining("no payload of ours");
  }
}
