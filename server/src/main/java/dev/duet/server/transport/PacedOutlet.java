package dev.duet.server.transport;

import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What is the same for every kind of outlet: when it takes frames, and what its listener hears. A
/// kind adds how bytes get to its reader, and tells [#drained] and [#lost].
abstract class PacedOutlet implements Outlet {
  final Connection connection;
  private final Runnable finish;

  private @Nullable Listener listener;
  private boolean behind;
  private boolean closed;
  private boolean lost;

  PacedOutlet(Connection connection, Runnable finish) {
    this.connection = connection;
    this.finish = finish;
  }

  /// Whether less than the high water mark waits; once it was not, whether less than the low one
  /// does.
  abstract boolean hasRoom();

  /// Queues a frame without sending it. The caller keeps its reference.
  abstract void put(ByteBuf frame);

  @Override
  public final void listen(Listener hearer) {
    if (listener != null) {
      throw new IllegalStateException("there is a listener");
    }
    listener = hearer;
    if (lost) {
      connection.loop().execute(hearer::gone);
    }
  }

  @Override
  public final Offer offer(ByteBuf frame) {
    if (closed) {
      return Offer.CLOSED;
    }
    if (!hasRoom()) {
      behind = true;
      return Offer.BEHIND;
    }
    put(frame);
    return Offer.WRITTEN;
  }

  @Override
  public final void end() {
    if (!closed) {
      closed = true;
      finish.run();
    }
  }

  @Override
  public final void abort() {
    closed = true;
    connection.cut();
  }

  /// There is room again.
  final void drained() {
    if (behind && !closed) {
      connection
          .loop()
          .execute(
              () -> {
                if (behind && !closed && hasRoom()) {
                  behind = false;
                  if (listener != null) {
                    listener.ready();
                  }
                }
              });
    }
  }

  /// The reader is lost: nothing more is taken.
  final void lost() {
    if (!closed) {
      closed = true;
      lost = true;
      if (listener != null) {
        connection.loop().execute(listener::gone);
      }
    }
  }
}
