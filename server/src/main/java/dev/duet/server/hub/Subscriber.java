package dev.duet.server.hub;

import dev.duet.broker.Page;
import dev.duet.broker.Span;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A reader on a [Carrier]: a position, and the rule by which what lies after it is offered (ADR
/// 1). Live, it is a step in its loop's order; behind, a [ReadPosition]. Confined to the loop.
///
/// What it is a part of says how it begins, what becomes of it once it has everything, and how it
/// ends.
abstract class Subscriber implements Feed.Reader {
  final HubLoop loop;
  final Wire wire;
  final Ends ends;
  private final long paceNanos;
  private final FeedList feeds;
  private final Catching ring;

  private @Nullable Carrier carrier;

  /// Null if it is live.
  private @Nullable ReadPosition behind;

  /// Live: the last step that was offered, unless W is further.
  private long step;

  /// A page is under way.
  private boolean reading;

  /// A channel was left since the page was asked for: it is asked for again.
  private boolean stale;

  /// It keeps a pace of its own and has just got something.
  private boolean napping;

  private @Nullable Nap nap;

  private boolean gotSomething;

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
    this.paceNanos = paceNanos;
    this.feeds = new FeedList(loop.feeds(), this);
    this.ring = new Catching(loop);
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

  /// It has no first words.
  final void skipOpening() {
    opened = true;
  }

  boolean closed() {
    return closed;
  }

  boolean opened() {
    return opened;
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
    behind = position;
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
      if (nap != null) {
        loop.forget(nap);
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
      ring.forget();
      stale = true;
      enqueue();
    }
  }

  // ---- live

  /// Offers everything that it is due, unless it keeps a pace: then it catches up with that.
  /// Whether it is live, at the newest step.
  final boolean serveAll() {
    if (behind == null && !closed) {
      if (paceNanos > 0 && isDue()) {
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
        if (paceNanos > 0) {
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
      gotSomething = true;
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

  private void fallBehind() {
    if (behind == null) {
      Order order = loop.order();
      long[] vector = order.vectorAt(Math.max(step, order.w())).clone();
      behind =
          new ReadPosition(
              loop.logs(), loop.feeds().byLog(feeds.toArray()), vector, null, new ArrayList<>(0));
      count();
    }
  }

  @Override
  public void lapped() {
    if (!closed && carrier != null) {
      fallBehind();
      enqueue();
    }
  }

  // ---- behind

  void enqueue() {
    boolean waiting = carrier == null || carrier.waiting();
    if (behind != null && !queued && !waiting && !reading && !napping && !closed) {
      queued = true;
      loop.enqueue(this);
    }
  }

  void catchUp() {
    queued = false;
    try {
      offerWhatFollows();
    } catch (RuntimeException | Error failure) {
      broken(failure);
    }
  }

  /// Offers what lies after the position until it has all, waits, or a page must be read.
  private void offerWhatFollows() {
    ReadPosition position = behind;
    boolean idle = carrier == null || carrier.waiting() || reading || napping || closed;
    if (position == null || idle || !tellFirst(position) || !tellEnds(position)) {
      return;
    }
    position.idleLogsAt(loop.present());
    for (int l = 0; l < loop.logs().size(); l++) {
      while (!position.completeAt(l, loop.present(l))) {
        if (!offerNext(position, l)) {
          return;
        }
      }
    }
    if (carrier != null) {
      carrier.passOn(this);
    }
    caughtUp();
  }

  /// Offers the next run of a log, or asks for a page. Whether to go on.
  private boolean offerNext(ReadPosition position, int log) {
    Catching.Run run = ring.next(log, position, wire, loop.present(log));
    if (run == null) {
      readPage(position, log);
      return false;
    }
    boolean taken = offerOwned(run.bytes());
    if (!taken) {
      return false;
    }
    ring.taken(log, position, run);
    gotSomething |= !run.entries().isEmpty();
    loop.deliveries().streamed += run.entries().size();
    for (RingEntry entry : run.entries()) {
      ends.offered(entry.publication());
    }
    return true;
  }

  private void readPage(ReadPosition position, int log) {
    List<Span> spans = position.spans(log);
    if (spans != null && carrier != null && carrier.beginPage(this)) {
      reading = true;
      stale = false;
      loop.pages().read(this, position, log, spans);
    }
  }

  /// The page that was asked for.
  void page(int log, Pages.Encoded encoded) {
    pageEnded();
    try {
      take(log, encoded);
    } catch (RuntimeException | Error failure) {
      broken(failure);
    }
  }

  private void pageEnded() {
    reading = false;
    if (carrier != null) {
      carrier.endPage();
    }
  }

  private void take(int log, Pages.Encoded encoded) {
    ReadPosition position = behind;
    if (closed || position == null) {
      return;
    }
    if (stale) {
      enqueue();
      return;
    }
    if (!offer(encoded.bytes())) {
      return;
    }
    loop.deliveries().streamed(encoded.told());
    if (encoded.gap()) {
      end(Ending.Reason.GAP);
      return;
    }
    Page page = encoded.page();
    position.advance(log, page);
    gotSomething |= !page.items().isEmpty();
    for (Item item : page.items()) {
      if (item instanceof Publication publication) {
        ends.offered(publication);
      }
    }
    page.ended().forEach(ends::owe);
    enqueue();
  }

  /// The page could not be read: the reader comes back later.
  void unreadable() {
    pageEnded();
    if (!closed) {
      end(Ending.Reason.UNAVAILABLE);
    }
  }

  /// It has everything up to where the loop stands: from now on it is live.
  final void goLive() {
    behind = null;
    count();
    ring.forget();
    step = loop.order().last();
  }

  /// It has everything up to where the loop stands, and stays a reader with a position of its own:
  /// one that needs no origin any more.
  final void goOnPlainly() {
    if (behind != null && behind.isPrivate()) {
      long[] vector = loop.present().clone();
      behind =
          new ReadPosition(
              loop.logs(), loop.feeds().byLog(feeds.toArray()), vector, null, new ArrayList<>(0));
    }
  }

  /// A reader with a pace of its own gets nothing for a while: it stays behind where it is.
  final void nap() {
    if (gotSomething && paceNanos > 0 && !closed && behind == null) {
      fallBehind();
      napping = true;
      nap = new Nap(loop.turnTime() + paceNanos);
      loop.watch(nap);
    }
    gotSomething = false;
  }

  private final class Nap extends Wheel.Entry {
    private final long end;

    Nap(long end) {
      this.end = end;
    }

    @Override
    long deadline() {
      return end;
    }

    @Override
    void dueAt(long now) {
      napping = false;
      enqueue();
    }
  }

  // ---- what must be told before anything else

  /// The opening, and the gaps that are known from the start. Returns whether to go on.
  private boolean tellFirst(ReadPosition position) {
    List<Gap> gaps = position.first();
    if (opened && gaps.isEmpty()) {
      return true;
    }
    var frames = new ArrayList<ByteBuf>();
    if (!opened) {
      frames.add(opening(gaps.isEmpty() ? position.cursor() : null));
    }
    boolean end = endsAtGap() && !gaps.isEmpty();
    for (int i = 0; i < gaps.size() && !end; i++) {
      String cursor = i == gaps.size() - 1 ? position.cursor() : null;
      frames.add(wire.gap(gaps.get(i), cursor));
    }
    ByteBuf joined = Runs.join(frames);
    frames.forEach(ByteBuf::release);
    boolean taken = offerOwned(joined);
    if (!taken) {
      return false;
    }
    opened = true;
    gaps.forEach(loop.deliveries()::gap);
    position.toldFirst();
    if (end) {
      end(Ending.Reason.GAP);
    }
    return !closed && carrier != null && !carrier.waiting();
  }

  /// Tells the ends that are owed. Whether to go on.
  private boolean tellEnds(ReadPosition position) {
    for (String next = ends.nextOwed(); next != null; next = ends.nextOwed()) {
      position.advanceToSpans();
      boolean taken = offerOwned(wire.channelEnded(next, position.cursor()));
      if (!taken) {
        return false;
      }
      ends.told();
    }
    return true;
  }

  // ---- offers

  private boolean offer(ByteBuf bytes) {
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
