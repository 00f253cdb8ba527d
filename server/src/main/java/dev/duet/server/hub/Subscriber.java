package dev.duet.server.hub;

import dev.duet.broker.Page;
import dev.duet.broker.Span;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A reader with an outlet: a position, and the rule by which what lies after it is offered (ADR
/// 1). Live,
/// it is a step in its loop's order; behind, a [ReadPosition]. Confined to the loop.
final class Subscriber extends Wheel.Entry implements Feed.Reader, Outlet.Listener, Subscription {
  private final HubLoop loop;
  private final StreamRequest request;
  private final Feed[] feeds;
  private final int[] indexes;
  private final Catching ring;

  private @Nullable Outlet outlet;

  /// Null if it is live.
  private @Nullable ReadPosition behind;

  /// Live: the last step that was offered, unless W is further.
  private long step;

  /// Its outlet is full: nothing is offered until it is ready.
  private boolean waiting;

  /// A page is under way.
  private boolean reading;

  private boolean queued;
  private boolean flushing;
  private boolean opened;
  private boolean toldLive;
  private boolean closed;
  private long lastOffer;
  private @Nullable Set<String> ended;

  /// Channels whose end no frame has told yet.
  private final List<String> owedEnds = new ArrayList<>(0);

  /// Joins the feeds of its channels, and waits there until it is begun.
  Subscriber(HubLoop loop, StreamRequest request) {
    this.loop = loop;
    this.request = request;
    this.ring = new Catching(loop);
    this.feeds = new Feed[request.channels().size()];
    this.indexes = new int[feeds.length];
    for (int i = 0; i < feeds.length; i++) {
      feeds[i] = loop.feed(request.channels().get(i));
      feeds[i].add(this);
    }
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
    lastOffer = loop.now();
    loop.watch(this);
    enqueue();
  }

  // -- live
  // ----------------------------------------------------------------------------------------

  @Override
  public void due() {
    if (behind != null || closed) {
      return;
    }
    Order order = loop.order();
    long from = Math.max(step, order.w());
    var steps = new ArrayList<Step>();
    for (Feed feed : feeds) {
      feed.pendingAfter(from, steps);
    }
    if (feeds.length > 1) {
      steps.sort((a, b) -> Long.compare(a.number, b.number));
    }
    for (int i = 0; i < steps.size(); ) {
      int next = offerRun(steps, i);
      if (next == i) {
        fallBehind();
        return;
      }
      step = steps.get(next - 1).number;
      for (int k = i; k < next && !closed; k++) {
        note(steps.get(k).publication());
      }
      if (closed) {
        return;
      }
      i = next;
    }
    step = order.last();
  }

  /// Offers the steps from `first` that fit into one run; returns the first that was not taken.
  private int offerRun(List<Step> steps, int first) {
    LogVector logs = loop.logs();
    Step begin = steps.get(first);
    var frames = new ArrayList<ByteBuf>();
    int bytes = 0;
    int next = first;
    while (next < steps.size()) {
      ByteBuf frame = steps.get(next).frame(wire(), logs);
      if (next > first && bytes + frame.readableBytes() > loop.settings().runBytes()) {
        break;
      }
      frames.add(frame);
      bytes += frame.readableBytes();
      next++;
    }
    if (feeds.length > 1 && frames.size() > 1) {
      return offerEach(frames, first);
    }
    Step end = steps.get(next - 1);
    ByteBuf run =
        frames.size() == 1
            ? frames.getFirst()
            : loop.runs()
                .of(
                    feeds[0].channel,
                    begin.entry.offset,
                    end.entry.offset,
                    wire(),
                    begin.cursor(logs),
                    end.cursor(logs),
                    frames);
    return offer(run) ? next : first;
  }

  private int offerEach(List<ByteBuf> frames, int first) {
    int next = first;
    for (ByteBuf frame : frames) {
      if (!offer(frame)) {
        break;
      }
      next++;
    }
    return next;
  }

  private void fallBehind() {
    if (behind == null) {
      Order order = loop.order();
      long[] vector = order.vectorAt(Math.max(step, order.w())).clone();
      behind = new ReadPosition(loop.logs(), loop.byLog(feeds), vector, null, new ArrayList<>(0));
    }
  }

  @Override
  public void lapped() {
    if (!closed && outlet != null) {
      fallBehind();
      enqueue();
    }
  }

  // -- behind
  // --------------------------------------------------------------------------------------

  private void enqueue() {
    if (!queued && !waiting && !reading && !closed) {
      queued = true;
      loop.enqueue(this);
    }
  }

  /// Offers what lies after the position until it is live, waits, or a page must be read.
  void catchUp() {
    queued = false;
    ReadPosition position = behind;
    if (position == null || waiting || reading || closed || !tellFirst(position)) {
      return;
    }
    if (!tellOwedEnds(position)) {
      return;
    }
    position.idleLogsAt(loop.present());
    for (int l = 0; l < loop.logs().size(); l++) {
      while (!position.completeAt(l, loop.present(l))) {
        Catching.Run run = ring.next(l, position, wire(), loop.present(l));
        if (run == null) {
          readPage(position, l);
          return;
        }
        boolean taken = offer(run.bytes());
        run.release();
        if (!taken) {
          return;
        }
        ring.taken(l, position, run);
        for (int i = 0; i < run.entries().size() && !closed; i++) {
          note(run.entries().get(i).publication());
        }
        if (closed) {
          return;
        }
      }
    }
    becomeLive();
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
    for (Item item : page.items()) {
      if (item instanceof Publication publication && !closed) {
        note(publication);
      }
    }
    for (String channel : page.ended()) {
      if (!closed) {
        noteEnded(channel, true);
      }
    }
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
    if (!toldLive) {
      ByteBuf live = wire().live(loop.logs().text(loop.present()));
      boolean taken = offer(live);
      live.release();
      if (!taken) {
        return;
      }
      toldLive = true;
    }
    behind = null;
    ring.forget();
    step = loop.order().last();
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
    boolean taken = offer(joined);
    joined.release();
    if (!taken) {
      return false;
    }
    opened = true;
    position.toldFirst();
    if (end) {
      finish(new Ending(Ending.Reason.GAP, loop.settings().retryMillis()));
    } else {
      tellEnded(position);
    }
    return !closed && !waiting;
  }

  /// Channels that had ended before the stream came, and of which it has everything.
  private void tellEnded(ReadPosition position) {
    for (Feed feed : feeds) {
      if (!closed && feed.endedAt > 0 && position.complete(feed.log, feed.channel, feed.endedAt)) {
        noteEnded(feed.channel, true);
      }
    }
  }

  // -- ends
  // ----------------------------------------------------------------------------------------

  private void note(Publication publication) {
    if (publication.end()) {
      noteEnded(publication.channel(), false);
    } else if (ended != null) {
      ended.remove(publication.channel());
    }
  }

  private void noteEnded(String channel, boolean tell) {
    if (ended == null) {
      ended = new HashSet<>(2);
    }
    if (!ended.add(channel)) {
      return;
    }
    if (tell) {
      owedEnds.add(channel);
    } else {
      finishIfEnded();
    }
  }

  private void finishIfEnded() {
    if (!closed && ended != null && ended.size() == feeds.length && owedEnds.isEmpty()) {
      finish(new Ending(Ending.Reason.ENDED, loop.settings().retryMillis()));
    }
  }

  /// Tells the ends that are owed; returns whether it has.
  private boolean tellOwedEnds(ReadPosition position) {
    while (!owedEnds.isEmpty()) {
      ByteBuf frame = wire().channelEnded(owedEnds.getFirst(), position.cursor());
      boolean taken = offer(frame);
      frame.release();
      if (!taken) {
        return false;
      }
      owedEnds.removeFirst();
    }
    finishIfEnded();
    return !closed;
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
    if (to != null) {
      if (ending.reason() != Ending.Reason.ENDED && opened) {
        ByteBuf last = wire().end(ending);
        if (last.isReadable()) {
          to.offer(last);
        }
        last.release();
      }
      to.flush();
    }
    close();
    request.closer().accept(ending);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      for (Feed feed : feeds) {
        loop.leave(feed, this);
      }
    }
  }

  // -- outlet
  // --------------------------------------------------------------------------------------

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
        lastOffer = loop.now();
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

  void flush() {
    flushing = false;
    if (outlet != null && !closed) {
      outlet.flush();
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
    return closed ? Long.MIN_VALUE : lastOffer + loop.settings().heartbeat().toNanos();
  }

  /// A heartbeat is due (never while one waits: the outlet is busy then).
  @Override
  void dueAt(long now) {
    if (closed) {
      return;
    }
    if (!waiting && opened) {
      Order order = loop.order();
      boolean plain = behind != null || step > order.w();
      ByteBuf beat = loop.heartbeat(wire(), plain);
      offer(beat);
      beat.release();
    }
    lastOffer = loop.now();
    if (!closed) {
      loop.watch(this);
    }
  }

  // -- feeds
  // ---------------------------------------------------------------------------------------

  @Override
  public int indexIn(Feed feed) {
    return indexes[slot(feed)];
  }

  @Override
  public void indexIn(Feed feed, int index) {
    indexes[slot(feed)] = index;
  }

  private int slot(Feed feed) {
    for (int i = 0; i < feeds.length; i++) {
      if (feeds[i] == feed) {
        return i;
      }
    }
    throw new IllegalStateException("not a feed of this reader: " + feed.channel);
  }
}
