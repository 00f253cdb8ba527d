package dev.duet.server.session;

import dev.duet.server.exchange.BodyQuota;
import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.function.Function;

/// What a session says on its way to the client, in order. What the outlet does not take waits:
/// until it is gone nothing more is read, and from [#MAX_WAITING_BYTES] on no request is begun, so
/// what waits is bounded by that and the requests under way; of large answers also by a quota.
/// Confined to the loop.
final class Answers {
  /// More than the receipts of as many publications as may be under way.
  static final int MAX_WAITING_BYTES = 64 << 10;

  private final Function<ByteBuf, Outlet.Offer> outlet;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean closed;

  /// A frame, and where it counts.
  private record Waiting(ByteBuf frame, BodyQuota quota, int bytes) {
    void release() {
      frame.release();
      quota.release(bytes);
    }
  }

  /// @param outlet offers a frame, and sends it before long
  Answers(Function<ByteBuf, Outlet.Offer> outlet) {
    this.outlet = outlet;
  }

  /// Sends a frame, or keeps it until there is room; takes it over.
  void send(ByteBuf frame) {
    var unused = send(frame, BodyQuota.NONE);
  }

  /// Sends a frame, or keeps it until there is room, if the quota has room for that; takes it over.
  ///
  /// @return false if it had none: the frame is let go
  boolean send(ByteBuf frame, BodyQuota quota) {
    if (trySend(frame.retain())) {
      frame.release();
      return true;
    }
    int bytes = frame.readableBytes();
    if (!quota.take(bytes)) {
      frame.release();
      return false;
    }
    waiting.add(new Waiting(frame, quota, bytes));
    waitingBytes += bytes;
    return true;
  }

  /// Sends a frame now or not at all; takes it over.
  ///
  /// @return false if there was no room: what it said can be made again when there is
  boolean trySend(ByteBuf frame) {
    if (closed) {
      frame.release();
      return true;
    }
    boolean taken = waiting.isEmpty() && offer(frame);
    frame.release();
    return taken;
  }

  /// There is room: sends what waits.
  void ready() {
    while (!waiting.isEmpty() && offer(waiting.getFirst().frame)) {
      Waiting sent = waiting.removeFirst();
      waitingBytes -= sent.bytes;
      sent.release();
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
    waiting.forEach(Waiting::release);
    waiting.clear();
    waitingBytes = 0;
  }

  /// Whether it was taken, or nobody will ever take it.
  private boolean offer(ByteBuf frame) {
    return outlet.apply(frame) != Outlet.Offer.BEHIND;
  }
}
