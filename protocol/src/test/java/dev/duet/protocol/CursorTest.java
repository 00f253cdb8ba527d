package dev.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.Cursor.Origin;
import dev.duet.protocol.Cursor.Position;
import dev.duet.protocol.Cursor.Told;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {
  private static final long OFFSET = 1_795_267_108_531_140L;

  private static Cursor privately(@Nullable List<Told> told) {
    var began = List.of(new Position("i4b09", OFFSET), new Position("zz000", 0));
    var at = List.of(new Position("i4b09", OFFSET - 5), new Position("zz000", 0));
    return new Cursor(at, new Origin(began, new Start.Last(10), told));
  }

  @Test
  void aPrivateCursorIsReadAsItWasWritten() {
    Cursor nothing = privately(List.of());
    Cursor unknown = privately(null);
    Cursor told =
        privately(
            List.of(
                new Told("a.b-c_1:x", OFFSET, -1),
                new Told("orders~presence", Cursor.MAX_OFFSET, 0),
                new Told("0-0.0", 0, OFFSET)));

    assertThat(Cursor.parse(nothing.toString())).isEqualTo(nothing).isNotEqualTo(unknown);
    assertThat(Cursor.parse(unknown.toString())).isEqualTo(unknown);
    assertThat(Cursor.parse(told.toString())).isEqualTo(told);
    assertThat(told.toString()).matches("[a-zA-Z0-9.~!:_-]+");
  }

  /// A cursor that would be too long says that it does not know, never that nothing was told.
  @Test
  void whatHasNoRoomIsNotKnown() {
    var told = new ArrayList<Told>();
    for (int i = 0; i < ChannelNames.MAX_PER_STREAM; i++) {
      told.add(new Told("a-channel." + i, OFFSET, -1));
    }
    assertThat(Cursor.parse(privately(told).toString())).isEqualTo(privately(told));

    told.add(new Told("x".repeat(255), OFFSET, -1));
    told.add(new Told("y".repeat(255), OFFSET, OFFSET));
    told.add(new Told("z".repeat(255), OFFSET, OFFSET));
    assertThat(Cursor.parse(privately(told).toString())).isEqualTo(privately(null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "1.",
        ".a",
        "-.a",
        "1-.a",
        "-1.a",
        "1--1.a",
        "A.a",
        "zzzzzzzzzzz.a",
        "1.a/b",
        "1.a!1.a",
        "1.a!!1.b",
        "!1.a",
        "1.a,b"
      })
  void whatIsNoneIsRefused(String told) {
    String before = "i4b09.7!i4b09.9!start!";
    assertThatThrownBy(() -> Cursor.parse(before + told))
        .isInstanceOf(DuetException.class)
        .extracting(e -> ((DuetException) e).code())
        .isEqualTo(ErrorCode.BAD_CURSOR);
  }
}
