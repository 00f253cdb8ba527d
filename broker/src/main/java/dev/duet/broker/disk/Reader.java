package dev.duet.broker.disk;

import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.commit.Holes.Hole;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.Segment;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Gap.Reason;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes a page from a [View]: merges the ways of its channels by offset until a bound is met, and
/// reads the bytes of what it takes. One thread, off the log's lock.
final class Reader {
  private final View view;
  private final ReadRequest request;
  private final Consumer<String> damage;
  private final PriorityQueue<Way> ways;
  private final Map<String, Long> told = new HashMap<>();
  private final Map<String, Long> lastOf = new HashMap<>();
  private final List<Item> items = new ArrayList<>();
  private int count;
  private long bytes;
  private boolean cut;

  /// @param damage is told of records that cannot be read
  Reader(View view, ReadRequest request, Consumer<String> damage) {
    this.view = view;
    this.request = request;
    this.damage = damage;
    Comparator<Way> order = Comparator.comparingLong(way -> way.spot.offset);
    this.ways =
        new PriorityQueue<>(
            Math.max(1, view.parts().size()), request.backwards() ? order.reversed() : order);
  }

  /// The page.
  ///
  /// @throws Way.KeyedDamageException if what is held of a channel that keeps the latest per key
  ///     cannot be read
  Page page() throws IOException {
    return request.backwards() ? backwards() : forwards();
  }

  private Page forwards() throws IOException {
    List<Segment> segments = view.snapshot().segments();
    for (Part part : view.parts()) {
      if (part.family.keeps(Mode.LATEST)) {
        tellKeyed(part);
        add(new Way.Keyed(part, segments));
      } else if (part.tail != null) {
        var way = new Way.History(part, part.tail, segments, view.upTo(), view.now());
        tell(way.first());
        add(way);
      }
    }
    List<Hole> left = view.holes();
    int hole = 0;
    long last = 0;
    for (Way way; (way = next()) != null; ) {
      long offset = way.spot.offset;
      while (hole < left.size() && left.get(hole).from() < offset) {
        tell(left.get(hole++));
      }
      Gap before = way.gapBefore();
      if (before != null && before.to() > told.getOrDefault(before.channel(), 0L)) {
        items.add(before);
      }
      take(way);
      last = offset;
    }
    while (!cut && hole < left.size()) {
      tell(left.get(hole++));
    }
    long completeTo = cut ? last : request.upTo();
    return new Page(items, completeTo, cut, ended(completeTo));
  }

  private Page backwards() throws IOException {
    List<Segment> segments = view.snapshot().segments();
    for (Part part : view.parts()) {
      if (part.family.keeps(Mode.LATEST)) {
        add(new Way.Keyed(part, segments));
      } else if (part.tail != null) {
        add(new Way.Backwards(part, part.tail, segments, view.upTo(), view.now()));
      }
    }
    long first = 0;
    for (Way way; (way = next()) != null; ) {
      first = way.spot.offset;
      take(way);
    }
    Collections.reverse(items);
    items.removeIf(Gap.class::isInstance);
    long completeTo = cut ? first - 1 : lowest();
    return new Page(items, completeTo, cut, ended(view.upTo()));
  }

  private void add(Way way) {
    if (way.isAt) {
      ways.add(way);
    }
  }

  /// The way whose record comes next, taken out; null at the end or where a bound cuts the page.
  private @Nullable Way next() {
    Way way = ways.peek();
    if (way == null) {
      return null;
    }
    bytes += way.spot.weight;
    if (count > 0 && (count >= request.maxCount() || bytes > request.maxBytes())) {
      cut = true;
      return null;
    }
    count++;
    return ways.poll();
  }

  /// Reads the record at which a way stands, and moves it on.
  private void take(Way way) throws IOException {
    long offset = way.spot.offset;
    Span span = way.part.span;
    try {
      Publication publication = way.publication();
      items.add(publication);
    } catch (DamagedException e) {
      damage.accept(e.getMessage());
      if (way instanceof Way.Keyed) {
        throw new Way.KeyedDamageException(span.channel(), offset);
      }
      long from = lastOf.getOrDefault(span.channel(), Math.min(span.after(), offset - 1));
      items.add(new Gap(span.channel(), from, offset, Reason.HOLE, true, false));
    }
    lastOf.put(span.channel(), offset);
    way.advance();
    add(way);
  }

  private void tell(@Nullable Gap gap) {
    if (gap != null) {
      items.add(gap);
      told.put(gap.channel(), gap.to());
    }
  }

  private void tellKeyed(Part part) {
    Span span = part.span;
    long horizon = part.keyedHorizon;
    if (horizon > span.told()) {
      Reason reason = part.keyedReason;
      boolean certain = reason == Reason.RETENTION;
      tell(new Gap(span.channel(), span.after(), horizon, reason, certain, true));
    }
  }

  private void tell(Hole hole) {
    long to = Math.min(hole.to(), view.upTo());
    for (Part part : view.parts()) {
      Span span = part.span;
      if (part.family.keeps(Mode.HISTORY)
          && Math.max(span.told(), told.getOrDefault(span.channel(), 0L)) < to) {
        long from = Math.max(span.after(), hole.from());
        items.add(new Gap(span.channel(), from, to, Reason.HOLE, false, false));
        told.put(span.channel(), to);
      }
    }
  }

  private long lowest() {
    long lowest = view.upTo();
    for (Part part : view.parts()) {
      lowest = Math.min(lowest, part.span.after());
    }
    return lowest;
  }

  private List<String> ended(long upTo) {
    List<String> ended = List.of();
    for (Part part : view.parts()) {
      if (part.endedAt > 0 && part.endedAt <= upTo) {
        ended = ended.isEmpty() ? new ArrayList<>() : ended;
        ended.add(part.span.channel());
      }
    }
    return ended;
  }
}
