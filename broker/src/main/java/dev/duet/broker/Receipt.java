package dev.duet.broker;

/// The answer to an append.
public sealed interface Receipt {
  /// Committed.
  ///
  /// @param offset its offset; of a duplicate the first one's
  /// @param duplicate whether its idempotency key had been used, with the same bytes: nothing was
  ///     added
  record Appended(long offset, boolean duplicate) implements Receipt {}

  /// Its idempotency key was used within the window for something else.
  record Conflict(long offset) implements Receipt {}

  /// The channel had ended at `offset`.
  record Ended(long offset) implements Receipt {}

  /// `If-Match` named another offset than `current`, the last committed one of the channel or key
  /// (0: nothing is held).
  record Mismatch(long current) implements Receipt {}

  /// Too much is under way; nothing was appended.
  ///
  /// @param retryAfterMillis a time after which another try makes sense
  record Busy(int retryAfterMillis) implements Receipt {}

  /// It could not be committed: it is not in the log and never will be. Also where an answer rested
  /// on another append that failed.
  ///
  /// @param full whether the storage is full
  /// @param why for people
  record Failed(boolean full, String why) implements Receipt {}
}
