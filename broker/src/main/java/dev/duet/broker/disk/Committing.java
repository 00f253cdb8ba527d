package dev.duet.broker.disk;

import dev.duet.broker.Follower;
import dev.duet.broker.NotCommittedException;
import dev.duet.broker.Receipt;
import dev.duet.broker.commit.Append;
import dev.duet.broker.disk.store.DiskFullException;
import dev.duet.broker.disk.store.Store;
import dev.duet.broker.disk.store.Written;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Makes what waits durable, then true for everybody: one write (and sync) for all that waits, then
/// under the lock the index, the states, the announcement, the position; then the answers. What
/// retention has to write itself begins here too.
final class Committing {
  private static final System.Logger LOG = System.getLogger("dev.duet.broker.disk");

  /// Most bytes of one write, unless one record is larger.
  private static final long MAX_BYTES = 4L << 20;

  /// Records that become true in one hold of the log's lock: about a millisecond's work.
  private static final int HOLD = 1_000;

  /// How long the lock is left to whoever waits for it, before the next hold.
  private static final long LEFT_NANOS = 20_000;

  /// Most records of keys that are too old, per commit of a channel.
  private static final int EXPIRED_PER_COMMIT = 16;

  private final LogCore core;
  private final Store store;
  private final Announcing announcing;
  private final KeyedRetainer retainer;
  private List<Batch.Trim> trims = new ArrayList<>();
  private boolean committing;

  /// What is in the log's file and could not be indexed: it is tried again before all else.
  private @Nullable Work unfinished;

  /// A batch on its way.
  private static final class Work {
    final Batch batch;
    @Nullable Written written;
    int done;

    Work(Batch batch) {
      this.batch = batch;
    }
  }

  /// @param appended is run under the lock when retention has appended something
  Committing(
      LogCore core,
      Store store,
      List<Follower> followers,
      Evictions.Tombstones tombstones,
      Runnable appended) {
    this.core = core;
    this.store = store;
    this.announcing = new Announcing(core, followers);
    this.retainer = new KeyedRetainer(new Evictions(core, store, tombstones, appended)::evict);
    core.whenLoaded(this::hold);
  }

  /// What tells followers.
  Announcing announcing() {
    return announcing;
  }

  KeyedRetainer retainer() {
    return retainer;
  }

