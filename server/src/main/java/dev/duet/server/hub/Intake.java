package dev.duet.server.hub;

import java.util.concurrent.atomic.AtomicLongArray;

/// A loop's position in every log, and how it moves: what the rings announce becomes steps of the
/// loop's order, and walks over the readers whom they concern (D and W of ADR 1). Confined to the
/// loop, but for [#taken].
final class Intake {
  private final HubLoop loop;
  private final Ring[] rings;
  private final Feeds feeds;
  private final Order order;
  private final Walks walks;

  /// Per log the sequence number taken last; written by the loop, read by announcers.
  private final AtomicLongArray taken;

  private final long[] present;

  /// Begins at the end of every log.
  Intake(HubLoop loop, Ring[] rings, Feeds feeds, Order order, Walks walks) {
    this.loop = loop;
    this.rings = rings;
    this.feeds = feeds;
    this.order = order;
    this.walks = walks;
    this.taken = new AtomicLongArray(rings.length);
    this.present = new long[rings.length];
    skipToEnd();
  }

  private void skipToEnd() {
    for (int l = 0; l < rings.length; l++) {
      Ring.Tail tail = rings[l].tail();
      taken.set(l, tail.sequence());
      present[l] = Math.max(present[l], tail.offset());
    }
    order.advanceToEnd(present);
  }

  /// The sequence number that was taken last from a log. Any thread.
  long taken(int log) {
    return taken.get(log);
  }

  /// The offset up to which everything was taken from each log; not to be changed, nor kept.
  long[] present() {
    return present;
  }

  /// Publications that were announced and not taken yet.
  long lag() {
    long lag = 0;
    for (int l = 0; l < rings.length; l++) {
      lag += rings[l].tail().sequence() - taken.get(l);
    }
    return lag;
  }

  /// Takes everything up to the end of every log.
  void take() {
    for (int l = 0; l < rings.length; l++) {
      Ring ring = rings[l];
      Ring.Tail tail = ring.tail();
      for (long next = taken.get(l) + 1; next <= tail.sequence(); next++) {
        RingEntry entry = ring.get(next);
        if (entry == null || entry.publication == null) {
          lap();
          return;
        }
        take(entry, l);
        taken.set(l, next);
      }
      present[l] = Math.max(present[l], tail.offset());
    }
    order.standsAt(present);
    if (!order.isEmpty() && isLapped(order.oldest())) {
      lap();
    }
  }

  private void take(RingEntry entry, int log) {
    Feed feed = feeds.find(entry.publication().channel());
    if (feed != null) {
      long[] before = with(log, entry.offset - 1);
      order.add(entry, feed, before, with(log, entry.offset));
      feed.endedAt = entry.publication().end() ? entry.offset : 0;
      walks.due(feed, order.last() - 1);
      loop.wake();
    }
    present[log] = entry.offset;
  }

  /// Where the loop stands, but for one log.
  private long[] with(int log, long offset) {
    long[] vector = present.clone();
    vector[log] = offset;
    return vector;
  }

  private boolean isLapped(Step step) {
    return rings[step.feed.log].get(step.entry.sequence) == null;
  }

  /// The rings have gone on without this loop: whoever was live reads the log.
  private void lap() {
    for (Feed.Reader reader : feeds.readers()) {
      reader.lapped();
    }
    walks.clear();
    feeds.forgetEnds();
    skipToEnd();
    loop.wake();
  }

  /// W moves to where every walk has ended.
  void advanceW() {
    if (walks.isEmpty()) {
      order.advanceToEnd(present);
    } else {
      order.advance(walks.endedUpTo());
    }
  }
}
