package dev.duet.broker.disk;

import dev.duet.broker.Retention.Mode;
import dev.duet.broker.commit.Pending;
import dev.duet.broker.disk.store.Cuts;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.SipHash;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Spot;
import dev.duet.broker.disk.store.StoredRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Makes the state of a channel from the segments. Nothing is committed to a channel that is not
/// loaded, so what is found stays true until the state is in its place. Off the log's lock.
final class Loader {
  private final ReentrantLock lock;
  private final SipHash hash;

  Loader(ReentrantLock lock, SipHash hash) {
    this.lock = lock;
    this.hash = hash;
  }

  /// The state of a channel; of one that is not known an empty one.
  ///
  /// @param moved up to here nothing of it is held
  ChannelState load(String channel, Family family, long moved, Snapshot snapshot)
      throws IOException {
    var runs = new ChannelRuns(snapshot, channel, lock);
    ChannelState state =
        family.keeps(Mode.LATEST)
            ? keyed(channel, family, moved, runs)
            : history(channel, family, moved, runs);
    return state;
  }

  private static HistoryTail history(String channel, Family family, long moved, ChannelRuns runs)
      throws IOException {
    var tail = new HistoryTail(channel, family, moved);
    var spot = new Spot();
    for (ChannelRuns.Placed placed : runs.placed()) {
      Run run = placed.run();
      Cuts cuts = run.cuts();
      tail.trim(cuts.trimmedOffset());
      tail.fresh = Math.max(tail.fresh, cuts.freshOffset());
      tail.seq = Math.max(tail.seq, run.lastSeq());
      int size = run.size();
      if (size == 0) {
        continue;
      }
      run.spot(size - 1, spot);
      tail.offset = spot.offset;
      tail.age = spot.age;
      tail.cum = Math.max(tail.cum, spot.cum);
      tail.end = spot.end;
      if (run.keyed()) {
        tail.trim(spot.offset);
      }
    }
    tail.offset = Math.max(tail.offset, tail.trimmed);
    return tail;
  }

  /// What one run says of a key.
  private record Found(long offset, long hash, long age, int weight, boolean deleted) {}

  private KeyedState keyed(String channel, Family family, long moved, ChannelRuns runs)
      throws IOException {
    var state = new KeyedState(channel, family, moved);
    List<ChannelRuns.Placed> placed = runs.placed();
    long horizon = moved;
    long gone = moved;
    long fresh = 0;
    long firstHorizon = 0;
    for (ChannelRuns.Placed one : placed) {
      Cuts cuts = one.run().cuts();
      horizon = Math.max(horizon, cuts.trimmedOffset());
      gone = Math.max(gone, cuts.trimmedSeq());
      state.seq = Math.max(state.seq, one.run().lastSeq());
      if (cuts.freshOffset() > fresh) {
        fresh = cuts.freshOffset();
        firstHorizon = cuts.freshPrev();
      }
    }
    state.begin(firstHorizon);
    Set<Long> seen = new HashSet<>();
    var newestFirst = new ArrayList<Found>();
    var spot = new Spot();
    for (int place = placed.size() - 1; place >= 0; place--) {
      Run run = placed.get(place).run();
      for (int index = run.size() - 1; index >= 0; index--) {
        run.spot(index, spot);
        if (spot.offset > state.offset) {
          state.offset = spot.offset;
          state.end = spot.end;
        }
        if (spot.offset < fresh || spot.offset <= gone) {
          continue;
        }
        long key = run.keyed() ? spot.keyHash : keyHash(placed.get(place), channel, spot);
        boolean deleted = spot.deleted;
        if (seen.add(key) && (!deleted || spot.offset > horizon)) {
          newestFirst.add(new Found(spot.offset, key, spot.age, spot.weight, deleted));
        }
      }
    }
    for (Found one : newestFirst.reversed()) {
      state.add(one.offset, one.hash, one.age, one.weight, one.deleted);
    }
    state.raiseHorizon(horizon, horizon > moved);
    return state;
  }

  /// Of a record that was written when its channel kept a history.
  private long keyHash(ChannelRuns.Placed placed, String channel, Spot spot) throws IOException {
    StoredRecord record = placed.segment().read(spot.position, channel, spot.offset);
    return hash.hash(Pending.key(record.publication() == null ? null : record.publication().key()));
  }
}
