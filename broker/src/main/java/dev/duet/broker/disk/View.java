package dev.duet.broker.disk;

import dev.duet.broker.commit.Holes.Hole;
import dev.duet.broker.disk.store.Snapshot;
import java.io.Closeable;
import java.util.List;

/// A moment of a log, for one page: taken under the lock, read off it.
///
/// @param snapshot the segments
/// @param parts of each channel what is needed, in the order of the spans
/// @param holes those that touch the page
/// @param upTo the last offset of the page
/// @param now of the log's own clock
/// @param rescues how often records had moved from one open segment to another
record View(Snapshot snapshot, List<Part> parts, List<Hole> holes, long upTo, long now, int rescues)
    implements Closeable {
  @Override
  public void close() {
    snapshot.close();
  }
}
