package dev.duet.broker.disk.store;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Segments in log order, immutable, counted by reference as a whole: it holds one reference of
/// each, and gives them back when its last holder lets go.
final class SegmentList {
  static final SegmentList EMPTY = new SegmentList(List.of());

  private final List<Segment> segments;
  private final AtomicInteger references = new AtomicInteger(1);

  /// Retains each.
  SegmentList(List<? extends Segment> segments) {
    this.segments = List.copyOf(segments);
    for (Segment segment : this.segments) {
      if (!segment.tryRetain()) {
        throw new IllegalStateException("segment " + segment.number() + " is closed");
      }
    }
  }

  List<Segment> segments() {
    return segments;
  }

  /// Takes a reference; false if the last was given back.
  boolean tryRetain() {
    while (true) {
      int count = references.get();
      if (count == 0) {
        return false;
      }
      if (references.compareAndSet(count, count + 1)) {
        return true;
      }
    }
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      segments.forEach(Segment::release);
    }
  }
}
