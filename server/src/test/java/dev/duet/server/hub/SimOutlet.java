package dev.duet.server.hub;

import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.function.BooleanSupplier;

/// An outlet of the simulation: takes bytes up to a mark, lets them through to its client in any
/// portions, and breaks after any byte.
final class SimOutlet implements Outlet {
  private final SimLoop loop;
  private final int mark;
  private final BooleanSupplier fails;
  private final ByteArrayOutputStream offered = new ByteArrayOutputStream();
  private byte[] flushed = new byte[0];
  private Listener listener;
  private boolean behind;
  private boolean ended;
  private boolean broken;
  private boolean told;

  SimOutlet(SimLoop loop, int mark) {
    this(loop, mark, () -> false);
  }

  /// @param fails whether an offer fails
  SimOutlet(SimLoop loop, int mark, BooleanSupplier fails) {
    this.loop = loop;
    this.fails = fails;
    this.mark = mark;
  }

  @Override
  public void listen(Listener value) {
    listener = value;
  }

  @Override
  public Offer offer(ByteBuf frame) {
    if (ended || broken) {
      return Offer.CLOSED;
    }
    if (fails.getAsBoolean()) {
      throw new IllegalStateException("no memory for a frame");
    }
    if (offered.size() + flushed.length > mark) {
      behind = true;
      return Offer.BEHIND;
    }
    byte[] bytes = new byte[frame.readableBytes()];
    frame.getBytes(frame.readerIndex(), bytes);
    offered.writeBytes(bytes);
    return Offer.WRITTEN;
  }

  @Override
  public void flush() {
    byte[] more = offered.toByteArray();
    offered.reset();
    byte[] all = new byte[flushed.length + more.length];
    System.arraycopy(flushed, 0, all, 0, flushed.length);
    System.arraycopy(more, 0, all, flushed.length, more.length);
    flushed = all;
  }

  @Override
  public void end() {
    flush();
    ended = true;
  }

  @Override
  public void abort() {
    cut();
  }

  /// Up to `count` bytes that reach the client now.
  byte[] drain(int count) {
    int taken = Math.min(count, flushed.length);
    byte[] bytes = java.util.Arrays.copyOf(flushed, taken);
    flushed = java.util.Arrays.copyOfRange(flushed, taken, flushed.length);
    if (behind && offered.size() + flushed.length <= mark / 2 && !ended && !broken) {
      behind = false;
      loop.execute(
          () -> {
            if (!ended && !broken) {
              listener.ready();
            }
          });
    }
    return bytes;
  }

  /// The connection breaks; the server hears of it in a later turn.
  void cut() {
    broken = true;
    flushed = new byte[0];
    if (!ended && !told && listener != null) {
      told = true;
      loop.execute(() -> listener.gone());
    }
  }

  /// Whether the client sees that its connection is broken.
  boolean isBroken() {
    return broken;
  }

  boolean unflushed() {
    return offered.size() > 0;
  }

  /// Whether the client sees the end of its stream.
  boolean atEnd() {
    return ended && flushed.length == 0;
  }
}
