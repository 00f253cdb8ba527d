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
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the parts of a log share: its lock, and all that the lock guards.
final class LogCore {
  /// How long the state of a channel stays that nobody uses.
  private static final long IDLE_NANOS = 60_000_000_000L;

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
  private List<Runnable> answers = new ArrayList<>();
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
    int rescues = store.rescues();
    onIo(
        () -> load(channel, snapshot, rescues),
        () -> {
          snapshot.close();
          states.failed(channel, new IOException("the log is closed"));
        });
  }

  private void load(String channel, Snapshot snapshot, int rescues) {
    try (snapshot) {
      ChannelState state =
          loader.load(channel, families.of(channel), epochs.moved(channel), snapshot);
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
    } catch (Throwable e) {
      IOException why = e instanceof IOException one ? one : new IOException(e);
      failed(why);
      locked(
          () -> {
            states.failed(channel, why);
            return null;
          });
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
    if (why instanceof DamagedException damaged && damaged.isIndex()) {
      wrongIndexes.add(damaged.index());
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

  /// Gives the answer of `inner` to `outer`, when the lock is released.
  <T> void relay(CompletableFuture<T> inner, CompletableFuture<T> outer) {
    answers.add(
        () ->
            inner.whenComplete(
                (value, failure) -> {
                  if (failure == null) {
                    outer.complete(value);
                  } else {
                    outer.completeExceptionally(failure);
                  }
                }));
  }

  /// Runs something when the lock is released.
  void answer(Runnable answer) {
    answers.add(answer);
  }

  /// Runs under the lock, and gives the answers that are due when the outermost holder leaves it.
  <T extends @Nullable Object> T locked(Supplier<T> work) {
    List<Runnable> due = List.of();
    lock.lock();
    try {
      return work.get();
    } finally {
      if (lock.getHoldCount() == 1 && !answers.isEmpty()) {
        due = answers;
        answers = new ArrayList<>();
      }
      lock.unlock();
      due.forEach(Runnable::run);
    }
  }
}
