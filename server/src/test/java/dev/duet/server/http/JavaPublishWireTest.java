package dev.duet.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.PayloadType;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is published from Java is checked as what comes over the network is.
@Timeout(120)
class JavaPublishWireTest {
  @Test
  void lineBreaksInJsonBreakNoEvent() throws Exception {
    try (var live = new Live()) {
      byte[] json = "{\n\"a\":\r\n1}".getBytes(UTF_8);
      live.duet
          .publish("hello", Draft.of(PayloadType.JSON, json))
          .toCompletableFuture()
          .get(60, TimeUnit.SECONDS);
      live.duet.publish("hello", Draft.json("[\n\n2]"));
      try (Live.Raw stream =
          live.open("/channels/hello?since=start", "accept: text/event-stream")) {
        assertThat(stream.until("[  2]")).contains("data: { \"a\":  1}\n\n");
      }
      assertThat(new String(json, UTF_8)).as("the caller's bytes").contains("\n");
    }
  }

  @Test
  void whatIsNotWhatItsTypeSaysIsRefused() {
    try (var live = new Live()) {
      byte[] notUtf8 = {'a', (byte) 0xff};
      refused(live, Draft.json("{\"a\":"), ErrorCode.BAD_JSON);
      refused(live, Draft.json(""), ErrorCode.BAD_JSON);
      refused(live, Draft.of(PayloadType.JSON, notUtf8), ErrorCode.BAD_JSON);
      refused(live, Draft.of(PayloadType.TEXT, notUtf8), ErrorCode.BAD_UTF8);
      byte[] large = new byte[(256 << 10) + 1];
      Arrays.fill(large, (byte) 'a');
      refused(live, Draft.of(PayloadType.TEXT, large), ErrorCode.TOO_LARGE);
      refused(live, Draft.of(PayloadType.BYTES, large), ErrorCode.TOO_LARGE);
      Draft tombstone = Draft.tombstone("k").withData(new byte[1]);
      refused(live, tombstone, ErrorCode.BAD_PARAMETER);
      assertThat(live.page("/channels/hello?since=start").body()).contains("\"publications\":[]");
    }
  }

  private static void refused(Live live, Draft draft, ErrorCode code) {
    assertThatThrownBy(() -> live.duet.publish(draft.deleted() ? "state" : "hello", draft))
        .isInstanceOfSatisfying(
            DuetException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }

  @Test
  void aUsersNameIsOne() {
    for (String name : List.of("", "a\nb", "x".repeat(256), "\ud800")) {
      assertThatThrownBy(() -> Draft.text("x").withFrom(name)).isInstanceOf(DuetException.class);
    }
  }
}
