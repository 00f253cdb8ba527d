package dev.duet.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Cursor;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the ids of a log make of the cursors of its readers.
class LogIdsTest {
  private static final LogIds FIRST = LogIds.of("first");

  private static long offset(LogIds ids, String id, long offset) {
    return ids.offsetIn(List.of(new Cursor.Position("other", 99), new Cursor.Position(id, offset)));
  }

  @Test
  void thePresentIdIsKnown() {
    assertThat(offset(FIRST, "first", 7)).isEqualTo(7);
    assertThat(offset(FIRST, "second", 7)).isNegative();
  }

  @Test
  void aPastIdIsAsGoodIfNothingWasAnnouncedBehindItsEnd() {
    LogIds ids = FIRST.renewed("second", 7, true);
    assertThat(offset(ids, "first", 7)).isEqualTo(7);
    assertThat(offset(ids, "first", 8)).isNegative();
    assertThat(offset(ids, "second", 8)).isEqualTo(8);
  }

  @Test
  void elseItIsNot() {
    LogIds ids = FIRST.renewed("second", 7, false);
    assertThat(offset(ids, "first", 7)).isNegative();
    assertThat(ids.endOf("first")).isEqualTo(7);
  }

  /// Nor where that happened to an id that came after it.
  @Test
  void whatIsIntactIsSoOnlyAsLongAsAllAfterItIs() {
    LogIds ids = FIRST.renewed("second", 7, true).renewed("third", 5, false);
    assertThat(ids.past())
        .containsExactly(new LogIds.Past("second", 5), new LogIds.Past("first", 5));
    LogIds sound = FIRST.renewed("second", 7, true).renewed("third", 9, true);
    assertThat(offset(sound, "first", 3)).isEqualTo(3);
  }
}
