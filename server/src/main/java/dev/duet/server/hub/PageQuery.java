package dev.duet.server.hub;

import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Span;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// One page: a cursor that reads once, or waits for the first publication and reads then. Confined
/// to the loop.
final class PageQuery extends Wheel.Entry implements Feed.Reader {
  private final HubLoop loop;
  private final PageRequest request;
  private final FeedList feeds;
  private final Catching ring;
  private final CompletableFuture<PageAnswer> answer = new CompletableFuture<>();
  private final List<PageAnswer.Entry> publications = new ArrayList<>();
  private final List<Gap> gaps = new ArrayList<>();
  private final TreeSet<String> ended = new TreeSet<>();
  private final long deadline;

  /// An answer that has all there is does not come before.
  private final long earliest;
  private @Nullable ReadPosition place;
  private boolean more;
  private boolean waiting;

  /// It has something, and what comes until [#earliest] is to come with it.
  private boolean napping;
  private boolean left;
  private int bytes;

  private PageQuery(HubLoop loop, PageRequest request) {
    this.loop = loop;
    this.ring = new Catching(loop);
    this.request = request;
    this.deadline = loop.now() + request.waitNanos();
    this.earliest = loop.now() + request.paceNanos();
    this.feeds = new FeedList(loop.feeds(), this);
    this.feeds.join(request.channels());
  }

  static CompletableFuture<PageAnswer> begin(HubLoop loop, PageRequest request) {
    var query = new PageQuery(loop, request);
    query.answer.whenComplete((answer, failure) -> query.leave());
    query.begin();
    return query.answer;
  }

  private void begin() {
    loop.feeds()
        .watched(feeds.toArray())
        .thenComposeAsync(ignored -> position(), loop::execute)
        .whenCompleteAsync(
            (position, failure) -> {
              if (failure != null) {
                fail(failure);
              } else {
                place(position);
              }
            },
            loop::execute);
  }

  private CompletionStage<ReadPosition> position() {
    return Beginnings.find(
        loop,
        loop.feeds().byLog(feeds.toArray()),
        request.cursor(),
        request.backwards() ? Start.NOW : request.start(),
        !loop.feeds().anyKeepsLatest(feeds.toArray()));
  }

  private void place(ReadPosition position) {
    place = position;
    position.paged();
    gaps.addAll(position.first());
    position.toldFirst();
    read(position, 0);
  }

  // ---- reading

  private void read(ReadPosition position, int from) {
    if (answer.isDone()) {
      leave();
      return;
    }
    position.idleLogsAt(loop.present());
    int l = from;
    while (l < loop.logs().size() && (position.spans(l) == null || isFull())) {
      more |= position.spans(l) != null && !position.completeAt(l, loop.present(l));
      l++;
    }
    List<Span> spans = l == loop.logs().size() ? null : position.spans(l);
    if (spans == null) {
      end(position);
      return;
    }
    if (!request.backwards() && fromRing(position, l)) {
      read(position, l + 1);
      return;
    }
    int log = l;
    var wanted =
        new ReadRequest(
            request.backwards() ? fromTheBeginning(spans) : spans,
            request.backwards() ? position.at(l) : loop.readableTo(l, spans),
            request.limit() - publications.size(),
            request.maxBytes() - bytes,
            request.backwards());
    loop.read(l, wanted)
        .whenCompleteAsync(
            (page, failure) -> {
              if (failure != null) {
                fail(failure);
              } else {
                add(position, log, page);
              }
            },
            loop::execute);
  }

  private boolean isFull() {
    return publications.size() >= request.limit() || bytes >= request.maxBytes();
  }

  private static List<Span> fromTheBeginning(List<Span> spans) {
    return spans.stream().map(span -> new Span(span.channel(), 0, Long.MAX_VALUE)).toList();
  }

  /// Takes what follows from the ring, as much as fits. False if the ring does not hold it.
  private boolean fromRing(ReadPosition position, int log) {
    long upTo = loop.present(log);
    int room = request.maxBytes() - bytes;
    Catching.Found found = ring.find(log, position, upTo, room);
    if (found == null) {
      return false;
    }
    long last = position.at(log);
    for (RingEntry entry : found.entries()) {
      if (!fits(entry.publication())) {
        more = true;
        position.advance(log, last);
        return true;
      }
      add(position, log, entry.publication());
      last = entry.offset;
    }
    more |= found.completeTo() < upTo;
    position.advance(log, found.completeTo());
    return true;
  }

  /// Whether the publication goes into the answer as it will be written; the first one always does.
  private boolean fits(Publication publication) {
    long with = (long) bytes + JsonBytes.envelopeLength(publication);
    return publications.isEmpty()
        || (publications.size() < request.limit() && with <= request.maxBytes());
  }

