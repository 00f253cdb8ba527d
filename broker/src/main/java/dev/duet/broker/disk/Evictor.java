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

/// Finds the publications whose keys are to go: a state knows only hashes of keys. Off the log's
/// lock.
final class Evictor {
  private final ReentrantLock lock;

  Evictor(ReentrantLock lock) {
    this.lock = lock;
  }

  /// Reads what is at these offsets of a channel. What was overwritten meanwhile, or cannot be
  /// read, is left out.
  List<Publication> read(Snapshot snapshot, String channel, List<Long> offsets) throws IOException {
    var found = new ArrayList<Publication>(offsets.size());
    List<Segment> segments = snapshot.segments();
    var spot = new Spot();
    for (long offset : offsets) {
      int place = Way.placeAfter(segments, offset - 1);
      if (place < segments.size() && find(segments.get(place), channel, offset, spot)) {
        Publication one = read(segments.get(place), channel, spot);
        if (one != null) {
          found.add(one);
        }
      }
    }
    return found;
  }

  private static @Nullable Publication read(Segment segment, String channel, Spot spot)
      throws IOException {
    try {
      return segment.read(spot.position, channel, spot.offset).publication();
    } catch (DamagedException e) {
      return null;
    }
  }

  private boolean find(Segment segment, String channel, long offset, Spot spot) throws IOException {
    boolean grows = segment instanceof ActiveSegment;
    if (grows) {
      lock.lock();
    }
    try {
      Run run = segment.run(channel);
      int index = run == null ? 0 : run.after(offset - 1);
      if (run == null || index >= run.size()) {
        return false;
      }
      run.spot(index, spot);
      return spot.offset == offset;
    } finally {
      if (grows) {
        lock.unlock();
      }
    }
  }
}
