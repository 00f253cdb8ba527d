package dev.duet.broker.memory;

import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.commit.Holes;
import dev.duet.broker.commit.Holes.Hole;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Merges channels into one page, in log order. Costs a binary search per channel, and for each
/// publication returned one step of a heap of channels.
final class Reader {
  private final Index index;
  private final Holes holes;
  private final Horizons horizons;

  Reader(Index index, Holes holes, Horizons horizons) {
    this.index = index;
    this.holes = holes;
    this.horizons = horizons;
  }

  /// One channel of a read: its next publication, in one of the two directions.
  private static final class Way {
    private final ChannelState state;
    private final int step;
    private final int end;
    private int slot;
    private @Nullable Publication next;

    private Way(ChannelState state, int from, int end, int step) {
      this.state = state;
      this.slot = from;
      this.end = end;
      this.step = step;
      advance();
    }

    static Way forwards(ChannelState state, long after, long upTo) {
      return new Way(state, state.slotAfter(after), state.slotAfter(upTo), 1);
    }

    static Way backwards(ChannelState state, long after, long upTo) {
      return new Way(state, state.slotAfter(upTo) - 1, state.slotAfter(after) - 1, -1);
    }

    private void advance() {
      next = null;
      while (next == null && (end - slot) * step > 0) {
        Publication one = state.slot(slot);
        next = state.isDead(one) ? null : one;
        slot += step;
      }
    }

    private long offset() {
      return next == null ? 0 : next.offset();
    }
  }

  /// Publications in order, until a bound is met.
  private static final class Merge {
    private final PriorityQueue<Way> ways;
    private final int maxCount;
    private final int maxBytes;
    private int count;
    private long bytes;
    private boolean cut;

    private Merge(int channels, ReadRequest request) {
      Comparator<Way> order = Comparator.comparingLong(Way::offset);
      this.ways =
          new PriorityQueue<>(
              Math.max(1, channels), request.backwards() ? order.reversed() : order);
      this.maxCount = request.maxCount();
      this.maxBytes = request.maxBytes();
    }

    private void add(Way way) {
      if (way.next != null) {
        ways.add(way);
      }
    }

    private @Nullable Publication take() {
      Way way = ways.peek();
      Publication next = way == null ? null : way.next;
      if (way == null || next == null) {
        return null;
      }
      bytes += next.weight();
      if (count > 0 && (count >= maxCount || bytes > maxBytes)) {
        cut = true;
        return null;
      }
      count++;
      ways.poll();
      way.advance();
      add(way);
      return next;
    }
  }

  Page read(ReadRequest request, long position) {
    long upTo = Math.min(request.upTo(), position);
    return request.backwards() ? backwards(request, upTo) : forwards(request, upTo);
  }

  private Page forwards(ReadRequest request, long upTo) {
    List<Span> spans = request.spans();
    var items = new ArrayList<Item>();
    var merge = new Merge(spans.size(), request);
    var told = new HashMap<String, Long>();
    for (Span span : spans) {
      Gap gap = horizons.gap(span, upTo);
      if (gap != null) {
        items.add(gap);
        told.put(span.channel(), gap.to());
      }
      ChannelState state = index.get(span.channel());
      if (state != null) {
        merge.add(Way.forwards(state, gap != null && gap.state() ? 0 : span.after(), upTo));
      }
    }
    List<Hole> left = holes.isEmpty() ? List.of() : holes.within(lowest(spans, upTo), upTo);
    int hole = 0;
    long last = 0;
    for (Publication next; (next = merge.take()) != null; last = next.offset()) {
      while (hole < left.size() && left.get(hole).from() < next.offset()) {
        tell(left.get(hole++), spans, told, upTo, items);
      }
      items.add(next);
    }
    while (!merge.cut && hole < left.size()) {
      tell(left.get(hole++), spans, told, upTo, items);
    }
    long completeTo = merge.cut ? last : request.upTo();
    return new Page(items, completeTo, merge.cut, ended(spans, completeTo));
  }

  private void tell(
      Hole hole, List<Span> spans, Map<String, Long> told, long upTo, List<Item> items) {
    long to = Math.min(hole.to(), upTo);
    for (Span span : spans) {
      boolean history = index.familyOf(span.channel()).keeps(Mode.HISTORY);
      if (history && Math.max(span.told(), told.getOrDefault(span.channel(), 0L)) < to) {
        long from = Math.max(span.after(), hole.from());
        items.add(new Gap(span.channel(), from, to, Gap.Reason.HOLE, false, false));
      }
    }
  }

  private Page backwards(ReadRequest request, long upTo) {
    List<Span> spans = request.spans();
    var merge = new Merge(spans.size(), request);
    for (Span span : spans) {
      ChannelState state = index.get(span.channel());
      if (state != null) {
        merge.add(Way.backwards(state, span.after(), upTo));
      }
    }
    var items = new ArrayList<Item>();
    long first = 0;
    for (Publication next; (next = merge.take()) != null; first = next.offset()) {
      items.add(next);
    }
    Collections.reverse(items);
    long completeTo = merge.cut ? first - 1 : lowest(spans, upTo);
    return new Page(items, completeTo, merge.cut, ended(spans, upTo));
  }

  private static long lowest(List<Span> spans, long upTo) {
    long lowest = upTo;
    for (Span span : spans) {
      lowest = Math.min(lowest, span.after());
    }
    return lowest;
  }

  private List<String> ended(List<Span> spans, long upTo) {
    List<String> ended = List.of();
    for (Span span : spans) {
      ChannelState state = index.get(span.channel());
      long at = state == null ? 0 : state.endedAt();
      if (at > 0 && at <= upTo) {
        ended = ended.isEmpty() ? new ArrayList<>() : ended;
        ended.add(span.channel());
      }
    }
    return ended;
  }
}
