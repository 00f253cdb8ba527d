package dev.duet.server.http;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.Start;
import dev.duet.server.exchange.RequestHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a reader asks to begin: the `Last-Event-ID` field before the query's `lastEventId` (that a
/// well-known library adds) before `last_event_id` before `since`.
///
/// @param cursor null if it brought none; [Cursor#NONE] if what it brought as an event's id cannot
///     be read, which is told as a gap, for a client that returns cannot mend its id
/// @param start where to begin without a cursor
record Beginning(@Nullable Cursor cursor, Start start) {
  static final List<String> PARAMETERS = List.of("since", "last_event_id", "lastEventId");

  /// @throws DuetException [ErrorCode#BAD_CURSOR] or [ErrorCode#BAD_PARAMETER] for `since`
  static Beginning of(RequestHead head, Query query) {
    String id = head.header("last-event-id");
    for (String name : List.of("lastEventId", "last_event_id")) {
      if (id == null || id.isEmpty()) {
        id = query.get(name);
      }
    }
    if (id != null && !id.isEmpty()) {
      return new Beginning(ofId(id), Start.DEFAULT);
    }
    String since = query.get("since");
    if (since == null) {
      return new Beginning(null, Start.DEFAULT);
    }
    if (Start.looksLikeStart(since)) {
      return new Beginning(null, Start.parse(since));
    }
    return new Beginning(cursor("since", since), Start.DEFAULT);
  }

  /// A cursor that a parameter names.
  static Cursor cursor(String name, String value) {
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

  private static Cursor ofId(String id) {
    try {
      return Cursor.parse(id);
    } catch (DuetException e) {
      return Cursor.NONE;
    }
  }
}
