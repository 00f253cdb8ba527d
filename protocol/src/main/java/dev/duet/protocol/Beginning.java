package dev.duet.protocol;

import org.jspecify.annotations.Nullable;

/// Where a reader asks to begin.
///
/// @param cursor null if it brought none; [Cursor#NONE] if what it brought back cannot be read,
///     which is told as a gap
/// @param start where to begin without a cursor
public record Beginning(@Nullable Cursor cursor, Start start) {
  /// Nothing was asked for.
  public static final Beginning DEFAULT = new Beginning(null, Start.DEFAULT);

  /// What a client brings back, whatever it is: a client that returns cannot mend its cursor, so
  /// one that cannot be read is told as a gap.
  public static Beginning after(String cursor) {
    try {
      return new Beginning(Cursor.parse(cursor), Start.DEFAULT);
    } catch (DuetException e) {
      return new Beginning(Cursor.NONE, Start.DEFAULT);
    }
  }

  /// What somebody chose: a start, or a cursor.
  ///
  /// @throws DuetException [ErrorCode#BAD_CURSOR] or [ErrorCode#BAD_PARAMETER] saying what `since`
  ///     is
  public static Beginning since(String value) {
    if (Start.looksLikeStart(value)) {
      return new Beginning(null, Start.parse(value));
    }
    return new Beginning(cursor("since", value), Start.DEFAULT);
  }

  /// A cursor that somebody chose.
  ///
  /// @param name of the parameter that holds it, for the error
  /// @throws DuetException [ErrorCode#BAD_CURSOR]
  public static Cursor cursor(String name, String value) {
    try {
      return Cursor.parse(value);
    } catch (DuetException e) {
      throw new DuetException(
          ErrorCode.BAD_CURSOR,
          "'"
              + name
              + "' is a cursor as this server gave it"
              + (name.equals("since")
                  ? ", or now, start, -1 to -" + Start.MAX_LAST + ", or a time that ends in Z"
                  : ", or now")
              + "; "
              + e.detail());
    }
  }
}
