package dev.duet.broker.disk;

import dev.duet.broker.disk.store.ActiveSegment;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Spot;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Finds the keys that are to go: a state knows only hashes of them. Off the log's lock.
final class Evictor {
  private final ReentrantLock lock;

  Evictor(ReentrantLock lock) {
    this.lock = lock;
  }

  /// A record whose key is to get a tombstone.
  record Victim(long offset, int weight, @Nullable String key) {}

  /// What was found.
  ///
  /// @param victims in log order
  /// @param damaged offsets of records that cannot be read
  record Found(List<Victim> victims, List<Long> damaged) {}

  /// Reads what is at these offsets of a channel. What was overwritten meanwhile is left out.
  Found read(Snapshot snapshot, String channel, List<Long> offsets) throws IOException {
    var found = new Found(new ArrayList<>(), new ArrayList<>());
    List<Segment> segments = snapshot.segments();
    var spot = new Spot();
    for (long offset : offsets) {
      int place = Way.placeAfter(segments, offset - 1);
      if (place < segments.size() && find(segments.get(place), channel, offset, spot)) {
        read(segments.get(place), channel, spot, found);
      }
    }
    return found;
  }

  private static void read(Segment segment, String channel, Spot spot, Found found)
      throws IOException {
    try {
      Publication one = segment.read(spot.position, channel, spot.offset).publication();
      if (one != null) {
        found.victims.add(new Victim(one.offset(), one.weight(), one.key()));
      }
    } catch (DamagedException e) {
      if (e.isIndex()) {
        throw e;
      }
      found.damaged.add(spot.offset);
    }
  }

  private boolean find(Segment segment, String channel, long offset, Spot spot) throws IOException {
    Run run =
        segment instanceof ActiveSegment active
            ? pick(active, channel, offset)
            : segment.run(channel);
    int index = run == null ? 0 : run.after(offset - 1);
    if (run == null || index >= run.size()) {
      return false;
    }
    run.spot(index, spot);
    return spot.offset == offset;
  }

  private @Nullable Run pick(ActiveSegment active, String channel, long offset) {
    lock.lock();
    try {
      return active.pick(channel, offset);
    } finally {
      lock.unlock();
    }
  }
}
