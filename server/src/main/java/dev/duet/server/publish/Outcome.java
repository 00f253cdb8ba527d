package dev.duet.server.publish;

import dev.duet.broker.Durability;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.ErrorCode;

/// What became of a publication on one channel.
public sealed interface Outcome {
  /// The channel that it was meant for.
  String channel();

  /// It is committed.
  ///
  /// @param cursor just after it
  /// @param durability what it survives
  /// @param duplicate whether its idempotency key had been used for the same: nothing was added,
  ///     `offset` is the first one's
  record Published(
      String channel, long offset, Cursor cursor, Durability durability, boolean duplicate)
      implements Outcome {}

  /// It is not in the log and never will be.
  ///
  /// @param detail what was wrong and what is allowed, for people
  /// @param offset the offset that it collided with (of the present last one, of the end, of the
  ///     key's first use), or -1
  /// @param retryMillis a time after which another try makes sense; 0 where none does
  record Refused(String channel, ErrorCode code, String detail, long offset, int retryMillis)
      implements Outcome {}
}
