package dev.duet.server.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.JsonText;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Utf8Validator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// Whatever a body holds is read or refused, and what is read is what was sent.
class BodyFuzzTest {
  @FuzzTest
  void bodiesWithoutAType(FuzzedDataProvider data) {
    byte[] body = data.consumeRemainingAsBytes();
    byte[] sent = body.clone();
    Payload payload = Payload.guess(body);
    assertThat(payload.data()).hasSize(sent.length);
    if (payload.type() == PayloadType.JSON) {
      assertThat(payload.data()).doesNotContain('\n', '\r', 0);
      assertThat(tokens(payload.data())).isEqualTo(tokens(sent));
      assertThat(
              tokens(
                  ("[" + new String(payload.data(), StandardCharsets.UTF_8) + "]")
                      .getBytes(StandardCharsets.UTF_8)))
          .hasSize(tokens(sent).size() + 2);
    } else {
      assertThat(payload.data()).isEqualTo(sent);
      assertThat(payload.type() == PayloadType.TEXT).isEqualTo(Utf8Validator.valid(sent));
    }
  }

  @FuzzTest
  void batches(FuzzedDataProvider data) {
    try {
      List<Draft> drafts = BatchLines.parse(data.consumeRemainingAsBytes(), 1_000, "k");
      assertThat(drafts).isNotEmpty().allMatch(draft -> draft.idempotencyKey() != null);
      for (Draft draft : drafts) {
        if (draft.type() == PayloadType.JSON) {
          assertThat(JsonText.flaw(draft.data())).isNull();
          assertThat(draft.data()).doesNotContain('\n', '\r');
        } else if (draft.type() == PayloadType.TEXT) {
          assertThat(Utf8Validator.valid(draft.data())).isTrue();
        }
      }
    } catch (DuetException e) {
      assertThat(e.code().status()).isBetween(400, 413);
    }
  }

  @FuzzTest
  void contentTypes(FuzzedDataProvider data) {
    try {
      Payload.check(data.consumeRemainingAsString(), null);
    } catch (DuetException e) {
      assertThat(e.code().status()).isEqualTo(415);
    }
  }

  private static List<String> tokens(byte[] json) {
    var tokens = new ArrayList<String>();
    try (JsonParser parser = JsonText.FACTORY.createParser(ObjectReadContext.empty(), json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        tokens.add(token + " " + parser.getString());
      }
    }
    return tokens;
  }
}
