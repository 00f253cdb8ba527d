package dev.duet.broker.disk;

import dev.duet.broker.Retention.Mode;
import dev.duet.broker.commit.Holes;
import dev.duet.broker.commit.IdempotencyWindow;
import dev.duet.broker.commit.Pending;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.Hole;
import dev.duet.broker.disk.store.SipHash;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Store;
import dev.duet.broker.disk.store.Unforeseen;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the parts of a log share: its lock, and all that the lock guards.
final class LogCore {
  /// How long the state of a channel stays that nobody uses.
  private static final long IDLE_NANOS = 60_000_000_000L;

  /// How often an answer is tried that throws.
  private static final int TRIES = 100;

  private static final long AGAIN_NANOS = 100_000;

  private final ReentrantLock lock;
  private final Executor io;
  private final Store store;
  private final Families families;
  private final Epochs epochs;
  private final LogClock clock;
  private final SipHash hash;
  private final Loader loader;
  private final ChannelStates states;
  private final Pending<Entry> pending = new Pending<>();
  private final IdempotencyWindow window;
  private final Holes holes = new Holes();
  private final Map<String, Integer> watches = new HashMap<>();
  private @Nullable Due firstDue;
  private @Nullable Due lastDue;
  private Consumer<KeyedState> whenLoaded = state -> {};
  private final Set<Long> wrongIndexes = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private long last;
  private volatile long position;

  /// @param lock the one that the store was opened with
  /// @param io runs what reads files, and may block
  /// @param families as they are now
  /// @param epochs to the present one
  /// @param position the log's
  LogCore(
      ReentrantLock lock,
      Executor io,
      Store store,
      DiskSettings settings,
      Families families,
      Epochs epochs,
      LogClock clock,
      long position) {
    this.lock = lock;
    this.io = io;
    this.store = store;
    this.families = families;
    this.epochs = epochs;
    this.clock = clock;
    this.hash = new SipHash(store.manifest().salt());
    this.loader = new Loader(lock, hash);
    this.window = new IdempotencyWindow(settings.keyWindow().toNanos(), settings.maxKeys());
    this.states = new ChannelStates(settings.maxChannelBytes(), IDLE_NANOS, this::load);
    this.position = position;
    this.last = position;
    store.manifest().holes().forEach(hole -> hole(hole.from(), hole.to()));
  }

  /// Under the lock: something in `(from, to]` cannot be read, and nobody knows of which channels
  /// it was. It may have been all that was left of one: so who is not known any more has its
  /// horizon there.
  void hole(long from, long to) {
    holes.add(from, to);
    families.all().forEach(family -> family.raiseFloor(to));
  }

  /// Runs something that reads files.
  ///
  /// @param refused is run instead when the log is closed
  void onIo(Runnable work, Runnable refused) {
    try {
      io.execute(work);
    } catch (RejectedExecutionException e) {
      refused.run();
    }
  }

  /// Under the lock: has the state of a channel loaded.
  private void load(String channel) {
    Snapshot snapshot = store.snapshot();
    try {
      var load = new Load(channel, snapshot, store.rescues());
      onIo(load, load::refuse);
    } catch (RuntimeException | Error e) {
      snapshot.close();
      throw e;
    }
  }

  /// Loads the state of a channel.
  private final class Load implements Runnable {
    private final String channel;
    private final Snapshot snapshot;
    private final int rescues;
    private final Supplier<@Nullable Void> failing = this::fail;

    /// Made before, since it may be told for want of memory.
    private IOException why = new IOException("memory is short");

    Load(String channel, Snapshot snapshot, int rescues) {
      this.channel = channel;
      this.snapshot = snapshot;
      this.rescues = rescues;
    }

    @Override
    public void run() {
      try (snapshot) {
        Family family = families.of(channel);
        ChannelState state = loader.load(channel, family, epochs.moved(channel), snapshot);
        locked(
            () -> {
              if (closed) {
                states.failed(channel, new IOException("the log is closed"));
              } else if (store.rescues() == rescues) {
                loaded(state);
              } else {
                load(channel);
              }
              return null;
            });
      } catch (IOException | RuntimeException | Error e) {
        note(e);
        locked(failing);
      }
    }

    private void note(Throwable e) {
      failed(e);
      try {
        why = e instanceof IOException one ? one : new IOException(e);
      } catch (RuntimeException | Error again) {
        Unforeseen.say("a channel cannot be read", e);
      }
    }

    private @Nullable Void fail() {
      states.failed(channel, why);
      return null;
    }

    void refuse() {
      snapshot.close();
      states.failed(channel, new IOException("the log is closed"));
    }
  }

  private void loaded(ChannelState state) {
    if (watches.containsKey(state.name())) {
      state.pins++;
    }
    if (state instanceof KeyedState keyed) {
      whenLoaded.accept(keyed);
    }
    states.loaded(state, clock.tick());
  }

