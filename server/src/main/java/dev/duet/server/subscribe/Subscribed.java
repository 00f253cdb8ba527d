package dev.duet.server.subscribe;

import dev.duet.protocol.Cursor;
import java.util.concurrent.CompletionStage;

/// A subscription in the process. Any thread.
public interface Subscribed extends AutoCloseable {
  /// Why a subscription ended.
  enum End {
    /// [Subscribed#close()] was called.
    CLOSED,
    /// All its channels have ended.
    ENDED,
    /// The server stopped.
    STOPPED
  }

  /// Where it stands: everything up to there was handled, nothing after it. To be kept, as text,
  /// where a later subscription is to go on; that of [SubscribeTo#after(Cursor)].
  Cursor cursor();

  /// Ends it. Does not wait: a call of the handler that is under way goes on, and none begins after
  /// it. Harmless if it has ended.
  @Override
  void close();

  /// Completes after the last call of the handler has returned, with why it ended; fails with what
  /// the handler threw. [#cursor()] moves no more then.
  CompletionStage<End> closed();
}
