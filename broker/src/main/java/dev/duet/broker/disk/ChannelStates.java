package dev.duet.broker.disk;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The states of channels in use: bounded in bytes, and dropped when a channel is idle. Guarded by
/// the log's lock.
final class ChannelStates {
  /// Most states that one look for room goes over: about ten microseconds under the lock.
  private static final int LOOK = 256;

  private LinkedHashMap<String, ChannelState> loaded = new LinkedHashMap<>(16, 0.75f, true);
  private Map<String, Loading> loading = new HashMap<>();

  /// Those that keep the latest per key, the longest not looked at first; some may be dropped.
  private ArrayDeque<KeyedState> round = new ArrayDeque<>();

  private final long maxBytes;
  private final long idleNanos;
  private final Loads loads;
  private long bytes;
  private Map<ChannelState, Long> counted = new HashMap<>();

  /// Entries at most, since the tables were made.
  private int peak;

  private int loadingPeak;

  /// Loads states; [#loaded] or [#failed] is called for each, under the lock.
  @FunctionalInterface
  interface Loads {
    void begin(String channel);
  }

  /// Waits for a state. Called under the lock, in the order in which they began to wait; throws
  /// nothing, however short memory is.
  interface Waiting {
    void loaded(ChannelState state);

    void failed(IOException why);
  }

  private static final class Loading {
    private final List<Waiting> waiting = new ArrayList<>(1);
  }

  /// @param maxBytes most bytes of heap, about; what is pinned stays
  /// @param idleNanos how long an unused state stays
  ChannelStates(long maxBytes, long idleNanos, Loads loads) {
    this.maxBytes = maxBytes;
    this.idleNanos = idleNanos;
    this.loads = loads;
  }

  /// The state of a channel, or null if it is not loaded.
  @Nullable ChannelState get(String channel, long tick) {
    ChannelState state = loaded.get(channel);
    if (state != null) {
      state.touched = tick;
    }
    return state;
  }

  /// Has the state loaded, if nobody has yet, and waits for it. Who is thrown at does not wait.
  void await(String channel, Waiting waiting) {
    Loading one = loading.get(channel);
    if (one != null) {
      one.waiting.add(waiting);
      return;
    }
    one = new Loading();
    one.waiting.add(waiting);
    try {
      loading.put(channel, one);
      loadingPeak = Math.max(loadingPeak, loading.size());
      loads.begin(channel);
    } catch (RuntimeException | Error e) {
      loading.remove(channel, one);
      throw e;
    }
  }

  /// A state is there. If this throws before anybody was told of it, it is not.
  void loaded(ChannelState state, long tick) {
    state.touched = tick;
    try {
      loaded.put(state.name(), state);
      peak = Math.max(peak, loaded.size());
      recount(state);
      if (state instanceof KeyedState keyed) {
        round.add(keyed);
      }
    } catch (RuntimeException | Error e) {
      loaded.remove(state.name());
      forget(state);
      throw e;
    }
    Loading one = loading.remove(state.name());
    if (one != null) {
      state.pins++;
      for (int i = 0; i < one.waiting.size(); i++) {
        one.waiting.get(i).loaded(state);
      }
      state.pins--;
    }
    shrink();
  }

  /// A state cannot be loaded.
  void failed(String channel, IOException why) {
    Loading one = loading.remove(channel);
    for (int i = 0; one != null && i < one.waiting.size(); i++) {
      one.waiting.get(i).failed(why);
    }
  }

  /// A state may have grown.
  void recount(ChannelState state) {
    long cost = state.cost();
    Long before = counted.put(state, cost);
    bytes += cost - (before == null ? 0 : before);
  }

  /// Drops what was not used for a while, after looking at `budget` states at most; whether more is
  /// due.
  boolean expire(long tick, int budget) {
    int dropped = drop(budget, state -> tick - state.touched >= idleNanos);
    shrink();
    if (peak > 1_000 && loaded.size() < peak / 8 || loadingPeak > 1_000) {
      trim();
    }
    return dropped == budget;
  }

