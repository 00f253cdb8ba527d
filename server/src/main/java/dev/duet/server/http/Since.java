package dev.duet.server.http;

import dev.duet.protocol.Beginning;
import dev.duet.server.exchange.RequestHead;
import java.util.List;

/// Where a request asks to begin: the `Last-Event-ID` field before the query's `lastEventId` (that
/// a well-known library adds) before `last_event_id` before `since`.
final class Since {
  static final List<String> PARAMETERS = List.of("since", "last_event_id", "lastEventId");

  private Since() {}

  /// @throws DuetException [ErrorCode#BAD_CURSOR] or [ErrorCode#BAD_PARAMETER] for `since`
  static Beginning of(RequestHead head, Query query) {
    String id = head.header("last-event-id");
    for (String name : List.of("lastEventId", "last_event_id")) {
      if (id == null || id.isEmpty()) {
        id = query.get(name);
      }
    }
    if (id != null && !id.isEmpty()) {
      return Beginning.after(id);
    }
    String since = query.get("since");
    return since == null ? Beginning.DEFAULT : Beginning.since(since);
  }
}
