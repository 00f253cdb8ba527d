package dev.duet.server.hub;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A reader on a [Carrier]: a position, and the rule by which what lies after it is offered (ADR
/// 1). Live, it is a step in its loop's order; else it is [Behind]. Confined to the loop.
///
/// What it is a part of says how it begins, what becomes of it once it has everything, and how it
/// ends.
abstract class Subscriber implements Feed.Reader {
  final HubLoop loop;
  final Wire wire;
  final Ends ends;
  private final FeedList feeds;

  /// Null if it takes everything at once.
  private final @Nullable Pace pace;

  private @Nullable Carrier carrier;

  /// Null if it is live.
  private @Nullable Behind behind;

  /// Live: the last step that was offered, unless W is further.
  private long step;

  /// What it is counted as; see [Deliveries].
  private int counted = Deliveries.NOT;

  private boolean queued;
  private boolean opened;
  private boolean closed;

  /// @param ends what is known of the ends of its channels
  /// @param paceNanos after each delivery nothing more comes for so long; 0 for none
  Subscriber(HubLoop loop, Wire wire, Ends ends, long paceNanos) {
    this.loop = loop;
    this.wire = wire;
    this.ends = ends;
    this.feeds = new FeedList(loop.feeds(), this);
    this.pace = paceNanos > 0 ? new Pace(this, paceNanos) : null;
  }

  // ---- what it is a part of

  /// Its first bytes; the caller's.
  ///
  /// @param cursor where it stands, or null if gaps have to be told first
  abstract ByteBuf opening(@Nullable String cursor);

  /// Whether it ends at a gap.
  abstract boolean endsAtGap();

  /// Whether it is refused if it would begin with one.
  abstract boolean refusedAtGap();

  /// It has everything up to where the loop stands, and every end was told.
  abstract void caughtUp();

  /// It ends.
  abstract void end(Ending.Reason reason);

  /// Something failed under it, memory for a frame above all. It must not seem to have what it was
  /// not offered: its connection is to be broken, and it returns with what it has.
  abstract void broken(Throwable failure);

  // ---- its state

  boolean closed() {
    return closed;
  }

  boolean opened() {
    return opened;
  }

  /// It has had its first words, or has none.
  final void markOpened() {
    opened = true;
  }

  boolean isLive() {
    return behind == null;
  }

  /// Whether it is live and nothing was offered that some walk may not have come to yet.
  boolean isAtW() {
    return behind == null && step <= loop.order().w();
  }

  @Override
  public FeedList feeds() {
    return feeds;
  }

  /// Where it begins; what its feeds know of their ends is fresh.
  void place(ReadPosition position) {
    behind = new Behind(this, position);
    count();
    oweEnds(position);
  }

  /// Channels that had ended before the reader came, and of which it has everything.
  private void oweEnds(ReadPosition position) {
    for (Feed feed : feeds.toArray()) {
      if (feed.endedAt > 0 && position.complete(feed.log, feed.channel, feed.endedAt)) {
        ends.owe(feed.channel);
      }
    }
  }

  /// From now on it offers to `to`.
  void carriedBy(Carrier to) {
    carrier = to;
    count();
  }

  private void count() {
    boolean not = closed || carrier == null;
    int now = not ? Deliveries.NOT : behind == null ? Deliveries.LIVE : Deliveries.BEHIND;
    if (now != counted) {
      loop.deliveries().became(counted, now);
      counted = now;
    }
  }

  @Nullable Carrier carrier() {
    return carrier;
  }

  /// Nothing is offered any more, and nothing is kept.
  void leave() {
    if (!closed) {
      closed = true;
      count();
      feeds.leaveAll();
      if (pace != null) {
        loop.forget(pace);
      }
      if (carrier != null) {
        carrier.passOn(this);
      }
    }
  }

  /// Leaves one of its channels: nothing more of it is offered.
  void drop(String channel) {
    Feed feed = loop.feeds().find(channel);
    feeds.leave(channel);
    ends.forget(channel);
    if (behind != null && feed != null) {
      behind.leave(feed.log, channel);
      enqueue();
    }
  }

  // ---- live

  /// Offers everything that it is due, unless it keeps a pace: then it catches up with that.
  /// Whether it is live, at the newest step.
  final boolean serveAll() {
    if (behind == null && !closed) {
      if (pace != null && isDue()) {
        fallBehind();
        enqueue();
      } else {
        serve();
      }
    }
    return behind == null && !closed;
  }

  private boolean isDue() {
    Order order = loop.order();
    List<Step> steps = loop.scratch();
    feeds.pendingAfter(Math.max(step, order.w()), order, steps);
    return !steps.isEmpty();
  }

  @Override
  public void due() {
    if (behind == null && !closed) {
      try {
        if (pace != null) {
          fallBehind();
          enqueue();
        } else {
          serve();
        }
      } catch (RuntimeException | Error failure) {
        broken(failure);
      }
    }
  }

  /// Offers everything up to the newest step, or is behind.
  private void serve() {
    Order order = loop.order();
    List<Step> steps = loop.scratch();
    feeds.pendingAfter(Math.max(step, order.w()), order, steps);
    boolean oneChannel = feeds.size() == 1;
    int maxBytes = loop.settings().runBytes();
    for (int i = 0; i < steps.size(); ) {
      Runs.Part part = loop.runs().part(steps, i, oneChannel, wire, maxBytes, loop.logs());
      if (!offer(part.bytes())) {
        fallBehind();
        return;
      }
      got();
      loop.deliveries().streamed += part.steps();
      for (int end = i + part.steps(); i < end; i++) {
        step = steps.get(i).number;
        ends.offered(steps.get(i).publication());
      }
    }
    step = order.last();
    if (ends.complete()) {
      end(Ending.Reason.ENDED);
    }
  }

  /// From now on it is behind, where it stands.
  private void fallBehind() {
    if (behind == null) {
      Order order = loop.order();
      behind = behindAt(order.vectorAt(Math.max(step, order.w())));
      count();
    }
  }

  private Behind behindAt(long[] vector) {
    var position =
        new ReadPosition(
            loop.feeds(),
            loop.logs(),
            loop.feeds().byLog(feeds.toArray()),
            vector.clone(),
            null,
            new ArrayList<>(0));
    return new Behind(this, position);
  }

  @Override
  public void lapped() {
    if (!closed && carrier != null) {
      fallBehind();
      enqueue();
    }
  }

  // ---- behind

  /// Lets it catch up in this turn or the next, if it can.
  void enqueue() {
    if (behind != null && !queued && !behind.isReading() && mayOffer()) {
      queued = true;
      loop.enqueue(this);
    }
  }

  void catchUp() {
    queued = false;
    Behind now = behind;
    if (now != null) {
      try {
        now.goOn();
      } catch (RuntimeException | Error failure) {
        broken(failure);
      }
    }
  }

  /// It has everything up to where the loop stands: from now on it is live.
  final void goLive() {
    behind = null;
    count();
    step = loop.order().last();
  }

  /// It has everything up to where the loop stands, and stays a reader with a position of its own:
  /// one that needs no origin any more.
  final void goOnPlainly() {
    if (behind != null && behind.isPrivate()) {
      behind = behindAt(loop.present());
    }
  }

  /// Something was offered.
  final void got() {
    if (pace != null) {
      pace.got();
    }
  }

  /// A reader with a pace of its own gets nothing for a while: it stays behind where it is.
  final void nap() {
    if (pace != null && pace.takeGot() && !closed && behind == null) {
      fallBehind();
      pace.nap();
    }
  }

  // ---- offers

  /// Whether there is a way for what comes next, and now is the time.
  final boolean mayOffer() {
    boolean waiting = carrier == null || carrier.waiting();
    boolean napping = pace != null && pace.isNapping();
    return !waiting && !napping && !closed;
  }

  /// Offers bytes that stay the caller's. False if they were not taken.
  final boolean offer(ByteBuf bytes) {
    return carrier != null && !closed && carrier.offer(bytes);
  }

  /// Offers bytes that are this object's, and lets them go.
  final boolean offerOwned(ByteBuf bytes) {
    try {
      return offer(bytes);
    } finally {
      bytes.release();
    }
  }
}
