package dev.duet.broker.disk;

import dev.duet.broker.Follower;
import dev.duet.broker.Receipt;
import dev.duet.broker.commit.Append;
import dev.duet.broker.disk.store.DiskFullException;
import dev.duet.broker.disk.store.IoReason;
import dev.duet.broker.disk.store.Store;
import dev.duet.broker.disk.store.Unforeseen;
import dev.duet.broker.disk.store.Written;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Makes what waits durable, then true for everybody: one write (and sync) for all that waits, then
/// under the lock the index, the states, the announcement, the position; then the answers. What
/// retention has to write itself begins here too.
final class Committing {
  /// Most bytes of one write, unless one record is larger.
  private static final long MAX_BYTES = 4L << 20;

  /// Records that become true in one hold of the log's lock: about a millisecond's work.
  private static final int HOLD = 1_000;

  /// How long the lock is left to whoever waits for it, before the next hold.
  private static final long LEFT_NANOS = 20_000;

  /// Most records of keys that are too old, per commit of a channel.
  private static final int EXPIRED_PER_COMMIT = 16;

  /// How often the end is tried.
  private static final int TRIES = 10;

  private final LogCore core;
  private final Store store;
  private final Announcing announcing;
  private final KeyedRetainer retainer;
  private final List<Batch.Trim> trims = new ArrayList<>();
  private boolean committing;

  /// What is on its way; what is in the log's file and could not be indexed stays here, and is
  /// tried again before all else.
  private @Nullable Work work;

  /// A batch on its way.
  private static final class Work {
    final Batch batch;
    @Nullable Written written;

    /// So many of its records are true for everybody.
    int done;

    /// For so many there is room in the states.
    int reserved;

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
    Work next = core.locked(() -> next(most));
    if (next == null) {
      return false;
    }
    try {
      Written written = next.written;
      if (written == null) {
        written = store.write(next.batch.records());
        next.written = written;
      }
      committed(next, written, announced);
    } catch (DiskFullException e) {
      fail(true, IoReason.of(e));
    } catch (IOException e) {
      fail(false, IoReason.of(e));
    } catch (RuntimeException | Error e) {
      fail(false, "the log cannot be written: " + e);
      throw e;
    } finally {
      leave();
    }
    return true;
  }

  /// Trims come after all that waits, so they wait for a batch that takes everything.
  private @Nullable Work next(int most) {
    if (committing) {
      return null;
    }
    Work next = work;
    if (next == null) {
      if (core.pending().isEmpty() && trims.isEmpty()) {
        return null;
      }
      List<Entry> entries = core.pending().first(most, MAX_BYTES);
      var due = new ArrayList<Batch.Trim>();
      if (entries.size() == core.pending().size()) {
        for (Batch.Trim trim : trims) {
          due.add(trim.at(core.stamp(), core.clock().age()));
        }
      }
      next = new Work(new Batch(entries, due));
    }
    work = next;
    committing = true;
    return next;
  }

  private void leave() {
    core.lock().lock();
    try {
      committing = false;
    } finally {
      core.lock().unlock();
    }
  }

  /// A batch may have very many records: publishers and readers get the lock between its pieces.
  private void committed(Work now, Written written, boolean announced) {
    while (now.done < written.size()) {
      int to = Math.min(written.size(), now.done + HOLD);
      core.locked(
          () -> {
            committed(now, written, to, announced);
            return null;
          });
      if (to < written.size() && core.lock().hasQueuedThreads()) {
        LockSupport.parkNanos(this, LEFT_NANOS);
      }
    }
  }

