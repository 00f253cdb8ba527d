package dev.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonMembersTest {
  private static JsonMembers of(String json) {
    return JsonMembers.parse(json.getBytes(StandardCharsets.UTF_8), ErrorCode.BAD_PARAMETER);
  }

  @Test
  void membersAreWhatTheySay() {
    JsonMembers members =
        of(" {\"s\":\"\\u00e9\",\"t\":true,\"f\":false,\"n\": 42 ,\"l\":[\"a\",{\"b\":\"c\"}]}\n");
    assertThat(members.string("s")).isEqualTo("é");
    assertThat(members.flag("t")).isTrue();
    assertThat(members.flag("f")).isFalse();
    assertThat(members.flag("none")).isFalse();
    assertThat(members.number("n", 7, 0, 42)).isEqualTo(42);
    assertThat(members.number("none", 7, 0, 42)).isEqualTo(7);
    List<Object> list = members.list("l", "things");
    assertThat(list).hasSize(2).first().isEqualTo("a");
    assertThat(((JsonMembers) list.get(1)).string("b")).isEqualTo("c");
    assertThat(members.string("none")).isNull();
    assertThat(members.list("none", "things")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{\"data\":1.50e3} | JSON | 1.50e3",
        "{\"data\":-0,\"end\":true} | JSON | -0",
        "{\"data\":true} | JSON | true",
        "{\"data\":null} | JSON | null",
        "{\"data\":\"a\\tb\"} | TEXT | a\tb",
        "{\"key\":\"é\",\"data\":{\"a\" : \"é\\n\"}} | JSON | {\"a\" : \"é\\n\"}",
        "{\"data64\":\"aGk=\"} | BYTES | hi"
      })
  void aPayloadIsWhatWasWritten(String json, PayloadType type, String data) {
    Draft draft = DraftMembers.read(of(json), null);
    assertThat(draft.type()).isEqualTo(type);
    assertThat(new String(draft.data(), StandardCharsets.UTF_8)).isEqualTo(data);
  }

  @Test
  void jsonIsOneLine() {
    Draft draft = DraftMembers.read(of("{\"data\":[ 1,\r\n2 ] }"), null);
    assertThat(draft.data()).asString(StandardCharsets.UTF_8).isEqualTo("[ 1,  2 ]");
    draft = DraftMembers.read(of("{\"data\":\"a\\r\\n\"}"), null);
    assertThat(draft.data()).asString(StandardCharsets.UTF_8).isEqualTo("a\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "1",
        "{",
        "{}x",
        "{} {}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":}",
        "{\"a\":01}",
        "\uFEFF{}",
        "{\"a\":\"\u0000\"}"
      })
  void whatIsNoObjectIsRefused(String json) {
    assertThatThrownBy(() -> of(json))
        .isInstanceOfSatisfying(
            DuetException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_JSON));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{} | one of data, data64",
        "{\"data\":1,\"data64\":\"\"} | here are 2",
        "{\"data\":1,\"deleted\":true} | here are 2",
        "{\"data64\":\"*\"} | base64",
        "{\"data64\":1} | 'data64' is a string",
        "{\"data\":1,\"event\":1} | 'event' is a string",
        "{\"data\":1,\"end\":1} | 'end' is true or false",
        "{\"data\":1,\"ifMatch\":-1} | 'ifMatch' is a whole number from 0 to 9007199254740991",
        "{\"data\":1,\"ifMatch\":1.0} | 'ifMatch' is a whole number",
        "{\"data\":1,\"ifMatch\":9007199254740992} | 'ifMatch' is a whole number",
        "{\"data\":\"\\ud800\"} | lone surrogate"
      })
  void aMemberThatIsNotWhatItMustBeIsRefused(String json, String why) {
    assertThatThrownBy(() -> DraftMembers.read(of(json), null))
        .isInstanceOfSatisfying(
            DuetException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.BAD_PARAMETER);
              assertThat(e.detail()).contains(why);
            });
  }

  @Test
  void anUnknownMemberIsNamedWithThoseThatAreAllowed() {
    assertThatThrownBy(() -> of("{\"a\":1,\"b\":2}").only("a line", List.of("a", "c")))
        .hasMessage("a line has no member 'b'; allowed are a, c");
    assertThat(JsonMembers.shown("x".repeat(100) + "\n")).hasSize(41);
  }

  @Test
  void anObjectHasABoundOnItsMembers() {
    var json = new StringBuilder("{\"m\":0");
    for (int i = 0; i < JsonMembers.MAX_MEMBERS; i++) {
      json.append(",\"").append(i).append("\":0");
    }
    assertThatThrownBy(() -> of(json + "}")).hasMessageContaining("at most 64 members");
  }
}
