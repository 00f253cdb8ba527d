package dev.duet.server.exchange;

import io.netty.buffer.ByteBuf;

/// The way to one reader's socket. Confined to the loop of its connection.
///
/// It holds little: while more than its high water mark waits to be drained it takes nothing more,
/// and says so by a value. What it did not take is dropped by the caller, who reads it again from
/// the log when the outlet is ready.
public interface Outlet {
  /// What became of a frame.
  enum Offer {
    /// It will be written, whole and in order, unless the connection breaks.
    WRITTEN,
    /// Not taken: too much waits already. [Listener#ready] comes when there is room.
    BEHIND,
    /// Not taken: the reader has gone or the outlet has ended. [Listener#gone] has been or will be
    /// called.
    CLOSED
  }

  /// Hears of it. Called on the loop, never from within a call to the outlet.
  interface Listener {
    /// Drained below the low water mark after an offer was answered BEHIND.
    void ready();

    /// The reader has gone, or was cut off because it drained nothing for too long. Called once;
    /// nothing is called after it. Not called after [Outlet#end] or [Outlet#abort].
    void gone();
  }

  /// Sets who hears of it: once, before the first offer.
  void listen(Listener listener);

  /// Offers bytes in the reader's wire form. The caller keeps its reference: an outlet that takes
  /// the frame retains it for itself. Nothing reaches the socket before [#flush()].
  Offer offer(ByteBuf frame);

  /// Sends what was offered. Once per turn and connection.
  void flush();

  /// Ends the answer in order: what was taken is drained, then the stream is closed. The bytes that
  /// tell the reader why were offered before. Further offers are CLOSED.
  void end();

  /// Breaks the connection at once.
  void abort();
}
