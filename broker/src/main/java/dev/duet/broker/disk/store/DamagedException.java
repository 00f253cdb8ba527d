package dev.duet.broker.disk.store;

import java.io.IOException;

/// Bytes are not what was written: a checksum is wrong, or something is not where an index says.
public final class DamagedException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean index;

  public DamagedException(String message) {
    this(message, false);
  }

  private DamagedException(String message, boolean index) {
    super(message);
    this.index = index;
  }

  /// One about the index of a segment.
  static DamagedException ofIndex(long number, String what) {
    return new DamagedException(SegmentHeader.indexName(number) + ": " + what, true);
  }

  /// Whether it is an index: nothing is lost, it can be made anew from the data ([IndexRebuild]).
  public boolean isIndex() {
    return index;
  }
}
