package dev.duet.broker.disk;

import dev.duet.broker.NotCommittedException;
import dev.duet.broker.Receipt;
import dev.duet.broker.commit.Pending;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Has keys go by tombstones, which a log appends in its own name: reads which keys they are, off
/// the log's lock, and waits for the commits.
final class Evictions {
  /// Tombstones of the log's own that are under way at once, of one channel.
  private static final int PIECE = 256;

  private final LogCore core;
  private final Store store;
  private final Tombstones tombstones;
  private final Runnable appended;
  private final Evictor evictor;

  /// Appends in the log's own name.
  @FunctionalInterface
  interface Tombstones {
    /// Appends a tombstone for the key of `victim`. Under the lock.
    Entry append(KeyedState state, Evictor.Victim victim);
  }

  /// @param appended is run under the lock when something was appended
  Evictions(LogCore core, Store store, Tombstones tombstones, Runnable appended) {
    this.core = core;
    this.store = store;
    this.tombstones = tombstones;
    this.appended = appended;
    this.evictor = new Evictor(core.lock());
  }

  /// Under the lock: has tombstones appended for what is held at these offsets, a piece at a time:
  /// which keys they are is read off the lock, and a piece waits for the commit of the one before.
  ///
  /// @return completes when all are committed, exceptionally when one could not be
  CompletableFuture<Void> evict(KeyedState state, List<Long> offsets) {
    state.pins++;
    var done = new CompletableFuture<Void>();
    evict(state, offsets, 0, done);
    return done;
  }

  private void evict(KeyedState state, List<Long> offsets, int from, CompletableFuture<Void> done) {
    if (from == offsets.size()) {
      state.pins--;
      core.answer(() -> done.complete(null));
      return;
    }
    int to = Math.min(offsets.size(), from + PIECE);
    List<Long> piece = offsets.subList(from, to);
    Snapshot snapshot = store.snapshot();
    int rescues = store.rescues();
    core.onIo(
        () -> {
          Evictor.Found found;
          try (snapshot) {
            found = evictor.read(snapshot, state.name(), piece);
          } catch (IOException | RuntimeException e) {
            core.failed(e);
            core.locked(() -> stop(state, offsets, from, done, e));
            return;
          }
          core.locked(
              () -> {
                if (core.isClosed()) {
                  stop(state, offsets, from, done, new IOException("the log is closed"));
                  return null;
                }
                if (store.rescues() != rescues) {
                  evict(state, offsets, from, done);
                  return null;
                }
                Entry last = append(state, piece, found);
                if (last == null) {
                  evict(state, offsets, to, done);
                } else {
                  last.answer()
                      .whenComplete((receipt, e) -> next(state, offsets, to, done, receipt));
                }
                return null;
              });
        },
        () -> {
          snapshot.close();
          var unused = stop(state, offsets, from, done, new IOException("the log is closed"));
        });
  }

  private void next(
      KeyedState state,
      List<Long> offsets,
      int from,
      CompletableFuture<Void> done,
      Receipt receipt) {
    core.locked(
        () -> {
          if (receipt instanceof Receipt.Failed failed) {
            return stop(state, offsets, from, done, new NotCommittedException(failed));
          }
          evict(state, offsets, from, done);
          return false;
        });
  }

  /// Under the lock: the keys that were not given a tombstone yet may be chosen again.
  private boolean stop(
      KeyedState state, List<Long> offsets, int from, CompletableFuture<Void> done, Exception why) {
    offsets.subList(from, offsets.size()).forEach(offset -> unmark(state, offset));
    state.pins--;
    core.answer(() -> done.completeExceptionally(why));
    return true;
  }

  /// Appends the tombstones of a piece; the last of them, or null.
  private @Nullable Entry append(KeyedState state, List<Long> piece, Evictor.Found found) {
    Entry last = null;
    var left = new ArrayList<>(piece);
    for (Evictor.Victim victim : found.victims()) {
      var tentative = core.pending().of(state.name());
      Entry underWay = tentative == null ? null : tentative.of(Pending.key(victim.key()));
      boolean ends = state.end || (tentative != null && tentative.end() != null);
      if (underWay == null && !ends && state.at(victim.offset()) >= 0) {
        last = tombstones.append(state, victim);
        left.remove(victim.offset());
      } else if (underWay != null && underWay.victim() == victim.offset()) {
        left.remove(victim.offset());
      }
    }
    left.forEach(offset -> unmark(state, offset));
    found.damaged().forEach(offset -> damaged(state, offset));
    if (last != null) {
      appended.run();
    }
    return last;
  }

  /// Under the lock: it may be chosen again.
  static void unmark(KeyedState state, long offset) {
    int slot = state.at(offset);
    if (slot >= 0) {
      state.unmark(slot);
    }
  }

  /// Under the lock: a record that cannot be read is not held any more, and who may have missed it
  /// is told.
  static void damaged(KeyedState state, long offset) {
    int slot = state.at(offset);
    if (slot >= 0) {
      state.damaged(slot);
    }
  }
}
