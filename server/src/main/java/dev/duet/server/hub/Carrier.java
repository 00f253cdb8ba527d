package dev.duet.server.hub;

import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import java.util.LinkedHashSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The way to one connection, for all who read on it: takes their frames, sends them once a turn,
/// says when there is room again, keeps the connection open, and lets one page at a time be under
/// way. Confined to the loop.
final class Carrier extends Wheel.Entry implements Outlet.Listener {
  private final HubLoop loop;
  private final Outlet outlet;
  private final Load load;

  /// The outlet is full: nothing is offered until it is ready.
  private boolean waiting;

  private boolean flushing;
  private boolean closed;
  private long lastOffer;

  /// A page is under way.
  private boolean reading;

  /// Who may have the next page, and who wants one after that.
  private @Nullable Subscriber turn;

  private @Nullable LinkedHashSet<Subscriber> turns;

  /// Those who read on the connection.
  interface Load {
    /// The outlet has room again.
    void ready();

    /// The connection takes nothing more.
    void gone();

    /// Nothing was offered for a while.
    ///
    /// @return what keeps the connection open, the carrier's to release; null for nothing
    @Nullable ByteBuf heartbeat();

    /// Something failed under it: the connection is to be broken.
    void broken(Throwable failure);
  }

  Carrier(HubLoop loop, Outlet outlet, Load load) {
    this.loop = loop;
    this.outlet = outlet;
    this.load = load;
    this.lastOffer = loop.now();
    outlet.listen(this);
  }

  boolean waiting() {
    return waiting;
  }

  boolean closed() {
    return closed;
  }

  // ---- offers

  /// Offers bytes that stay the caller's. False if they were not taken: then the connection waits,
  /// or has ended.
  boolean offer(ByteBuf bytes) {
    if (take(bytes) != Outlet.Offer.WRITTEN) {
      return false;
    }
    lastOffer = loop.turnTime();
    return true;
  }

  /// Offers bytes that are the carrier's from now on, and lets them go.
  boolean offerOwned(ByteBuf bytes) {
    try {
      return offer(bytes);
    } finally {
      bytes.release();
    }
  }

  /// The same as [#offer], but it puts off no heartbeat.
  Outlet.Offer take(ByteBuf bytes) {
    if (closed) {
      return Outlet.Offer.CLOSED;
    }
    if (!bytes.isReadable()) {
      return Outlet.Offer.WRITTEN;
    }
    if (waiting) {
      return Outlet.Offer.BEHIND;
    }
    Outlet.Offer answer = outlet.offer(bytes);
    switch (answer) {
      case WRITTEN -> {
        if (!flushing) {
          flushing = true;
          loop.flushLater(this);
        }
      }
      case BEHIND -> waiting = true;
      case CLOSED -> load.gone();
    }
    return answer;
  }

  void flush() {
    flushing = false;
    if (!closed) {
      try {
        outlet.flush();
      } catch (RuntimeException | Error failure) {
        load.broken(failure);
      }
    }
  }

  /// Offers the last bytes, if there is room for them, and sends what was offered.
  void sayLast(Supplier<ByteBuf> last) {
    ByteBuf bytes = last.get();
    try {
      if (bytes.isReadable()) {
        outlet.offer(bytes);
      }
    } finally {
      bytes.release();
    }
    outlet.flush();
  }

  /// Nothing is offered any more.
  void close() {
    closed = true;
    loop.forget(this);
  }

  void abort() {
    outlet.abort();
  }

  @Override
  public void ready() {
    waiting = false;
    if (!closed) {
      load.ready();
    }
  }

  @Override
  public void gone() {
    load.gone();
  }

  // ---- pages

  /// Whether `reader` may have a page under way now. If not it is called when it is its turn.
  boolean beginPage(Subscriber reader) {
    if (reading || (turn != null && turn != reader)) {
      if (turns == null) {
        turns = new LinkedHashSet<>(4);
      }
      turns.add(reader);
      return false;
    }
    turn = null;
    reading = true;
    return true;
  }

  /// The page has come.
  void endPage() {
    reading = false;
    nextTurn();
  }

  /// `reader` needs no page.
  void passOn(Subscriber reader) {
    if (turns != null) {
      turns.remove(reader);
    }
    if (turn == reader) {
      turn = null;
      nextTurn();
    }
  }

  private void nextTurn() {
    if (turns != null && turn == null && !turns.isEmpty()) {
      turn = turns.removeFirst();
      turn.enqueue();
    }
  }

  // ---- heartbeats

  @Override
  long deadline() {
    return lastOffer + loop.settings().heartbeat().toNanos();
  }

  /// A heartbeat is due (never while one waits: the outlet is busy then).
  @Override
  void dueAt(long now) {
    if (!waiting) {
      try {
        ByteBuf beat = load.heartbeat();
        if (beat != null) {
          offerOwned(beat);
        }
      } catch (RuntimeException | Error failure) {
        load.broken(failure);
      }
    }
    lastOffer = loop.now();
    if (!closed) {
      loop.watch(this);
    }
  }
}
