package dev.duet.server.hub;

import dev.duet.broker.Page;
import dev.duet.broker.Span;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A reader with an outlet: a position, and the rule by which what lies after it is offered (ADR
/// 1). Live, it is a step in its loop's order; behind, a [ReadPosition]. Confined to the loop.
final class Subscriber extends Wheel.Entry implements Feed.Reader, Outlet.Listener, Subscription {
  private static final InternalLogger LOG = InternalLoggerFactory.getInstance(Subscriber.class);

  private final HubLoop loop;
  private final StreamRequest request;
  private final Feed[] feeds;
  private final int[] indexes;
  private final Catching ring;
  private final Ends ends;

  private @Nullable Outlet outlet;

  /// Null if it is live.
  private @Nullable ReadPosition behind;

  /// Live: the last step that was offered, unless W is further.
  private long step;

  /// Its outlet is full: nothing is offered until it is ready.
  private boolean waiting;

  /// A page is under way.
  private boolean reading;

  /// It keeps a pace of its own and has just got something.
  private boolean napping;

  private @Nullable Nap nap;

  private boolean gotSomething;

  private boolean queued;
  private boolean flushing;
  private boolean opened;
  private boolean toldLive;
  private boolean closed;
  private long lastOffer;

  /// Joins the feeds of its channels, and waits there until it is begun.
  Subscriber(HubLoop loop, StreamRequest request) {
    this.loop = loop;
    this.request = request;
    this.ring = new Catching(loop);
    this.ends = new Ends(request.channels().size());
    this.indexes = new int[request.channels().size()];
    this.feeds = loop.feeds().join(request.channels(), this);
  }

  Wire wire() {
    return request.wire();
  }

  boolean endsAtGap() {
    return request.endAtGap() || !request.wire().carriesCursor();
  }

  Feed[] feeds() {
    return feeds;
  }

  boolean closed() {
    return closed;
  }

  /// Where it begins.
  void place(ReadPosition position) {
    behind = position;
  }

  @Override
  public void begin(Outlet to) {
    outlet = to;
    to.listen(this);
    if (closed) {
      // the server began to stop after it was admitted
      finish(new Ending(Ending.Reason.RESTART, loop.settings().retryMillis()));
      return;
    }
    lastOffer = loop.now();
    loop.watch(this);
    enqueue();
  }

  // ---- live

  @Override
  public void due() {
    if (behind == null && !closed) {
      try {
        serve();
      } catch (RuntimeException | Error failure) {
        broken(failure);
      }
    }
  }

  private void serve() {
    Order order = loop.order();
    List<Step> steps = pendingAfter(Math.max(step, order.w()));
    boolean oneChannel = feeds.length == 1;
    int maxBytes = loop.settings().runBytes();
    for (int i = 0; i < steps.size(); ) {
      Runs.Part part = loop.runs().part(steps, i, oneChannel, wire(), maxBytes, loop.logs());
      if (!offer(part.bytes())) {
        fallBehind();
        return;
      }
      for (int end = i + part.steps(); i < end; i++) {
        step = steps.get(i).number;
        ends.offered(steps.get(i).publication());
      }
    }
    step = order.last();
    if (ends.complete()) {
      finishAtEnd();
    } else if (!steps.isEmpty()) {
      nap();
    }
  }

  private List<Step> pendingAfter(long number) {
    List<Step> steps = loop.scratch();
    for (Feed feed : feeds) {
      feed.pendingAfter(number, steps);
    }
    if (feeds.length > 1) {
      steps.sort((a, b) -> Long.compare(a.number, b.number));
    }
    return steps;
  }

  private void fallBehind() {
    if (behind == null) {
      Order order = loop.order();
      long[] vector = order.vectorAt(Math.max(step, order.w())).clone();
      behind =
          new ReadPosition(
              loop.logs(), loop.feeds().byLog(feeds), vector, null, new ArrayList<>(0));
    }
  }

  @Override
  public void lapped() {
    if (!closed && outlet != null) {
      fallBehind();
      enqueue();
    }
  }

  // ---- behind

  private void enqueue() {
    if (!queued && !waiting && !reading && !napping && !closed) {
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

  /// Offers what lies after the position until it is live, waits, or a page must be read.
  private void offerWhatFollows() {
    ReadPosition position = behind;
    boolean idle = waiting || reading || napping || closed;
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
    becomeLive();
  }

  /// Offers the next run of a log, or asks for a page. Whether to go on.
  private boolean offerNext(ReadPosition position, int log) {
    Catching.Run run = ring.next(log, position, wire(), loop.present(log));
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
    for (RingEntry entry : run.entries()) {
      ends.offered(entry.publication());
    }
    return true;
  }

  private void readPage(ReadPosition position, int log) {
    List<Span> spans = position.spans(log);
    if (spans != null) {
      reading = true;
      loop.pages().read(this, position, log, spans);
    }
  }

  /// The page that was asked for.
  void page(int log, Pages.Encoded encoded) {
    reading = false;
    try {
      take(log, encoded);
    } catch (RuntimeException | Error failure) {
      broken(failure);
    }
  }

  private void take(int log, Pages.Encoded encoded) {
    ReadPosition position = behind;
    if (closed || position == null) {
      return;
    }
    if (!offer(encoded.bytes())) {
      return;
    }
    if (encoded.gap()) {
      finish(new Ending(Ending.Reason.GAP, loop.settings().retryMillis()));
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
    reading = false;
    if (!closed) {
      finish(new Ending(Ending.Reason.UNAVAILABLE, loop.settings().retryMillis()));
    }
  }

  private void becomeLive() {
    if (ends.complete()) {
      finishCaughtUp();
      return;
    }
    if (!toldLive) {
      ByteBuf live = wire().live(loop.logs().text(loop.present()));
      boolean taken = offerOwned(live);
      if (!taken) {
        return;
      }
      toldLive = true;
    }
    behind = null;
    ring.forget();
    step = loop.order().last();
    if (gotSomething) {
      nap();
    }
  }

  /// Over before it was live: its last bytes say that it has everything, so that it is refused on
  /// return.
  private void finishCaughtUp() {
    if (wire().carriesCursor()) {
      ByteBuf last = wire().heartbeat(loop.logs().text(loop.present()));
      boolean taken = offerOwned(last);
      if (!taken) {
        return;
      }
    }
    finishAtEnd();
  }

  /// A reader with a pace of its own gets nothing for a while: it stays behind where it is.
  private void nap() {
    long pace = request.paceNanos();
    gotSomething = false;
    if (pace > 0 && !closed) {
      fallBehind();
      napping = true;
      nap = new Nap(loop.turnTime() + pace);
      loop.watch(nap);
    }
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

  /// The opening, and what must be told before anything else. Returns whether it has been.
  private boolean tellFirst(ReadPosition position) {
    List<Gap> gaps = position.first();
    if (opened && gaps.isEmpty()) {
      return true;
    }
    var frames = new ArrayList<ByteBuf>();
    if (!opened) {
      String cursor = gaps.isEmpty() ? position.cursor() : null;
      frames.add(wire().opening(cursor, loop.settings().retryMillis(), request.note()));
    }
    boolean end = endsAtGap() && !gaps.isEmpty();
    for (int i = 0; i < gaps.size() && !end; i++) {
      String cursor = i == gaps.size() - 1 ? position.cursor() : null;
      frames.add(wire().gap(gaps.get(i), cursor));
    }
    ByteBuf joined = Runs.join(frames);
    frames.forEach(ByteBuf::release);
    boolean taken = offerOwned(joined);
    if (!taken) {
      return false;
    }
    opened = true;
    position.toldFirst();
    if (end) {
      finish(new Ending(Ending.Reason.GAP, loop.settings().retryMillis()));
    } else {
      oweEnds(position);
    }
    return !closed && !waiting;
  }

  /// Channels that had ended before the stream came, and of which it has everything.
  private void oweEnds(ReadPosition position) {
    for (Feed feed : feeds) {
      if (feed.endedAt > 0 && position.complete(feed.log, feed.channel, feed.endedAt)) {
        ends.owe(feed.channel);
      }
    }
  }

  // ---- ends

  /// Tells the ends that are owed. Whether to go on.
  private boolean tellEnds(ReadPosition position) {
    for (String next = ends.nextOwed(); next != null; next = ends.nextOwed()) {
      position.advanceToSpans();
      ByteBuf frame = wire().channelEnded(next, position.cursor());
      boolean taken = offerOwned(frame);
      if (!taken) {
        return false;
      }
      ends.told();
    }
    return true;
  }

  /// All its channels have ended, and it has everything: the stream is over.
  private void finishAtEnd() {
    finish(new Ending(Ending.Reason.ENDED, loop.settings().retryMillis()));
  }

  /// Something failed under it, memory for a frame above all. It must not seem to have what it was
  /// not offered: its connection is broken, and it returns with what it has.
  private void broken(Throwable failure) {
    LOG.warn("A stream of {} is cut", request.channels(), failure);
    Outlet to = outlet;
    close();
    if (to != null) {
      to.abort();
    }
  }

  @Override
  public void stop(int retryMillis) {
    if (!closed) {
      finish(new Ending(Ending.Reason.RESTART, retryMillis));
    }
  }

  /// Says why, if there is room to, and ends what carries the stream.
  private void finish(Ending ending) {
    Outlet to = outlet;
    try {
      if (to != null && ending.reason() != Ending.Reason.ENDED) {
        sayLast(to, ending);
      }
      if (to != null) {
        to.flush();
      }
    } catch (RuntimeException | Error failure) {
      broken(failure);
      return;
    }
    close();
    request.closer().accept(ending);
  }

  private void sayLast(Outlet to, Ending ending) {
    ByteBuf last = wire().end(ending);
    try {
      if (last.isReadable()) {
        to.offer(last);
      }
    } finally {
      last.release();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      loop.feeds().leave(feeds, this);
      loop.forget(this);
      if (nap != null) {
        loop.forget(nap);
      }
    }
  }

  // ---- outlet

  /// Offers bytes that stay the caller's. False if they were not taken: then it waits, or has
  /// ended.
  private boolean offer(ByteBuf bytes) {
    Outlet to = outlet;
    if (to == null || closed) {
      return false;
    }
    if (!bytes.isReadable()) {
      return true;
    }
    switch (to.offer(bytes)) {
      case WRITTEN -> {
        lastOffer = loop.turnTime();
        if (!flushing) {
          flushing = true;
          loop.flushLater(this);
        }
        return true;
      }
      case BEHIND -> waiting = true;
      case CLOSED -> close();
    }
    return false;
  }

  /// Offers bytes that are this object's, and lets them go.
  private boolean offerOwned(ByteBuf bytes) {
    try {
      return offer(bytes);
    } finally {
      bytes.release();
    }
  }

  void flush() {
    flushing = false;
    if (outlet != null && !closed) {
      try {
        outlet.flush();
      } catch (RuntimeException | Error failure) {
        broken(failure);
      }
    }
  }

  @Override
  public void ready() {
    waiting = false;
    if (behind != null) {
      enqueue();
    }
  }

  @Override
  public void gone() {
    close();
  }

  @Override
  long deadline() {
    return lastOffer + loop.settings().heartbeat().toNanos();
  }

  /// A heartbeat is due (never while one waits: the outlet is busy then).
  @Override
  void dueAt(long now) {
    if (!waiting && opened) {
      try {
        beat();
      } catch (RuntimeException | Error failure) {
        broken(failure);
      }
    }
    lastOffer = loop.now();
    if (!closed) {
      loop.watch(this);
    }
  }

  private void beat() {
    Order order = loop.order();
    boolean plain = behind != null || step > order.w();
    ByteBuf beat = loop.heartbeat(wire(), plain);
    offerOwned(beat);
  }

  @Override
  public int[] indexes() {
    return indexes;
  }
}
