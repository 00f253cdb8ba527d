package dev.duet.app.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How one try at reading ended.
sealed interface Ending {
  /// Whoever took the messages has had enough.
  record Enough() implements Ending {}

  /// Nothing will ever come: all channels have ended.
  record Done() implements Ending {}

  /// Come back.
  ///
  /// @param why for people, as the end of a sentence that begins with "the connection"
  /// @param pause that the server asked for, or null
  record Again(String why, @Nullable Duration pause) implements Ending {}

  /// Coming back would not help.
  record Refused(Failure failure) implements Ending {}

  /// What an answer that is no stream means.
  static Ending of(Failure failure) {
    return failure.temporary()
        ? new Again("was refused (" + failure.text() + ")", failure.pause())
        : new Refused(failure);
  }

  /// What the end that the server told means.
  static Ending told(Message end) {
    String reason = JsonText.string(end.data().get("reason"));
    long retry = JsonText.number(end.data().get("retry"));
    return new Again(
        "was ended by the server" + (reason == null ? "" : " (" + reason + ")"),
        retry < 0 ? null : Duration.ofMillis(Math.min(retry, 3_600_000)));
  }
}
