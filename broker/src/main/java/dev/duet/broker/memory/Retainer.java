package dev.duet.broker.memory;

import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.commit.Append;
import dev.duet.broker.commit.Pending;
import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lets go what retention no longer keeps. Acts on what is committed, and only at a commit, a sweep
/// or a trim. Guarded by the log's lock.
///
/// `history`: the oldest goes and the channel's horizon moves there.
///
/// `latest`: whoever follows the channel must learn that a key went. So a key goes in two steps: a
/// tombstone for it is appended like any publication, and when that commits it takes the key's
/// place; tombstones are what a bound then lets go, and that moves the horizon. While a channel is
/// over a bound its oldest tombstones go first; if it has none, as many of its oldest keys as are
/// too many get one. At the steady state of a full channel, each new key costs one tombstone, which
/// goes as soon as it is committed. These tombstones are written whatever is under way, so
/// publishers cannot use up the room that lets a channel shrink.
///
/// A channel that has ended gets no publication any more, and nobody follows it: its keys go
/// without a tombstone, and the horizon moves.
final class Retainer {
  private final Index index;
  private final Pending<Append> pending;
  private final AgeClock clock;
  private final Tombstones tombstones;
  private final long maxBytes;

  /// Appends tombstones in the log's own name.
  @FunctionalInterface
  interface Tombstones {
    /// Appends a tombstone for the key of `victim`.
    void append(Publication victim);
  }

  Retainer(
      Index index, Pending<Append> pending, AgeClock clock, Tombstones tombstones, long maxBytes) {
    this.index = index;
    this.pending = pending;
    this.clock = clock;
    this.tombstones = tombstones;
    this.maxBytes = maxBytes;
  }

  /// Holds all bounds after a publication of the channel was committed.
  void committed(ChannelState state) {
    long now = clock.now();
    if (state instanceof KeyedState keyed) {
      boundKeys(keyed);
    } else {
      boundHistory(state);
    }
    while (!state.isEmpty() && isExpired(state, now) && letGo(state, state.first())) {}
    boundLog(state);
  }

  /// Lets go what is too old, after looking at `budget` publications at most; whether another sweep
  /// would do more before anything is committed.
  boolean sweep(int budget) {
    long now = clock.now();
    int left = budget;
    boolean done = false;
    int waitingBefore = pending.size();
    for (Family family : index.families()) {
      var waiting = new ArrayList<ChannelState>();
      ChannelState top;
      while (left > 0 && (top = family.oldest().peek()) != null && isExpired(top, now)) {
        List<Publication> expired = expired(top, now, left);
        left -= expired.size();
        for (Publication one : expired) {
          done |= letGo(top, one);
        }
        if (!top.isEmpty()) {
          family.oldest().remove(top);
          waiting.add(top);
        }
      }
      waiting.forEach(family.oldest()::add);
    }
    return left == 0 && (done || pending.size() > waitingBefore);
  }

  /// Lets go what the channel holds up to `before`.
  void trim(ChannelState state, long before) {
    for (Publication one : state.held(0, before)) {
      letGo(state, one);
    }
  }

  private void boundHistory(ChannelState state) {
    Retention retention = state.family.retention();
    while (state.count() > retention.maxCount()
        || (state.bytes() > retention.maxBytes() && state.count() > 1)) {
      index.drop(state, state.first());
    }
  }

  private void boundKeys(KeyedState state) {
    Retention retention = state.family.retention();
    while (state.count() > retention.maxCount()
        || (state.bytes() > retention.maxBytes() && state.count() > 1)) {
      Publication tombstone = state.endedAt() > 0 ? state.first() : state.oldestTombstone();
      if (tombstone == null) {
        evictKeys(state);
        return;
      }
      index.drop(state, tombstone);
    }
  }

  private void evictKeys(KeyedState state) {
    Retention retention = state.family.retention();
    Pending.@Nullable Tentative<Append> tentative = pending.of(state.name);
    long count = (long) state.count() - retention.maxCount();
    long bytes = state.bytes() - retention.maxBytes();
    if (tentative != null) {
      count -= tentative.evictions();
      bytes -= tentative.relief();
    }
    for (int slot = 0; slot < state.slots() - 1 && (count > 0 || bytes > 0); slot++) {
      Publication one = state.slot(slot);
      if (!state.isDead(one) && evict(state, one)) {
        count--;
        bytes -= one.weight();
      }
    }
  }

  /// Holds the bound on the bytes of the whole log, which takes `history` first, the oldest of all.
  private void boundLog(ChannelState last) {
    while (index.bytes() > maxBytes) {
      ChannelState oldest = oldest(Mode.HISTORY);
      if (oldest == null && last instanceof KeyedState keyed && keyed.tombstones() > 0) {
        oldest = keyed;
      }
      if (oldest == null) {
        oldest = oldest(Mode.LATEST);
      }
      if (oldest == null) {
        return;
      }
      Publication tombstone = oldest instanceof KeyedState keyed ? keyed.oldestTombstone() : null;
      if (!letGo(oldest, tombstone == null ? oldest.first() : tombstone)) {
        return;
      }
    }
  }

  private @Nullable ChannelState oldest(Mode mode) {
    ChannelState oldest = null;
    for (Family family : index.families()) {
      ChannelState one = family.keeps(mode) ? family.oldest().peek() : null;
      if (one != null && (oldest == null || one.rank < oldest.rank)) {
        oldest = one;
      }
    }
    return oldest;
  }

  private List<Publication> expired(ChannelState state, long now, int most) {
    var expired = new ArrayList<Publication>();
    for (int slot = 0; slot < state.slots() && expired.size() < most; slot++) {
      Publication one = state.slot(slot);
      if (!state.isDead(one)) {
        if (clock.age(one, now) <= state.family.maxAgeMillis()) {
          break;
        }
        expired.add(one);
      }
    }
    return expired;
  }

  private boolean isExpired(ChannelState state, long now) {
    return clock.age(state.first(), now) > state.family.maxAgeMillis();
  }

  /// Lets one publication go: at once, or a key by a tombstone. Whether it is gone.
  private boolean letGo(ChannelState state, Publication one) {
    if (state instanceof KeyedState && !one.deleted() && state.endedAt() == 0) {
      evict(state, one);
      return false;
    }
    index.drop(state, one);
    return true;
  }

  /// Appends a tombstone, unless something is under way for that key already, or the channel's end.
  private boolean evict(ChannelState state, Publication one) {
    Pending.@Nullable Tentative<Append> tentative = pending.of(state.name);
    if (tentative != null
        && (tentative.end() != null || tentative.of(KeyedState.key(one)) != null)) {
      return false;
    }
    tombstones.append(one);
    return true;
  }
}
