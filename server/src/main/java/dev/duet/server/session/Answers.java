package dev.duet.server.session;

import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.function.Function;

/// What a session says on its way to the client, in order. What the outlet does not take waits:
/// until it is gone nothing more is read, and from [#MAX_WAITING_BYTES] on no request is begun, so
/// what waits is bounded by that and the requests under way. Confined to the loop.
final class Answers {
  /// More than the receipts of as many publications as may be under way.
  static final int MAX_WAITING_BYTES = 64 << 10;

  private final Function<ByteBuf, Outlet.Offer> outlet;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean closed;

  /// @param outlet offers a frame, and sends it before long
  Answers(Function<ByteBuf, Outlet.Offer> outlet) {
    this.outlet = outlet;
  }

  /// Sends a frame, or keeps it until there is room; takes it over.
  void send(ByteBuf frame) {
    if (closed) {
      frame.release();
    } else if (!waiting.isEmpty() || !offer(frame)) {
      waiting.add(frame);
      waitingBytes += frame.readableBytes();
    }
  }

  /// Sends a frame now or not at all; takes it over.
  ///
  /// @return false if there was no room: what it said can be made again when there is
  boolean trySend(ByteBuf frame) {
    if (closed) {
      frame.release();
      return true;
    }
    if (waiting.isEmpty() && offer(frame)) {
      return true;
    }
    frame.release();
    return false;
  }

  /// There is room: sends what waits.
  void ready() {
    for (ByteBuf next = waiting.peek(); next != null; next = waiting.peek()) {
      int bytes = next.readableBytes();
      if (!offer(next)) {
        return;
      }
      waiting.remove();
      waitingBytes -= bytes;
    }
  }

  /// Whether something waits.
  boolean waiting() {
    return !waiting.isEmpty();
  }

  /// Whether so much waits that nothing is to be begun.
  boolean full() {
    return waitingBytes >= MAX_WAITING_BYTES;
  }

  /// Nothing is sent any more.
  void close() {
    closed = true;
    waiting.forEach(ByteBuf::release);
    waiting.clear();
    waitingBytes = 0;
  }

  /// Lets the frame go if it was taken, or nobody will ever take it.
  private boolean offer(ByteBuf frame) {
    if (outlet.apply(frame) == Outlet.Offer.BEHIND) {
      return false;
    }
    frame.release();
    return true;
  }
}
