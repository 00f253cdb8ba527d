package dev.duet.server.hub;

import dev.duet.broker.Page;
import dev.duet.broker.Span;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/// A [Subscriber] that is not live: where it stands, and its way from there to where the loop is.
/// It offers first what must be told before anything else, then what follows: run by run as far as
/// the ring holds it, else a page of the log, one at a time. Confined to the loop.
final class Behind {
  private final HubLoop loop;
  private final Subscriber reader;
  private final Ends ends;
  private final ReadPosition position;
  private final Catching ring;

  /// A page is under way.
  private boolean reading;

  /// A channel was left since the page was asked for: it is asked for again.
  private boolean stale;

  Behind(Subscriber reader, ReadPosition position) {
    this.loop = reader.loop;
    this.reader = reader;
    this.ends = reader.ends;
    this.position = position;
    this.ring = new Catching(loop);
  }

  Subscriber reader() {
    return reader;
  }

  ReadPosition position() {
    return position;
  }

  boolean isReading() {
    return reading;
  }

  /// Whether its cursors are its own.
  boolean isPrivate() {
    return position.isPrivate();
  }

  /// Nothing more of a channel is offered.
  void leave(int log, String channel) {
    position.leave(log, channel);
    ring.forget();
    stale = true;
  }

  // ---- what follows

  /// Offers what lies after the position until the reader has all, waits, or a page must be read.
  void goOn() {
    if (reading || !reader.mayOffer() || !tellFirst() || !tellEnds()) {
      return;
    }
    position.idleLogsAt(loop.present());
    for (int l = 0; l < loop.logs().size(); l++) {
      while (!position.completeAt(l, loop.present(l))) {
        if (!offerNext(l)) {
          return;
        }
      }
    }
    Carrier carrier = reader.carrier();
    if (carrier != null) {
      carrier.passOn(reader);
    }
    reader.caughtUp();
  }

  /// Offers the next run of a log, or asks for a page. Whether to go on.
  private boolean offerNext(int log) {
    Catching.Run run = ring.next(log, position, reader.wire, loop.present(log));
    if (run == null) {
      readPage(log);
      return false;
    }
    boolean taken = reader.offerOwned(run.bytes());
    if (!taken) {
      return false;
    }
    ring.taken(log, position, run);
    loop.deliveries().streamed += run.entries().size();
    if (!run.entries().isEmpty()) {
      reader.got();
    }
    for (RingEntry entry : run.entries()) {
      ends.offered(entry.publication());
    }
    return true;
  }

  // ---- pages

  private void readPage(int log) {
    List<Span> spans = position.spans(log);
    Carrier carrier = reader.carrier();
    if (spans != null && carrier != null && carrier.beginPage(reader)) {
      reading = true;
      stale = false;
      loop.pages().read(this, log, spans);
    }
  }

  /// The page that was asked for.
  void page(int log, Pages.Encoded encoded) {
    pageEnded();
    try {
      take(log, encoded);
    } catch (RuntimeException | Error failure) {
      reader.broken(failure);
    }
  }

  /// The page could not be read: the reader comes back later.
  void unreadable() {
    pageEnded();
    if (!reader.closed()) {
      reader.end(Ending.Reason.UNAVAILABLE);
    }
  }

  private void pageEnded() {
    reading = false;
    Carrier carrier = reader.carrier();
    if (carrier != null) {
      carrier.endPage();
    }
  }

  private void take(int log, Pages.Encoded encoded) {
    if (reader.closed()) {
      return;
    }
    if (stale) {
      reader.enqueue();
      return;
    }
    if (!reader.offer(encoded.bytes())) {
      return;
    }
    loop.deliveries().streamed(encoded.told());
    if (encoded.gap()) {
      reader.end(Ending.Reason.GAP);
      return;
    }
    Page page = encoded.page();
    position.advance(log, page);
    if (!page.items().isEmpty()) {
      reader.got();
    }
    for (Item item : page.items()) {
      if (item instanceof Publication publication) {
        ends.offered(publication);
      }
    }
    page.ended().forEach(ends::owe);
    reader.enqueue();
  }

  // ---- what must be told before anything else

  /// The opening, and the gaps that are known from the start. Whether to go on.
  private boolean tellFirst() {
    List<Gap> gaps = position.first();
    if (reader.opened() && gaps.isEmpty()) {
      return true;
    }
    boolean end = reader.endsAtGap() && !gaps.isEmpty();
    boolean taken = reader.offerOwned(firstWords(gaps, end));
    if (!taken) {
      return false;
    }
    reader.markOpened();
    gaps.forEach(loop.deliveries()::gap);
    position.toldFirst();
    if (end) {
      reader.end(Ending.Reason.GAP);
    }
    return reader.mayOffer();
  }

  /// The caller's.
  ///
  /// @param end whether the reader ends at them: they are not told
  private ByteBuf firstWords(List<Gap> gaps, boolean end) {
    var frames = new ArrayList<ByteBuf>();
    if (!reader.opened()) {
      frames.add(reader.opening(gaps.isEmpty() ? position.cursor() : null));
    }
    for (int i = 0; i < gaps.size() && !end; i++) {
      String cursor = i == gaps.size() - 1 ? position.cursor() : null;
      frames.add(reader.wire.gap(gaps.get(i), cursor));
    }
    ByteBuf joined = Runs.join(frames);
    frames.forEach(ByteBuf::release);
    return joined;
  }

  /// Tells the ends that are owed. Whether to go on.
  private boolean tellEnds() {
    for (String next = ends.nextOwed(); next != null; next = ends.nextOwed()) {
      position.advanceToSpans();
      boolean taken = reader.offerOwned(reader.wire.channelEnded(next, position.cursor()));
      if (!taken) {
        return false;
      }
      ends.told();
    }
    return true;
  }

  @Override
  public String toString() {
    return position.toString();
  }
}
