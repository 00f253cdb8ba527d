package dev.duet.broker.disk;

import dev.duet.broker.Retention;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Lets go what channels that keep the latest per key keep no longer. Guarded by the log's lock.
///
/// Whoever follows such a channel must learn that a key went. So a key goes in two steps: a
/// tombstone for it is appended like any publication, and when that commits it takes the key's
/// place; tombstones are what a bound then lets go, and that moves the horizon. While a channel is
/// over a bound its oldest tombstones go first; if it has none, as many of its oldest keys as are
/// too many get one. These tombstones are written whatever is under way, so publishers cannot use
/// up the room that lets a channel shrink.
///
/// A channel that has ended gets no publication any more, and nobody follows it: its keys go
/// without a tombstone, after the tombstones, the record that ended it last; and the horizon moves.
/// A trim of such a channel is none of this: it is a record of its own.
final class KeyedRetainer {
  private final Evictions evictions;

  /// Writes tombstones in the log's own name.
  @FunctionalInterface
  interface Evictions {
    /// Writes one for each key whose record is held at one of these offsets; those are marked.
    ///
    /// @return completes when those that it wrote are committed, exceptionally when one could not
    ///     be
    CompletableFuture<Void> begin(KeyedState state, List<Long> offsets);
  }

  KeyedRetainer(Evictions evictions) {
    this.evictions = evictions;
  }

  /// Holds the bounds of a channel, and lets go at most `budget` records that are too old.
  ///
  /// @param now of the log's own clock
  /// @return how many it let go or gave a tombstone for age
  int hold(KeyedState state, long now, int budget) {
    Retention retention = state.family().retention();
    var victims = new ArrayList<Long>();
    try {
      return hold(state, retention, now, budget, victims);
    } catch (RuntimeException | Error e) {
      state.release(victims, 0);
      throw e;
    }
  }

  private int hold(
      KeyedState state, Retention retention, long now, int budget, List<Long> victims) {
    while (state.count() > retention.maxCount()
        || (state.bytes() > retention.maxBytes() && state.count() > 1)) {
      int tombstone = state.oldestTombstone();
      if (state.end && (tombstone < 0 || state.offsetAt(tombstone) == state.offset)) {
        tombstone = state.slot(0);
      }
      if (tombstone < 0) {
        evict(state, retention, victims);
        break;
      }
      state.drop(tombstone);
    }
    int done = expire(state, now, budget, victims);
    if (!victims.isEmpty()) {
      var unused = evictions.begin(state, victims);
    }
    return done;
  }

  private static void evict(KeyedState state, Retention retention, List<Long> victims) {
    long count = (long) state.count() - retention.maxCount() - state.victims();
    long bytes = state.bytes() - retention.maxBytes() - state.victimBytes();
    int left = state.count() - 1;
    for (int slot = state.slot(0);
        slot >= 0 && left > 0 && (count > 0 || bytes > 0);
        slot = state.slot(slot + 1), left--) {
      if (!state.isVictim(slot)) {
        count--;
        bytes -= state.weightAt(slot);
        victims.add(state.offsetAt(slot));
        state.mark(slot);
      }
    }
  }

  private static int expire(KeyedState state, long now, int budget, List<Long> victims) {
    long oldest = now - state.family().maxAgeMillis();
    int done = 0;
    long last = 0;
    while (done < budget) {
      int slot = state.slot(state.after(last));
      if (slot < 0 || state.ageAt(slot) >= oldest) {
        break;
      }
      last = state.offsetAt(slot);
      if (state.isDeleted(slot) || state.end) {
        state.drop(slot);
        done++;
      } else if (!state.isVictim(slot)) {
        victims.add(last);
        state.mark(slot);
        done++;
      }
    }
    return done;
  }

  /// Lets go what is held up to an offset, of a channel that has not ended. Also of keys whose
  /// tombstone somebody else is about to append: who comes first does.
  ///
  /// @return completes when the tombstones that it appended are committed, exceptionally when one
  ///     could not be
  CompletableFuture<Void> trim(KeyedState state, long before) {
    var victims = new ArrayList<Long>();
    try {
      return trim(state, before, victims);
    } catch (RuntimeException | Error e) {
      state.release(victims, 0);
      throw e;
    }
  }

  private CompletableFuture<Void> trim(KeyedState state, long before, List<Long> victims) {
    long last = 0;
    for (int slot; (slot = state.slot(state.after(last))) >= 0; ) {
      last = state.offsetAt(slot);
      if (last > before) {
        break;
      }
      if (state.isDeleted(slot)) {
        state.drop(slot);
      } else {
        victims.add(last);
        state.mark(slot);
      }
    }
    return victims.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : evictions.begin(state, victims);
  }
}
