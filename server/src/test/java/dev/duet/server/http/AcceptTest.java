package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which form an `Accept` gets.
class AcceptTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          text/event-stream                                  | EVENT_STREAM
          TEXT/Event-Stream;charset=utf-8                    | EVENT_STREAM
          */*                                                | EVENT_STREAM
          ''                                                 | EVENT_STREAM
          text/*                                             | EVENT_STREAM
          application/*                                      | NDJSON
          application/x-ndjson                               | NDJSON
          application/ndjson                                 | NDJSON
          application/json                                   | JSON
          application/json, text/plain, */*                  | JSON
          application/json, text/event-stream                | JSON
          text/event-stream, application/json                | EVENT_STREAM
          application/json;q=0.5, text/event-stream;q=0.6    | EVENT_STREAM
          */*, text/event-stream;q=0                         | NDJSON
          text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8 | HTML
          image/png                                          |
          text/event-stream;q=0                              |
          */*;q=0                                            |
          nonsense                                           |
          """)
  void isChosen(String accept, Accept.Form form) {
    Accept.Choice choice = Accept.choose(List.of(accept));
    assertThat(choice == null ? null : choice.form()).isEqualTo(form);
  }

  @Test
  void onlyAnExactNameIsNamed() {
    assertThat(Accept.choose(List.of("text/event-stream")).named()).isTrue();
    assertThat(Accept.choose(List.of("text/*")).named()).isFalse();
    assertThat(Accept.choose(List.of()).named()).isFalse();
  }
}