  /// Commits the oldest `most` of what waits; one thread at a time. A call from within itself does
  /// nothing: whoever commits asks again.
  ///
  /// @param announced false: followers hear only that they missed it
  /// @return whether there was anything
  boolean commit(int most, boolean announced) {
    Work work = core.locked(() -> next(most));
    if (work == null) {
      return false;
    }
    Batch batch = work.batch;
    try {
      Written written = work.written;
      if (written == null) {
        written = store.write(batch.records());
        work.written = written;
      }
      committed(work, written, announced);
    } catch (DiskFullException e) {
      fail(batch, true, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      fail(batch, false, String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      if (work.written == null) {
        fail(batch, false, "the log cannot be written: " + e);
      } else {
        core.locked(() -> unfinished = work);
      }
      throw e;
    } finally {
      core.locked(() -> committing = false);
    }
    return true;
  }

  /// Trims come after all that waits, so they wait for a batch that takes everything.
  private @Nullable Work next(int most) {
    if (committing) {
      return null;
    }
    Work left = unfinished;
    if (left != null) {
      unfinished = null;
      committing = true;
      return left;
    }
    if (core.pending().isEmpty() && trims.isEmpty()) {
      return null;
    }
    List<Entry> entries = core.pending().first(most, MAX_BYTES);
    var due = new ArrayList<Batch.Trim>();
    if (entries.size() == core.pending().size()) {
      for (Batch.Trim trim : trims) {
        due.add(trim.at(core.stamp(), core.clock().age()));
      }
      trims = new ArrayList<>();
    }
    Work work = new Work(new Batch(entries, due));
    committing = true;
    return work;
  }

  /// A batch may have very many records: publishers and readers get the lock between its pieces.
  private void committed(Work work, Written written, boolean announced) {
    while (work.done < written.size()) {
      int from = work.done;
      int to = Math.min(written.size(), from + HOLD);
      core.locked(
          () -> {
            Batch piece = work.batch.piece(from, to);
            store.index(written, from, to);
            work.done = to;
            committed(piece, announced);
            return null;
          });
      if (to < written.size() && core.lock().hasQueuedThreads()) {
        LockSupport.parkNanos(this, LEFT_NANOS);
      }
    }
  }

  /// All of it is in the index: whatever comes of it here, it is committed.
  private void committed(Batch batch, boolean announced) {
    var announcement = new ArrayList<Publication>(batch.entries().size());
    boolean whole = true;
    long now = core.clock().age();
    for (Entry entry : batch.entries()) {
      Append polled = core.pending().poll();
      if (polled != entry) {
        throw new IllegalStateException("appends commit in their order");
      }
      announcement.add(entry.publication());
      whole &= isTaken(entry, now);
      entry.state().pins--;
      var receipt = new Receipt.Appended(entry.publication().offset(), false);
      core.answer(() -> entry.answer().complete(receipt));
    }
    if (!whole) {
      core.states().dropKeyed();
    }
    if (!announcement.isEmpty()) {
      long to = announcement.getLast().offset();
      announcing.announce(Collections.unmodifiableList(announcement), announced, to);
      core.position(to);
    }
    for (Batch.Trim trim : batch.trims()) {
      trim.state().trim(trim.upTo());
      trim.state().pins--;
      announcing.trimmed(trim.state().name(), trim.before());
      core.answer(() -> trim.done().complete(null));
    }
  }

  /// Whether the state of its channel has all of it. What could not be taken for want of memory may
  /// be tried again.
  private boolean isTaken(Entry entry, long now) {
    if (entry.use() != null) {
      entry.use().committed();
    }
    ChannelState state = entry.state();
    state.committed(entry);
    boolean taken = true;
    if (state instanceof KeyedState keyed) {
      taken = isRun(() -> take(keyed, entry));
      if (!taken) {
        taken = isRun(() -> take(keyed, entry));
      }
      taken &= isRun(() -> hold(keyed, now));
    }
    return taken;
  }

  private void hold(KeyedState state, long now) {
    retainer.hold(state, now, EXPIRED_PER_COMMIT);
    core.states().recount(state);
  }

  private static boolean isRun(Runnable work) {
    try {
      work.run();
      return true;
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "a commit failed in a way that was not foreseen", e);
      return false;
    }
  }

  private void take(KeyedState state, Entry entry) {
    Publication publication = entry.publication();
    if (entry.fresh()) {
      state.begin(entry.prev());
    }
    state.add(
        publication.offset(),
        core.keyHash(publication.key()),
        entry.age(),
        publication.weight(),
        publication.deleted());
  }

  private void fail(Batch batch, boolean full, String why) {
    core.locked(
        () -> {
          trims.addAll(0, batch.trims());
          return null;
        });
    fail(full, why);
  }

  /// Fails everything that waits, but what is in the log's file already: that is not undone.
  void fail(boolean full, String why) {
    core.locked(
        () -> {
          var answer = new Receipt.Failed(full, why);
          Set<Entry> stays = written();
          for (Entry entry : core.pending().clear()) {
            if (stays.contains(entry)) {
              core.pending().add(entry);
              continue;
            }
            if (entry.use() != null) {
              core.window().remove(entry.use());
            }
            if (entry.state() instanceof KeyedState keyed && entry.victim() > 0) {
              Evictions.unmark(keyed, entry.victim());
            }
            entry.state().pins--;
            core.answer(() -> entry.answer().complete(answer));
          }
          for (Batch.Trim trim : trims) {
            trim.state().pins--;
            core.answer(() -> trim.done().completeExceptionally(new NotCommittedException(answer)));
          }
          trims = new ArrayList<>();
          return null;
        });
  }

  /// At the end: fails what waits. What is in the file is told so, with an index or without.
  void end() {
    if (unfinished != null) {
      var unused = isRun(() -> commit(1, true));
    }
    fail(false, "the log is closed");
    core.locked(
        () -> {
          for (Entry entry : core.pending().clear()) {
            var receipt = new Receipt.Appended(entry.publication().offset(), false);
            core.answer(() -> entry.answer().complete(receipt));
          }
          return null;
        });
  }

  /// What of the pending is in the log's file.
  private Set<Entry> written() {
    Work work = unfinished;
    if (work == null) {
      return Set.of();
    }
    Set<Entry> entries = Collections.newSetFromMap(new IdentityHashMap<>());
    entries.addAll(work.batch.entries());
    return entries;
  }

  // ---- what retention writes

  /// Under the lock: trims a channel with a history, whose state is pinned for it.
  void trim(Batch.Trim trim) {
    trims.add(trim);
  }

  /// Lets go of a state what became too old while it was not loaded.
  private void hold(KeyedState state) {
    var unused = retainer.hold(state, core.clock().age(), Integer.MAX_VALUE);
  }

  /// Lets go what is too old in channels that are loaded and keep the latest per key, and forgets
  /// old idempotency keys and idle states; at most `budget` of each. Whether more is due.
  boolean sweep(int budget) {
    long now = core.clock().age();
    int[] left = {budget};
    core.states()
        .look(
            budget,
            state -> {
              left[0] -= retainer.hold(state, now, left[0]);
              return left[0] <= 0;
            });
    boolean more = core.window().expire(core.clock().tick(), budget);
    more |= core.states().expire(core.clock().tick(), budget);
    return more || left[0] <= 0;
  }
}
