package dev.duet.server.hub;

import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// A reader with a connection of its own: a stream, with its first and its last words. Confined to
/// the loop.
final class StreamSubscriber extends Subscriber implements Carrier.Load, Subscription {
  private static final InternalLogger LOG =
      InternalLoggerFactory.getInstance(StreamSubscriber.class);

  private final StreamRequest request;
  private long id;
  private long since;
  private boolean toldLive;
  private @Nullable Runnable onClose;

  /// Joins the feeds of its channels, and waits there until it is begun.
  StreamSubscriber(HubLoop loop, StreamRequest request) {
    super(loop, request.wire(), new Ends(request.channels().size()), request.paceNanos());
    this.request = request;
    feeds().join(request.channels());
  }

  @Override
  public void begin(Outlet outlet) {
    var carrier = new Carrier(loop, outlet, this);
    carriedBy(carrier);
    if (closed()) {
      // the server began to stop after it was admitted
      finish(new Ending(Ending.Reason.RESTART, loop.settings().retryMillis()));
      return;
    }
    id = loop.roster().streamOpened();
    since = loop.now();
    loop.watch(carrier);
    enqueue();
  }

  @Override
  ByteBuf opening(@Nullable String cursor) {
    return wire.opening(cursor, loop.settings().retryMillis(), request.note());
  }

  @Override
  boolean endsAtGap() {
    return request.endAtGap() || !wire.carriesCursor();
  }

  @Override
  boolean refusedAtGap() {
    return request.endAtGap() && wire.carriesCursor();
  }

  @Override
  void caughtUp() {
    if (ends.complete()) {
      finishCaughtUp();
      return;
    }
    if (!toldLive) {
      String cursor = loop.logs().text(loop.present());
      boolean taken = offerOwned(wire.live(request.channels(), cursor));
      if (!taken) {
        return;
      }
      toldLive = true;
    }
    goLive();
    nap();
  }

  /// Over before it was live: its last bytes say that it has everything, so that it is refused on
  /// return.
  private void finishCaughtUp() {
    if (wire.carriesCursor()) {
      boolean taken = offerOwned(wire.heartbeat(loop.logs().text(loop.present())));
      if (!taken) {
        return;
      }
    }
    end(Ending.Reason.ENDED);
  }

  // ---- its connection

  /// What is told of it to operators; null if it was not begun or is closed.
  @Nullable ConnectionFigures figures() {
    if (id == 0) {
      return null;
    }
    List<String> channels = request.channels();
    int named = Math.min(channels.size(), ConnectionFigures.CHANNELS);
    return new ConnectionFigures(
        loop.roster().name(id),
        request.peer(),
        Wires.transport(wire),
        channels.subList(0, named),
        channels.size() - named,
        since,
        !isLive());
  }

  @Override
  public void ready() {
    enqueue();
  }

  @Override
  public void gone() {
    close();
  }

  @Override
  public @Nullable ByteBuf heartbeat() {
    return opened() ? loop.heartbeat(wire, !isAtW()) : null;
  }

  // ---- its end

  @Override
  public void stop(IntSupplier retryMillis) {
    if (!closed()) {
      finish(new Ending(Ending.Reason.RESTART, retryMillis.getAsInt()));
    }
  }

  @Override
  public void onClose(Runnable action) {
    onClose = action;
  }

  @Override
  public void end(Ending why) {
    if (!closed()) {
      finish(why);
    }
  }

  @Override
  void end(Ending.Reason reason) {
    finish(new Ending(reason, loop.settings().retryMillis()));
  }

  /// Says why, if there is room to, and ends what carries the stream.
  private void finish(Ending ending) {
    loop.deliveries().ended(ending);
    Carrier to = carrier();
    try {
      if (to != null) {
        // that all its channels have ended was said with each
        boolean said = ending.reason() == Ending.Reason.ENDED;
        to.sayLast(() -> said ? Unpooled.EMPTY_BUFFER : wire.end(ending));
      }
    } catch (RuntimeException | Error failure) {
      broken(failure);
      return;
    }
    close();
    request.closer().accept(ending);
  }

  @Override
  public void broken(Throwable failure) {
    LOG.warn("A stream of {} is cut", request.channels(), failure);
    close();
    Carrier to = carrier();
    if (to != null) {
      to.abort();
    }
  }

  @Override
  public void close() {
    if (id != 0) {
      id = 0;
      loop.roster().streamClosed();
    }
    leave();
    Carrier to = carrier();
    if (to != null) {
      to.close();
    }
    Runnable action = onClose;
    onClose = null;
    if (action != null) {
      action.run();
    }
  }
}
