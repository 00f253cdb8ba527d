package dev.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Whatever an object holds is read or refused with an error that fits on a screen.
class JsonMembersFuzzTest {
  @FuzzTest
  void objects(FuzzedDataProvider data) {
    boolean beside = data.consumeBoolean();
    byte[] text = data.consumeRemainingAsBytes();
    try {
      JsonMembers members = JsonMembers.parse(text, ErrorCode.BAD_PARAMETER);
      members.only("it", DraftMembers.NAMES);
      Draft draft = DraftMembers.read(members, beside ? text : null);
      if (draft.type() == PayloadType.JSON) {
        assertThat(JsonText.flaw(draft.data())).isNull();
        assertThat(draft.data()).doesNotContain('\n', '\r');
      } else if (draft.type() == PayloadType.TEXT) {
        assertThat(Utf8Validator.valid(draft.data())).isTrue();
      }
    } catch (DuetException e) {
      refused(e);
    }
  }

  @FuzzTest
  void lists(FuzzedDataProvider data) {
    byte[] text =
        ("{\"list\":" + data.consumeRemainingAsString() + "}").getBytes(StandardCharsets.UTF_8);
    try {
      List<Object> list =
          JsonMembers.parse(text, ErrorCode.BAD_PARAMETER).list("list", "names and objects");
      assertThat(list == null ? List.of() : list)
          .allMatch(e -> e instanceof String || e instanceof JsonMembers);
    } catch (DuetException e) {
      refused(e);
    }
  }

  private static void refused(DuetException e) {
    assertThat(e.code().status()).isEqualTo(400);
    assertThat(e.detail().length()).isLessThan(500);
    assertThat(JsonMembers.shown(e.detail())).doesNotContain("\n");
  }
}
