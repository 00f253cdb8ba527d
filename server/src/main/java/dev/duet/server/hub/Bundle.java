package dev.duet.server.hub;

import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Several subscriptions on one connection (ADR 4). Each catches up on its own, with its own order
/// and its own cursors. Once it has everything it is told `live`, naming its channels, and from
/// then on they are one with all that are live: one order (publications of one log come in log
/// order), one position, one cursor. Every cursor in a message about a live channel, in `live` and
/// in a heartbeat says "of all channels that were told live here I have everything up to there",
/// and it never goes back; the cursor in a message about a channel that was not told live is of
/// that channel's subscription alone.
///
/// A subscription ends by [#leave] only: a channel that has ended is told so and stays, and a
/// bundle without channels stays open.
///
/// Confined to the loop: every method is called there, and so is the listener, never from within
/// [#open], [#leave] or [#close].
public final class Bundle {
  private static final InternalLogger LOG = InternalLoggerFactory.getInstance(Bundle.class);

  private final HubLoop loop;
  private final Wire wire;
  private final Peer peer;
  private final long id;
  private final long since;
  private final Listener listener;
  private final Carrier carrier;

  /// All live subscriptions as one reader.
  private final LiveSubscriber live;

  /// Those who are not live, in the order in which they came.
  private final Set<JoiningSubscriber> joining = new LinkedHashSet<>();

  /// Who reads each channel.
  private final Map<String, Subscriber> readers = new HashMap<>();

  private boolean closed;

  /// Hears what becomes of the connection. Called on the loop.
  public interface Listener {
    /// There is room again after [Bundle#offer] was answered BEHIND; called before the hub offers
    /// anything itself. Also called when it was the hub that found no room.
    void ready();

    /// The connection takes nothing more: its client has gone, was cut off, or something failed
    /// under it. The bundle is closed. Called once, and nothing after it.
    void gone();

    /// The hub ends the bundle: the last bytes were offered, if there was room, and sent; the
    /// bundle is closed. What carries it is to be closed now. Called once, and nothing after it.
    void ended(Ending ending);
  }

  /// @param id none of the same loop has the same
  Bundle(
      HubLoop loop,
      long id,
      Outlet outlet,
      Wire wire,
      long paceNanos,
      Peer peer,
      Listener listener) {
    this.loop = loop;
    this.wire = wire;
    this.peer = peer;
    this.id = id;
    this.since = loop.now();
    this.listener = listener;
    this.carrier = new Carrier(loop, outlet, new Connection());
    this.live = new LiveSubscriber(this, loop, wire, paceNanos);
    live.carriedBy(carrier);
    loop.watch(carrier);
  }

  // ---- subscriptions

  /// Subscribes to channels. The stage completes on the loop:
  /// - READY: the subscription has begun; its first bytes are [SubscribeRequest#opening].
  /// - ENDED: all its channels have ended and it has everything; nothing was subscribed.
  /// - STOPPING: the server stops; nothing was subscribed.
  /// - LEFT: [#leave] took the last of its channels, or the bundle was closed, before it began.
  /// - Exceptionally: a log cannot be read; nothing was subscribed.
  ///
  /// Until then its channels count as subscribed. A gap is told before the next publication of its
  /// channel and ends nothing.
  ///
  /// @throws IllegalArgumentException if one of the channels is subscribed already
  public CompletionStage<Admission.Verdict> open(SubscribeRequest request) {
    if (closed) {
      return CompletableFuture.completedStage(Admission.Verdict.LEFT);
    }
    if (loop.stopped()) {
      return CompletableFuture.completedStage(Admission.Verdict.STOPPING);
    }
    for (String channel : request.channels()) {
      if (readers.containsKey(channel)) {
        throw new IllegalArgumentException("subscribed already: " + channel);
      }
    }
    var one = new JoiningSubscriber(this, loop, wire, request);
    joining.add(one);
    request.channels().forEach(channel -> readers.put(channel, one));
    return Opening.begin(loop, one, request.cursor(), request.start())
        .handleAsync((verdict, failure) -> opened(one, verdict, failure), loop::execute)
        .thenCompose(stage -> stage);
  }

  private CompletionStage<Admission.Verdict> opened(
      JoiningSubscriber one, Admission.@Nullable Verdict verdict, @Nullable Throwable failure) {
    if (!joining.contains(one)) {
      one.leave();
      return CompletableFuture.completedStage(Admission.Verdict.LEFT);
    }
    if (verdict == Admission.Verdict.READY) {
      one.carriedBy(carrier);
      one.enqueue();
      return CompletableFuture.completedStage(verdict);
    }
    forget(one);
    return failure == null && verdict != null
        ? CompletableFuture.completedStage(verdict)
        : CompletableFuture.failedStage(failure);
  }