  private void add(ReadPosition position, int log, Page read) {
    Page page = fitting(read);
    for (Item item : page.items()) {
      switch (item) {
        case Gap gap -> gaps.add(position.asTold(gap));
        case Publication publication -> add(position, log, publication);
      }
    }
    ended.addAll(page.ended());
    more |= page.more();
    if (request.backwards()) {
      position.backTo(log, page.completeTo());
    } else {
      position.advance(log, page);
    }
    boolean again =
        !request.backwards() && !page.more() && !position.completeAt(log, page.completeTo());
    read(position, again ? log : log + 1);
  }

  /// The page as far as the answer has room for it as it will be written: escaping and base64 make
  /// more of a publication than the log counts.
  private Page fitting(Page page) {
    List<Item> items = request.backwards() ? page.items().reversed() : page.items();
    long room = request.maxBytes() - bytes;
    boolean any = !publications.isEmpty();
    long last = request.backwards() ? page.completeTo() : 0;
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i) instanceof Publication publication) {
        room -= JsonBytes.envelopeLength(publication);
        if (room < 0 && any) {
          List<Item> kept = items.subList(0, i);
          return request.backwards()
              ? new Page(kept.reversed(), publication.offset(), true, page.ended())
              : new Page(kept, last, true, List.of());
        }
        any = true;
        last = publication.offset();
      }
    }
    return page;
  }

  private void add(ReadPosition position, int log, Publication publication) {
    long offset = publication.offset();
    String cursor =
        request.backwards() ? position.cursorAt(log, offset) : position.cursorAfter(log, offset);
    publications.add(new PageAnswer.Entry(publication, cursor));
    bytes += JsonBytes.envelopeLength(publication);
    if (publication.end()) {
      ended.add(publication.channel());
    } else {
      ended.remove(publication.channel());
    }
  }

  // ---- ending

  private void end(ReadPosition position) {
    for (Feed feed : feeds.toArray()) {
      if (feed.endedAt > 0 && position.complete(feed.log, feed.channel, feed.endedAt)) {
        ended.add(feed.channel);
      }
    }
    boolean nothing = publications.isEmpty() && gaps.isEmpty() && !more;
    if (nothing && !request.backwards() && !position.completeAt(loop.present())) {
      loop.execute(() -> read(position, 0));
      return;
    }
    if (nothing && !loop.stopped() && ended.size() < feeds.size() && deadline - loop.now() > 0) {
      waiting = true;
      loop.deliveries().polls++;
      loop.watch(this);
      return;
    }
    boolean allEnded = ended.size() == feeds.size();
    if (!more && !allEnded && !loop.stopped() && earliest - loop.now() > 0) {
      napping = true;
      // It may be in the wheel for the end of its wait, which is later.
      loop.forget(this);
      loop.watch(this);
      return;
    }
    leave();
    loop.deliveries().paged += publications.size();
    gaps.forEach(loop.deliveries()::gap);
    boolean present = !more && !request.backwards() && position.completeAt(loop.present());
    String cursor = present ? loop.logs().text(loop.present()) : position.cursorOfPage();
    answer.complete(new PageAnswer(cursor, publications, gaps, more, new ArrayList<>(ended)));
  }

  private void fail(Throwable failure) {
    leave();
    answer.completeExceptionally(failure);
  }

  /// Reads all of it anew: where the latest per key is kept less may be due by now.
  private void wakeUp() {
    napping = false;
    publications.clear();
    gaps.clear();
    ended.clear();
    bytes = 0;
    begin();
  }

  private void leave() {
    stopWaiting();
    napping = false;
    if (!left) {
      left = true;
      feeds.leaveAll();
      loop.forget(this);
    }
  }

  private void stopWaiting() {
    if (waiting) {
      waiting = false;
      loop.deliveries().polls--;
    }
  }

  private void again() {
    ReadPosition position = place;
    if (waiting && position != null) {
      stopWaiting();
      loop.execute(() -> read(position, 0));
    }
  }

  @Override
  public void due() {
    again();
  }

  @Override
  public void lapped() {
    again();
  }

  @Override
  public void stop(IntSupplier retryMillis) {
    if (napping) {
      loop.forget(this);
      wakeUp();
    } else {
      again();
    }
  }

  @Override
  long deadline() {
    return napping ? earliest : deadline;
  }

  @Override
  void dueAt(long now) {
    if (napping) {
      wakeUp();
    } else {
      again();
    }
  }

  @Override
  public FeedList feeds() {
    return feeds;
  }
}
