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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Has keys go by tombstones, which a log appends in its own name: reads which keys they are, off
/// the log's lock, and waits for the commits.
final class Evictions {
  /// Tombstones of the log's own that are under way at once, of one channel.
  private static final int PIECE = 256;

  private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

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
    var one = new Eviction(state, offsets);
    state.pins++;
    one.next();
    return one.done;
  }

  /// Whatever is thrown in it, it ends: then its state is not pinned any more, and the keys that
  /// were not given a tombstone yet may be chosen again.
  private final class Eviction {
    private final KeyedState state;
    private final List<Long> offsets;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final LogCore.Relay<Void> answer = new LogCore.Relay<>(done);
    private final Supplier<@Nullable Void> ending = this::end;
    private int from;

    Eviction(KeyedState state, List<Long> offsets) {
      this.state = state;
      this.offsets = offsets;
    }

    /// Under the lock: the next piece. Throws nothing.
    private @Nullable Void next() {
      if (from == offsets.size()) {
        return end();
      }
      try {
        read();
      } catch (RuntimeException | Error e) {
        stop(e);
      }
      return null;
    }

    private void read() {
      List<Long> piece = offsets.subList(from, Math.min(offsets.size(), from + PIECE));
      Snapshot snapshot = store.snapshot();
      int rescues = store.rescues();
      try {
        core.onIo(
            () -> read(piece, snapshot, rescues),
            () -> {
              snapshot.close();
              stop(new IOException("the log is closed"));
            });
      } catch (RuntimeException | Error e) {
        snapshot.close();
        throw e;
      }
    }

    private void read(List<Long> piece, Snapshot snapshot, int rescues) {
      try {
        Evictor.Found found;
        try (snapshot) {
          found = evictor.read(snapshot, state.name(), piece);
        } catch (IOException e) {
          core.failed(e);
          throw e;
        }
        core.locked(() -> append(piece, found, rescues));
      } catch (IOException | RuntimeException | Error e) {
        stop(e);
      }
    }

    private @Nullable Void append(List<Long> piece, Evictor.Found found, int rescues) {
      if (core.isClosed()) {
        stop(new IOException("the log is closed"));
        return null;
      }
      if (store.rescues() != rescues) {
        return next();
      }
      Entry last = Evictions.this.append(state, piece, found);
      int to = from + piece.size();
      if (last == null) {
        from = to;
        return next();
      }
      last.answer().whenComplete((receipt, e) -> committed(receipt, to));
      return null;
    }

    private void committed(Receipt receipt, int to) {
      try {
        if (receipt instanceof Receipt.Failed failed) {
          stop(new NotCommittedException(failed));
        } else {
          core.locked(
              () -> {
                from = to;
                return next();
              });
        }
      } catch (RuntimeException | Error e) {
        stop(e);
      }
    }

    private void stop(Throwable why) {
      if (answer.failure == null) {
        answer.failure = why;
        core.locked(ending);
      }
    }

    private @Nullable Void end() {
      state.release(offsets, from);
      state.pins--;
      if (answer.failure == null) {
        answer.inner = DONE;
      }
      core.answer(answer);
      return null;
    }
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
    state.release(left, 0);
    found.damaged().forEach(offset -> damaged(state, offset));
    if (last != null) {
      appended.run();
    }
    return last;
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