  /// Whether the channel is subscribed, live or not yet.
  public boolean contains(String channel) {
    return readers.containsKey(channel);
  }

  /// How many channels are subscribed.
  public int size() {
    return readers.size();
  }

  /// Leaves channels at any time: when this returns nothing more of them will be offered, and they
  /// may be subscribed anew. Channels that are not subscribed are skipped.
  public void leave(Collection<String> channels) {
    for (String channel : channels) {
      Subscriber one = readers.remove(channel);
      if (one != null) {
        one.drop(channel);
        if (one instanceof JoiningSubscriber mine && mine.channels().isEmpty()) {
          mine.leave();
          joining.remove(mine);
        }
      }
    }
  }

  private void forget(JoiningSubscriber one) {
    one.leave();
    joining.remove(one);
    one.channels().forEach(readers::remove);
  }

  /// Tries to make a subscription that has everything one with those that are live. They are at the
  /// same point of the loop's order if the live ones take what they are due now.
  ///
  /// @return false if the live ones are behind, or there is no room to tell it
  boolean merge(JoiningSubscriber one) {
    if (!live.serveAll()) {
      return false;
    }
    String cursor = loop.logs().text(loop.present());
    boolean told = carrier.offerOwned(wire.live(one.channels(), cursor));
    if (!told) {
      return false;
    }
    Collection<String> channels = one.channels();
    live.take(channels, one.ends);
    channels.forEach(channel -> readers.put(channel, live));
    joining.remove(one);
    one.leave();
    return true;
  }

  /// The live ones have everything again: who waited for that may become one with them.
  void liveAgain() {
    for (JoiningSubscriber one : new ArrayList<>(joining)) {
      if (one.waitsForOthers()) {
        one.catchUp();
      }
    }
  }

  // ---- the connection

  /// What is told of it to operators.
  ConnectionFigures figures() {
    var channels = new ArrayList<String>(Math.min(readers.size(), ConnectionFigures.CHANNELS));
    for (String channel : readers.keySet()) {
      if (channels.size() == ConnectionFigures.CHANNELS) {
        break;
      }
      channels.add(channel);
    }
    channels.sort(null);
    boolean behind = !live.isLive() && live.feeds().size() > 0;
    for (JoiningSubscriber one : joining) {
      behind |= !one.isLive();
    }
    return new ConnectionFigures(
        loop.roster().name(id),
        peer,
        Wires.transport(wire),
        List.copyOf(channels),
        readers.size() - channels.size(),
        since,
        behind);
  }

  /// Offers a frame of the caller's own (an answer, an error), in order with everything else; the
  /// caller keeps its reference. It is sent at the end of the turn. BEHIND: nothing was kept, and
  /// [Listener#ready] comes when there is room.
  public Outlet.Offer offer(ByteBuf frame) {
    return carrier.take(frame);
  }

  /// Leaves everything: nothing is offered any more. What carries it is not touched. Harmless if it
  /// is closed.
  public void close() {
    if (!closed) {
      closed = true;
      live.leave();
      joining.forEach(Subscriber::leave);
      joining.clear();
      readers.clear();
      carrier.close();
      loop.roster().remove(this);
    }
  }

  /// Whether it was closed, or has ended.
  public boolean closed() {
    return closed;
  }

  private final class Connection implements Carrier.Load {
    @Override
    public void ready() {
      listener.ready();
      live.enqueue();
      for (JoiningSubscriber one : joining) {
        one.enqueue();
      }
    }

    @Override
    public void gone() {
      if (!closed) {
        close();
        listener.gone();
      }
    }

    @Override
    public ByteBuf heartbeat() {
      boolean known = live.feeds().size() > 0 && live.isAtW();
      return loop.heartbeat(wire, !known);
    }

    @Override
    public void broken(Throwable failure) {
      Bundle.this.broken(failure);
    }
  }

  void broken(Throwable failure) {
    if (!closed) {
      LOG.warn("A connection with {} channels is cut", readers.size(), failure);
      close();
      carrier.abort();
      listener.gone();
    }
  }

  void end(Ending.Reason reason) {
    finish(new Ending(reason, loop.settings().retryMillis()));
  }

  /// The server stops.
  void stop(IntSupplier retryMillis) {
    if (!closed) {
      finish(new Ending(Ending.Reason.RESTART, retryMillis.getAsInt()));
    }
  }

  private void finish(Ending ending) {
    if (closed) {
      return;
    }
    loop.deliveries().ended(ending);
    try {
      carrier.sayLast(() -> wire.end(ending));
    } catch (RuntimeException | Error failure) {
      broken(failure);
      return;
    }
    close();
    listener.ended(ending);
  }
}
