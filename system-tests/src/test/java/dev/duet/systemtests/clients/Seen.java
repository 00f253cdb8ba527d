package dev.duet.systemtests.clients;

import dev.duet.protocol.Cursor;

/// One thing that a client was told.
sealed interface Seen {
  /// A publication.
  ///
  /// @param channel "" where the client's form does not say it
  /// @param logId the log of its cursor, "" where the client's form has none
  /// @param offset its offset by its cursor, 0 where the client's form has none
  record Message(String channel, String logId, long offset, String event, Payload.Shape shape)
      implements Seen {

    static Message of(String cursor, String channel, String event, Payload.Shape shape) {
      Cursor.Position position = Cursor.parse(cursor).positions().getFirst();
      return new Message(channel, position.logId(), position.offset(), event, shape);
    }
  }

  /// A gap.
  record Gap(String channel, long from, long to, String reason, boolean certain, long nanos)
      implements Seen {}

  /// Anything else: `open`, `live`, `end`, `close`, `error`.
  record Mark(String is, String reason, long retry, long nanos) implements Seen {}
}
