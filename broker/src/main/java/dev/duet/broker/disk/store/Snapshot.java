package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.util.List;

/// The segments of a log at one moment, retained until it is closed. Any thread; closed once.
public final class Snapshot implements Closeable {
  private final SegmentList list;

  /// @param list retained for this
  Snapshot(SegmentList list) {
    this.list = list;
  }

  /// In log order, apart from each other: every offset in one is larger than every offset in those
  /// before it. Those that are an `ActiveSegment` (the last, and those whose index is not yet
  /// written) are asked for runs only under the log's lock, in the hold of it in which the snapshot
  /// was taken: after a failed sync what they had moves to another segment.
  public List<Segment> segments() {
    return list.segments();
  }

  @Override
  public void close() {
    list.release();
  }
}
