package dev.duet.server.hub;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// A channel that somebody on a loop reads: its readers, and the steps that a walk over them may
/// still have to serve. Confined to the loop.
final class Feed {
  final String channel;
  final int log;

  /// The channel's steps after W, oldest first.
  final ArrayDeque<Step> pending = new ArrayDeque<>(2);

  /// Everything of the channel after this offset is announced; -1 while that is asked.
  long watchedFrom = -1;

  /// What [#endedAt] is after a lap.
  static final long END_UNKNOWN = -1;

  /// The offset of the publication that ended the channel, 0 if it has not, or [#END_UNKNOWN].
  long endedAt = END_UNKNOWN;

  /// In the queue of walks: the step before the first that a reader may lack, else -1.
  long walkFrom = -1;

  /// A second walk is due: the step before the first that this one may not have served, else -1.
  long walkAgainFrom = -1;

  private final ArrayList<Reader> readers = new ArrayList<>(2);
  private int[] places = new int[2];
  private int walkIndex;
  private @Nullable ArrayList<Waiting> waiting;

  private record Waiting(Runnable watched, Consumer<Throwable> failed) {}

  /// Somebody whom a new publication of the channel concerns.
  interface Reader {
    /// There may be something after its position.
    void due();

    /// The rings have gone on without the loop: it is no longer live. Called before the loop
    /// forgets where everybody stood.
    void lapped();

    /// The server stops.
    ///
    /// @param retryMillis gives each who is told a time of its own to come back
    void stop(IntSupplier retryMillis);

    /// The feeds that it is in.
    FeedList feeds();
  }

  Feed(String channel, int log) {
    this.channel = channel;
    this.log = log;
  }

  boolean isEmpty() {
    return readers.isEmpty();
  }

  /// Not to be changed.
  List<Reader> readers() {
    return readers;
  }

  /// @param place which of the reader's feeds this is
  void add(Reader reader, int place) {
    int size = readers.size();
    if (size == places.length) {
      places = Arrays.copyOf(places, size * 2);
    }
    places[size] = place;
    readers.add(reader);
    reader.feeds().index(place, size);
  }

  /// Takes a reader out. A walk under way misses nobody: the hole is filled from what it has
  /// passed.
  void remove(Reader reader, int place) {
    int hole = reader.feeds().index(place);
    if (hole < walkIndex) {
      walkIndex--;
      move(walkIndex, hole);
      hole = walkIndex;
    }
    int last = readers.size() - 1;
    move(last, hole);
    readers.remove(last);
  }

  private void move(int from, int to) {
    if (from != to) {
      Reader moved = readers.get(from);
      readers.set(to, moved);
      places[to] = places[from];
      moved.feeds().index(places[to], to);
    }
  }

  /// For the reader at `index` this is another of its feeds now.
  void replaced(int index, int place) {
    places[index] = place;
  }

  void beginWalk() {
    walkIndex = 0;
  }

  /// The next reader of the walk, or null at its end.
  @Nullable Reader nextOfWalk() {
    return walkIndex < readers.size() ? readers.get(walkIndex++) : null;
  }

  void endWalk() {
    walkIndex = 0;
  }

  /// Runs one of the two once the channel is watched, or cannot be.
  void whenWatched(Runnable watched, Consumer<Throwable> failed) {
    if (waiting == null) {
      waiting = new ArrayList<>(2);
    }
    waiting.add(new Waiting(watched, failed));
  }

  void watched(long from) {
    watchedFrom = from;
    for (Waiting one : takeWaiting()) {
      one.watched.run();
    }
  }

  void failed(Throwable failure) {
    for (Waiting one : takeWaiting()) {
      one.failed.accept(failure);
    }
  }

  private List<Waiting> takeWaiting() {
    ArrayList<Waiting> all = waiting;
    waiting = null;
    return all == null ? List.of() : all;
  }

  /// The steps after `number`, which are the newest ones.
  void pendingAfter(long number, List<Step> into) {
    if (pending.isEmpty() || pending.getLast().number <= number) {
      return;
    }
    for (Step step : pending) {
      if (step.number > number) {
        into.add(step);
      }
    }
  }
}