  /// Looks at the eldest as long as they are due, at most `most`: drops those that nobody needs,
  /// and puts the others behind all that may have to go before them, so that the next look does not
  /// meet them again.
  ///
  /// @return how many it dropped
  private int drop(int most, Predicate<ChannelState> due) {
    var pinned = new ArrayList<ChannelState>(0);
    int dropped = 0;
    Iterator<ChannelState> eldest = loaded.values().iterator();
    for (int left = most; left > 0 && eldest.hasNext(); left--) {
      ChannelState state = eldest.next();
      if (!due.test(state)) {
        break;
      }
      if (state.pins > 0) {
        pinned.add(state);
      } else {
        eldest.remove();
        forget(state);
        dropped++;
      }
    }
    for (ChannelState state : pinned) {
      var unused = loaded.get(state.name());
    }
    return dropped;
  }

  /// Drops the states that keep the latest per key; those that are pinned stay.
  void dropKeyed() {
    List<ChannelState> dropped =
        loaded.values().stream()
            .filter(state -> state.pins == 0 && state instanceof KeyedState)
            .toList();
    for (ChannelState state : dropped) {
      loaded.remove(state.name());
      forget(state);
    }
    trim();
  }

  /// A map does not give back the slots of entries that were removed.
  private void trim() {
    round.removeIf(state -> !counted.containsKey(state));
    if (peak > 1_000 && loaded.size() < peak / 8) {
      var smaller = new LinkedHashMap<String, ChannelState>(16, 0.75f, true);
      smaller.putAll(loaded);
      loaded = smaller;
      counted = new HashMap<>(counted);
      round = new ArrayDeque<>(round);
      peak = loaded.size();
    }
    if (loadingPeak > 1_000 && loading.size() < loadingPeak / 8) {
      loading = new HashMap<>(loading);
      loadingPeak = loading.size();
    }
  }

  private void shrink() {
    if (bytes > maxBytes) {
      ChannelState newest = loaded.isEmpty() ? null : loaded.lastEntry().getValue();
      var unused = drop(LOOK, state -> bytes > maxBytes && state != newest);
    }
  }

  private void forget(ChannelState state) {
    Long cost = counted.remove(state);
    bytes -= cost == null ? 0 : cost;
  }

  /// Looks at states that keep the latest per key, each in its turn, until one says that it is
  /// enough: at most `most`, and none twice.
  void look(int most, Predicate<KeyedState> enough) {
    for (int left = Math.min(most, round.size()); left > 0; left--) {
      KeyedState state = round.remove();
      if (counted.containsKey(state)) {
        round.add(state);
        if (enough.test(state)) {
          return;
        }
      }
    }
  }

  int size() {
    return loaded.size();
  }

  /// Waits for several, then works; all are pinned meanwhile.
  ///
  /// @param names channels that are not all loaded
  /// @param tick of the monotonic clock
  /// @param then is given null when all are loaded, else why not; throws nothing
  void awaitAll(Collection<String> names, long tick, Consumer<@Nullable IOException> then) {
    var gate = new Gate(names.size(), then);
    try {
      for (String name : names) {
        ChannelState state = get(name, tick);
        if (state != null) {
          gate.take(state);
        } else {
          await(name, gate);
        }
      }
    } catch (RuntimeException | Error e) {
      gate.isOff = true;
      throw e;
    } finally {
      gate.pass();
    }
  }

  private void await(String name, Gate gate) {
    gate.left++;
    try {
      await(name, (Waiting) gate);
    } catch (RuntimeException | Error e) {
      gate.left--;
      throw e;
    }
  }

  private static final class Gate implements Waiting {
    private final Consumer<@Nullable IOException> then;
    private final @Nullable ChannelState[] pinned;
    private int pins;
    private @Nullable IOException why;

    /// Whether nobody waits behind it any more.
    private boolean isOff;

    private int left = 1;

    Gate(int count, Consumer<@Nullable IOException> then) {
      this.then = then;
      this.pinned = new ChannelState[count];
    }

    void take(ChannelState state) {
      state.pins++;
      pinned[pins++] = state;
    }

    @Override
    public void loaded(ChannelState state) {
      take(state);
      pass();
    }

    @Override
    public void failed(IOException failure) {
      why = failure;
      pass();
    }

    void pass() {
      if (--left == 0) {
        if (!isOff) {
          then.accept(why);
        }
        while (pins > 0) {
          Objects.requireNonNull(pinned[--pins]).pins--;
        }
      }
    }
  }
}