  /// Something could not be read: if it was an index, the compactor makes it anew.
  void failed(Throwable why) {
    try {
      if (why instanceof DamagedException damaged && damaged.isIndex()) {
        wrongIndexes.add(damaged.index());
      }
    } catch (RuntimeException | Error e) {
      Unforeseen.say("an index that is wrong could not be noted", e);
    }
  }

  /// Numbers of segments whose index was found to be wrong.
  Set<Long> wrongIndexes() {
    return wrongIndexes;
  }

  /// What has these offsets cannot be read any more: readers are told so from now on, and states
  /// that may have something of it are loaded again.
  void lost(List<Hole> ranges) {
    locked(
        () -> {
          ranges.forEach(hole -> hole(hole.from(), hole.to()));
          states.dropKeyed();
          return null;
        });
  }

  /// Says what is done with the state of a channel that keeps the latest per key when it is loaded.
  void whenLoaded(Consumer<KeyedState> work) {
    whenLoaded = work;
  }

  /// Whether nothing is answered any more.
  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
  }

  ReentrantLock lock() {
    return lock;
  }

  Families families() {
    return families;
  }

  LogClock clock() {
    return clock;
  }

  ChannelStates states() {
    return states;
  }

  Pending<Entry> pending() {
    return pending;
  }

  IdempotencyWindow window() {
    return window;
  }

  Holes holes() {
    return holes;
  }

  /// The hash of a key; none is the key "".
  long keyHash(@Nullable String key) {
    return hash.hash(Pending.key(key));
  }

  long position() {
    return position;
  }

  void position(long to) {
    position = to;
  }

  /// The offset of the next record.
  long stamp() {
    last = clock.stamp(last);
    return last;
  }

  /// The state of a channel that is loaded.
  ChannelState state(String channel) {
    ChannelState state = states.get(channel, clock.tick());
    if (state == null) {
      throw new IllegalStateException(channel + " is not loaded");
    }
    return state;
  }

  /// Under the lock: keeps the state of a channel that keeps the latest per key, once it is loaded.
  void watched(String channel) {
    if (families.of(channel).keeps(Mode.LATEST) && watches.merge(channel, 1, Integer::sum) == 1) {
      ChannelState state = states.get(channel, clock.tick());
      if (state != null) {
        state.pins++;
      }
    }
  }

  /// Takes one [#watched] back.
  void unwatched(String channel) {
    Integer left = watches.computeIfPresent(channel, (name, count) -> count - 1);
    if (left != null && left == 0) {
      watches.remove(channel);
      ChannelState state = states.get(channel, clock.tick());
      if (state != null) {
        state.pins--;
      }
    }
  }

  /// What is run when the lock is released.
  abstract static class Due {
    private @Nullable Due next;

    abstract void run();

    /// Runs it; again, as long as it throws: memory may be less short soon, and a future that could
    /// not tell all that wait for it tells the others then. Throws nothing.
    final void give() {
      for (int tries = 0; tries < TRIES; tries++) {
        try {
          run();
          return;
        } catch (RuntimeException | Error e) {
          if (tries == 0) {
            Unforeseen.say("an answer could not be given", e);
          }
          LockSupport.parkNanos(this, AGAIN_NANOS);
        }
      }
    }
  }

  /// Gives the answer of one future to another.
  static final class Relay<T> extends Due {
    private final CompletableFuture<T> outer;
    @Nullable CompletableFuture<T> inner;

    /// Why there is no `inner`.
    @Nullable Throwable failure;

    Relay(CompletableFuture<T> outer) {
      this.outer = outer;
    }

    @Override
    void run() {
      if (inner == null) {
        outer.completeExceptionally(Objects.requireNonNull(failure));
        return;
      }
      inner.whenComplete(
          (value, failed) -> {
            if (failed == null) {
              outer.complete(value);
            } else {
              outer.completeExceptionally(failed);
            }
          });
    }
  }

  /// Runs something when the lock is released; again, if it throws. Allocates nothing.
  void answer(Due due) {
    if (lastDue == null) {
      firstDue = due;
    } else {
      lastDue.next = due;
    }
    lastDue = due;
  }

  /// See [#answer(Due)]. Nothing has changed if this throws.
  void answer(Runnable answer) {
    answer(
        new Due() {
          @Override
          void run() {
            answer.run();
          }
        });
  }

  /// Runs under the lock, and gives the answers that are due when the outermost holder leaves it.
  <T extends @Nullable Object> T locked(Supplier<T> work) {
    Due due = null;
    lock.lock();
    try {
      return work.get();
    } finally {
      if (lock.getHoldCount() == 1) {
        due = firstDue;
        firstDue = null;
        lastDue = null;
      }
      lock.unlock();
      for (; due != null; due = due.next) {
        due.give();
      }
    }
  }
}