  /// Makes a piece true, up to a record. All that may fail comes before the first step that anybody
  /// sees, and may be done again.
  private void committed(Work now, Written written, int to, boolean announced) {
    Batch piece = now.batch.piece(now.done, to);
    List<Publication> announcement = piece.announcement();
    Runnable answers = piece.committed();
    long age = core.clock().age();
    for (; now.reserved < Math.min(to, now.batch.entries().size()); now.reserved++) {
      if (now.batch.entries().get(now.reserved).state() instanceof KeyedState keyed) {
        keyed.reserve();
      }
    }
    store.index(written, now.done, to);
    core.answer(answers);
    for (int i = 0; i < announcement.size(); i++) {
      committed(piece.entries().get(i), age);
    }
    if (!announcement.isEmpty()) {
      long last = announcement.getLast().offset();
      announcing.announce(announcement, announced, last);
      core.position(last);
    }
    for (int i = 0; i < piece.trims().size(); i++) {
      Batch.Trim trim = piece.trims().get(i);
      trims.removeFirst();
      trim.state().trim(trim.upTo());
      trim.state().pins--;
      announcing.trimmed(trim.state().name(), trim.before());
    }
    now.done = to;
    if (to == written.size()) {
      work = null;
    }
  }

  private void committed(Entry entry, long age) {
    Append polled = core.pending().poll();
    if (polled != entry) {
      throw new IllegalStateException("appends commit in their order");
    }
    if (entry.use() != null) {
      entry.use().committed();
    }
    ChannelState state = entry.state();
    state.committed(entry);
    state.pins--;
    if (state instanceof KeyedState keyed) {
      keyed.take(entry);
      hold(keyed, age);
    }
  }

  /// What could not be let go now is another time: at a commit of the channel, or at a tick.
  private void hold(KeyedState state, long now) {
    try {
      var unused = retainer.hold(state, now, EXPIRED_PER_COMMIT);
      core.states().recount(state);
    } catch (RuntimeException | Error e) {
      Unforeseen.say("what a channel is to let go still is there", e);
    }
  }

  /// Fails everything that waits, but what is in the log's file already: that is not undone.
  void fail(boolean full, String why) {
    core.locked(
        () -> {
          Work left = work;
          int entries = left == null ? 0 : Math.max(0, left.batch.entries().size() - left.done);
          if (left == null || left.written == null) {
            forget(0, 0, new Receipt.Failed(full, why));
          } else {
            int rest = left.batch.size() - left.done;
            forget(entries, rest - entries, new Receipt.Failed(full, why));
          }
          return null;
        });
  }

  /// Under the lock: fails what waits after the first so many, and trims after so many.
  private void forget(int entries, int ofTrims, Receipt.Failed why) {
    var failed =
        new Batch(
            core.pending().after(entries), new ArrayList<>(trims.subList(ofTrims, trims.size())));
    core.answer(failed.failed(why));
    core.pending().keep(entries);
    while (trims.size() > ofTrims) {
      trims.removeLast().state().pins--;
    }
    for (int i = 0; i < failed.entries().size(); i++) {
      Entry entry = failed.entries().get(i);
      if (entry.use() != null) {
        core.window().remove(entry.use());
      }
      if (entry.state() instanceof KeyedState keyed && entry.victim() > 0) {
        keyed.release(entry.victim());
      }
      entry.state().pins--;
    }
    if (work != null && work.written == null) {
      work = null;
    }
  }

  /// At the end: fails what waits. What is in the file is told so, with an index or without.
  void end() {
    for (int tries = 0; tries < TRIES && !isEnded(); tries++) {}
  }

  private boolean isEnded() {
    try {
      fail(false, "the log is closed");
      if (work != null && isIndexed()) {
        return true;
      }
      core.locked(
          () -> {
            core.answer(new Batch(core.pending().after(0), List.copyOf(trims)).committed());
            core.pending().keep(0);
            trims.clear();
            return null;
          });
      return true;
    } catch (RuntimeException | Error e) {
      Unforeseen.say("what waited could not be told that the log is closed", e);
      return false;
    }
  }

  private boolean isIndexed() {
    try {
      return commit(1, true);
    } catch (RuntimeException | Error e) {
      Unforeseen.say("what is in the log's file could not be indexed", e);
      return false;
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
