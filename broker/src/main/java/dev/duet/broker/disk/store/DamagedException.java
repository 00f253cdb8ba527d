package dev.duet.broker.disk.store;

import java.io.IOException;

/// Bytes are not what was written: a checksum is wrong, or something is not where an index says.
public final class DamagedException extends IOException {
  private static final long serialVersionUID = 1;

  private final long index;

  /// Of data, not of an index.
  public DamagedException(String message) {
    this(message, 0);
  }

  private DamagedException(String message, long index) {
    super(message);
    this.index = index;
  }

  /// One about the index of a segment.
  static DamagedException ofIndex(long number, String what) {
    return new DamagedException(SegmentHeader.indexName(number) + ": " + what, number);
  }

  /// Whether it is an index: nothing is lost, it can be made anew from the data ([IndexRebuild]).
  public boolean isIndex() {
    return index > 0;
  }

  /// The number of the segment whose index it is, or 0.
  public long index() {
    return index;
  }
}
