package dev.duet.server.session;

import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.function.Function;

/// What a session says on its way to the client, in order. What the outlet does not take waits:
/// until it is gone nothing more is read, and no request is begun, so what waits is bounded by the
/// requests under way. Confined to the loop.
final class Answers {
  private final Function<ByteBuf, Outlet.Offer> outlet;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
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
    while (!waiting.isEmpty() && offer(waiting.getFirst())) {
      waiting.removeFirst();
    }
  }

  /// Whether something waits.
  boolean waiting() {
    return !waiting.isEmpty();
  }

  /// Nothing is sent any more.
  void close() {
    closed = true;
    waiting.forEach(ByteBuf::release);
    waiting.clear();
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
