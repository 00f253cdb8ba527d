package dev.duet.broker.disk;

import dev.duet.broker.disk.store.ActiveSegment;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Spot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// All runs of one channel, oldest first, and where records are in them. One thread, off the log's
/// lock, while the snapshot is held.
final class ChannelRuns {
  private final List<Placed> placed = new ArrayList<>();

  /// @param segment where the run is
  /// @param run the channel's records there
  record Placed(Segment segment, Run run) {}

  /// A record of the channel.
  static final class Mark {
    final int place;
    final int index;
    final Spot spot;

    Mark(int place, int index, Spot spot) {
      this.place = place;
      this.index = index;
      this.spot = spot;
    }
  }

  ChannelRuns(Snapshot snapshot, String channel, ReentrantLock lock) throws IOException {
    for (Segment segment : snapshot.segments()) {
      Run run;
      if (segment instanceof ActiveSegment) {
        lock.lock();
        try {
          Run live = segment.run(channel);
          run = live == null ? null : new LockedRun(live, lock);
        } finally {
          lock.unlock();
        }
      } else {
        run = segment.run(channel);
      }
      if (run != null) {
        placed.add(new Placed(segment, run));
      }
    }
  }

  List<Placed> placed() {
    return placed;
  }

  private Mark mark(int place, int index) throws IOException {
    Run run = placed.get(place).run();
    var spot = new Spot();
    run.spot(index, spot);
    return new Mark(place, index, spot);
  }

  /// The first record that is there, held or not, or null.
  @Nullable Mark first() throws IOException {
    for (int place = 0; place < placed.size(); place++) {
      if (placed.get(place).run().size() > 0) {
        return mark(place, 0);
      }
    }
    return null;
  }

  /// The first record that is held, or null.
  @Nullable Mark firstHeld(HistoryTail tail, long now) throws IOException {
    var spot = new Spot();
    for (int place = 0; place < placed.size(); place++) {
      Run run = placed.get(place).run();
      int index = firstHeld(run, 0, tail, now, spot);
      if (index < run.size()) {
        return mark(place, index);
      }
    }
    return null;
  }

  /// The first record of a run, at or after an index, that is held; or the run's size.
  static int firstHeld(Run run, int from, HistoryTail tail, long now, Spot spot)
      throws IOException {
    int size = run.size();
    if (size <= from || run.keyed() || !holds(run, size - 1, tail, now, spot)) {
      return size;
    }
    int low = from;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (holds(run, middle, tail, now, spot)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private static boolean holds(Run run, int index, HistoryTail tail, long now, Spot spot)
      throws IOException {
    run.spot(index, spot);
    return tail.holds(spot, now);
  }

  /// The last record up to an offset, or null.
  @Nullable Mark lastUpTo(long offset) throws IOException {
    for (int place = placed.size() - 1; place >= 0; place--) {
      int index = placed.get(place).run().after(offset) - 1;
      if (index >= 0) {
        return mark(place, index);
      }
    }
    return null;
  }

  /// The record with a number, or the first one after it.
  @Nullable Mark bySeq(long seq) throws IOException {
    var spot = new Spot();
    for (int place = 0; place < placed.size(); place++) {
      Run run = placed.get(place).run();
      if (run.size() == 0 || run.keyed()) {
        continue;
      }
      run.spot(run.size() - 1, spot);
      if (spot.seq < seq) {
        continue;
      }
      int low = 0;
      int high = run.size() - 1;
      while (low < high) {
        int middle = (low + high) >>> 1;
        run.spot(middle, spot);
        if (spot.seq < seq) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return mark(place, low);
    }
    return null;
  }

  /// The first record at or after `from` that was published at `time` or later, or null.
  @Nullable Mark since(long time, String channel, Mark from) throws IOException {
    for (int place = from.place; place < placed.size(); place++) {
      Segment segment = placed.get(place).segment();
      Run run = placed.get(place).run();
      if (run.maxTime() < time) {
        continue;
      }
      int first = Math.max(run.since(time), place == from.place ? from.index : 0);
      for (int index = first; index < run.size(); index++) {
        Mark mark = mark(place, index);
        if (isSince(time, segment, channel, mark.spot)) {
          return mark;
        }
      }
    }
    return null;
  }

  /// One that cannot be read may be: who begins there is told of the hole.
  private static boolean isSince(long time, Segment segment, String channel, Spot spot)
      throws IOException {
    try {
      var record = segment.read(spot.position, channel, spot.offset);
      return record.publication() != null && record.publication().time() >= time;
    } catch (DamagedException e) {
      return true;
    }
  }

  /// Offset of the channel's record before one.
  long before(Mark mark) throws IOException {
    Run run = placed.get(mark.place).run();
    return before(run, mark.index, new Spot());
  }

  /// Offset of the channel's record before the one at an index, also if that is gone; of a fresh
  /// one the horizon that it began with.
  static long before(Run run, int index, Spot spot) throws IOException {
    if (isFresh(run, index, spot)) {
      return run.cuts().freshPrev();
    }
    if (index == 0) {
      return run.prev();
    }
    run.spot(index - 1, spot);
    return spot.offset;
  }

  /// Whether the channel begins with the record at an index. Only asked of one that is held, before
  /// which no other fresh one is.
  static boolean isFresh(Run run, int index, Spot spot) throws IOException {
    run.spot(index, spot);
    return spot.offset == run.cuts().freshOffset();
  }

  /// Whether the channel begins with this record.
  boolean isFresh(Mark mark) {
    return mark.spot.offset == placed.get(mark.place).run().cuts().freshOffset();
  }
}
