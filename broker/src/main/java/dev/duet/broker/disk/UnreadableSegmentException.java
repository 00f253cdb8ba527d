package dev.duet.broker.disk;

import dev.duet.broker.disk.store.SealedSegment;
import java.io.IOException;

/// The disk cannot read all of a segment, or not what there is to know of its channels.
final class UnreadableSegmentException extends IOException {
  private static final long serialVersionUID = 1;

  private final transient SealedSegment segment;

  UnreadableSegmentException(SealedSegment segment, IOException why) {
    super(why.getMessage(), why);
    this.segment = segment;
  }

  /// @param from the first of the bytes that cannot be read
  /// @param to behind the last of them
  UnreadableSegmentException(SealedSegment segment, long from, long to) {
    super("the disk cannot read all of " + segment + ", bytes " + from + " to " + to);
    this.segment = segment;
  }

  SealedSegment segment() {
    return segment;
  }
}
