package dev.duet.broker.disk;

import dev.duet.broker.Follower;
import dev.duet.broker.NotCommittedException;
import dev.duet.broker.Receipt;
import dev.duet.broker.commit.Append;
import dev.duet.broker.commit.Pending;
import dev.duet.broker.disk.store.DiskFullException;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Store;
import dev.duet.broker.disk.store.Written;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

  /// Tombstones of the log's own that are under way at once, of one channel.
  private static final int PIECE = 256;

  /// Most records of keys that are too old, per commit of a channel.
  private static final int EXPIRED_PER_COMMIT = 16;

  private final LogCore core;
  private final Store store;
  private final List<Follower> followers;
  private final Tombstones tombstones;
  private final Runnable appended;
  private final KeyedRetainer retainer;
  private final Evictor evictor;
  private List<Batch.Trim> trims = new ArrayList<>();
  private boolean committing;

  /// Appends in the log's own name.
  @FunctionalInterface
  interface Tombstones {
    /// Appends a tombstone for the key of `victim`. Under the lock.
    Entry append(KeyedState state, Evictor.Victim victim);
  }

  /// @param appended is run under the lock when retention has appended something
  Committing(
      LogCore core,
      Store store,
      List<Follower> followers,
      Tombstones tombstones,
      Runnable appended) {
    this.appended = appended;
    this.core = core;
    this.store = store;
    this.followers = followers;
    this.tombstones = tombstones;
    this.retainer = new KeyedRetainer(this::evict);
    this.evictor = new Evictor(core.lock());
    core.whenLoaded(this::hold);
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
    Batch batch = core.locked(() -> next(most));
    if (batch == null) {
      return false;
    }
    try {
      Written written = store.write(batch.records());
      committed(batch, written, announced);
    } catch (DiskFullException e) {
      fail(batch, true, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      fail(batch, false, String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      fail(batch, false, "the log cannot be written: " + e);
      throw e;
    } finally {
      core.locked(() -> committing = false);
    }
    return true;
  }

  /// Trims come after all that waits, so they wait for a batch that takes everything.
  private @Nullable Batch next(int most) {
    if (committing || (core.pending().isEmpty() && trims.isEmpty())) {
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
    committing = true;
    return new Batch(entries, due);
  }

  /// A batch may have very many records: publishers and readers get the lock between its pieces.
  private void committed(Batch batch, Written written, boolean announced) {
    int from = 0;
    while (from < written.size()) {
      int piece = from;
      int to = Math.min(written.size(), from + HOLD);
      core.locked(
          () -> {
            store.index(written, piece, to);
            committed(batch.piece(piece, to), announced);
            return null;
          });
      from = to;
      if (from < written.size() && core.lock().hasQueuedThreads()) {
        LockSupport.parkNanos(this, LEFT_NANOS);
      }
    }
  }

  private void committed(Batch batch, boolean announced) {
    var announcement = new ArrayList<Publication>(batch.entries().size());
    long now = core.clock().age();
    for (Entry entry : batch.entries()) {
      Append polled = core.pending().poll();
      if (polled != entry) {
        throw new IllegalStateException("appends commit in their order");
      }
      Publication publication = entry.publication();
      announcement.add(publication);
      if (entry.use() != null) {
        entry.use().committed();
      }
      ChannelState state = entry.state();
      state.committed(entry);
      if (state instanceof KeyedState keyed) {
        take(keyed, entry);
        retainer.hold(keyed, now, EXPIRED_PER_COMMIT);
        core.states().recount(keyed);
      }
      state.pins--;
      core.answer(() -> entry.answer().complete(new Receipt.Appended(publication.offset(), false)));
    }
    if (!announcement.isEmpty()) {
      announce(List.copyOf(announcement), announced);
    }
    for (Batch.Trim trim : batch.trims()) {
      trim.state().trim(trim.upTo());
      trim.state().pins--;
      trimmed(trim.state().name(), trim.before());
      core.answer(() -> trim.done().complete(null));
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

  private void announce(List<Publication> announcement, boolean announced) {
    long to = announcement.getLast().offset();
    for (Follower follower : followers) {
      try {
        if (announced) {
          follower.advanced(announcement, to);
        } else {
          follower.lost(core.position(), to);
        }
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "a follower failed to take an announcement", e);
      }
    }
    core.position(to);
  }

  private void fail(Batch batch, boolean full, String why) {
    core.locked(
        () -> {
          trims.addAll(0, batch.trims());
          return null;
        });
    fail(full, why);
  }

  /// Fails everything that waits.
  void fail(boolean full, String why) {
    core.locked(
        () -> {
          var answer = new Receipt.Failed(full, why);
          for (Entry entry : core.pending().clear()) {
            if (entry.use() != null) {
              core.window().remove(entry.use());
            }
            if (entry.state() instanceof KeyedState keyed && entry.victim() > 0) {
              unmark(keyed, entry.victim());
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

  private static void unmark(KeyedState state, long offset) {
    int slot = state.at(offset);
    if (slot >= 0) {
      state.unmark(slot);
    }
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

  /// Followers drop what they have of a channel up to there.
  void trimmed(String channel, long upTo) {
    followers.forEach(one -> one.trimmed(channel, upTo));
  }

  /// Whether something waits.
  boolean isWaiting() {
    return !core.pending().isEmpty() || !trims.isEmpty();
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

  /// Under the lock: has tombstones appended for what is held at these offsets, a piece at a time:
  /// which keys they are is read off the lock, and a piece waits for the commit of the one before.
  ///
  /// @return completes when all are committed, exceptionally when one could not be
  private CompletableFuture<Void> evict(KeyedState state, List<Long> offsets) {
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

  /// Under the lock: a record that cannot be read is not held any more, and who may have missed it
  /// is told.
  static void damaged(KeyedState state, long offset) {
    int slot = state.at(offset);
    if (slot >= 0) {
      state.damaged(slot);
    }
  }
}
