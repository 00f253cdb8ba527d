package dev.duet.systemtests.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The checker finds what it is there to find.
class VerdictTest {
  private final Truth truth = new Truth();
  private final Journal journal = new Journal("client", Journal.Form.ENVELOPE, () -> 0);

  private static Payload text(long offset) {
    String text = "publication " + offset;
    return new Payload("text", text.getBytes(UTF_8), text);
  }

  /// Even offsets on channel `even`, odd ones on `odd`.
  @BeforeEach
  void publish() {
    for (long offset = 1; offset <= 6; offset++) {
      truth.add("logab." + offset, channel(offset), offset, "", text(offset));
    }
  }

  private static String channel(long offset) {
    return offset % 2 == 0 ? "even" : "odd";
  }

  private void got(long... offsets) {
    for (long offset : offsets) {
      got("logab", offset, channel(offset), "", text(offset));
    }
  }

  private void got(String log, long offset, String channel, String event, Payload payload) {
    journal.message(Seen.Message.of(log + "." + offset, channel, event, payload.shape()));
  }

  private void told(String channel, long from, long to, String reason) {
    journal.gap(new Seen.Gap(channel, from, to, reason, true, 0));
  }

  private Verdict.Summary verdict() {
    return Verdict.of(journal, truth, "logab", 0);
  }

  private void isWrong(String message) {
    assertThatThrownBy(this::verdict)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(message);
  }

  @Test
  void all() {
    got(1, 2, 3, 4, 5, 6);
    assertThat(verdict()).isEqualTo(new Verdict.Summary(6, 0, 0));
  }

  @Test
  void oneIsMissingInTheMiddleOrAtTheEnd() {
    got(1, 2, 4, 5, 6);
    isWrong("missed odd at 3");
  }

  @Test
  void theLastIsMissing() {
    got(1, 2, 3, 4, 5);
    isWrong("missed even at 6");
  }

  @Test
  void oneComesTwice() {
    got(1, 2, 2, 3, 4, 5, 6);
    isWrong("after offset 2 it got");
  }

  @Test
  void twoAreExchanged() {
    got(1, 3, 2, 4, 5, 6);
    isWrong("after offset 3 it got");
  }

  @Test
  void aGapAccountsForWhatIsMissing() {
    got(1, 2);
    told("odd", 1, 3, "retention");
    got(4, 5, 6);
    assertThat(verdict()).isEqualTo(new Verdict.Summary(5, 1, 1));
  }

  @Test
  void aGapOfAnotherChannelDoesNot() {
    got(1, 2);
    told("even", 1, 3, "retention");
    got(4, 5, 6);
    isWrong("missed odd at 3");
  }

  @Test
  void aGapThatIsToldTooLateDoesNot() {
    got(1, 2, 4, 5);
    told("odd", 1, 3, "retention");
    got(6);
    isWrong("missed odd at 3");
  }

  @Test
  void aGapThatEndsTooEarlyDoesNot() {
    got(1);
    told("odd", 1, 3, "retention");
    got(2, 4, 6);
    isWrong("missed odd at 5");
  }

  @Test
  void whatCameIsNotWhatWasPublished() {
    got(1);
    got("logab", 2, "even", "", text(3));
    isWrong("published was");
  }

  @Test
  void itCameWithAnotherChannelOrEvent() {
    got(1);
    got("logab", 2, "odd", "", text(2));
    isWrong("published was");
  }

  @Test
  void itCameWithAnEventThatItDoesNotHave() {
    got("logab", 1, "odd", "tick", text(1));
    isWrong("published was");
  }

  @Test
  void nobodyPublishedIt() {
    got(1, 2, 3, 4, 5, 6);
    got("logab", 7, "odd", "", text(7));
    isWrong("what nobody published");
  }

  @Test
  void anotherLogIsToldAndHasAll() {
    truth.add("logcd.9", "odd", 9, "", text(9));
    got(1, 2);
    told("odd", 0, 0, "unknown-log");
    got("logcd", 9, "odd", "", text(9));
    assertThat(verdict()).isEqualTo(new Verdict.Summary(3, 1, 0));
  }

  @Test
  void anotherLogIsNotTold() {
    truth.add("logcd.9", "odd", 9, "", text(9));
    got(1, 2);
    got("logcd", 9, "odd", "", text(9));
    isWrong("not told that the log of odd is another one");
  }

  @Test
  void theFirstOfAnotherLogIsMissing() {
    truth.add("logcd.8", "odd", 8, "", text(8));
    truth.add("logcd.9", "odd", 9, "", text(9));
    got(1, 2);
    told("odd", 0, 0, "unknown-log");
    got("logcd", 9, "odd", "", text(9));
    isWrong("missed odd at 8");
  }

  @Test
  void anEventSourceGaveUp() {
    got(1, 2, 3, 4, 5, 6);
    journal.mark("gave-up", "", -1);
    isWrong("gave-up");
  }

  @Test
  void whoeverIsCutBetweenGapsReturnsWithWhatItHad() {
    var events = new Journal("events", Journal.Form.EVENT, () -> 0);
    events.cursor("loga1.4");
    events.event(
        "",
        "duet.gap",
        "{\"channel\":\"odd\",\"from\":0,\"to\":0,\"reason\":\"unknown-log\",\"certain\":false}");
    assertThat(events.cursor()).isEqualTo("loga1.4");
  }
}
