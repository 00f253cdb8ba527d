package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;

/// A sealed segment in the making: records are added in log order, [Store#replace] finishes it. One
/// thread.
public final class SegmentOutput implements Closeable {
  private SegmentOutput() {}

  /// Copies a record as it is, byte for byte, or makes it anew if `record` is not what is there.
  ///
  /// @param from retained by the caller
  /// @param position of the record in it
  /// @throws DamagedException if it is not readable there
  public void copy(Segment from, long position, String channel, long offset) throws IOException {
    throw new UnsupportedOperationException();
  }

  /// Adds a record that is not in a file as it is: a KEY in the place of a publication.
  public void add(StoredRecord record) throws IOException {
    throw new UnsupportedOperationException();
  }

  /// Bytes of records so far.
  public long bytes() {
    throw new UnsupportedOperationException();
  }

  /// Whether a limit of segments is reached.
  public boolean isFull() {
    throw new UnsupportedOperationException();
  }

  /// Gives it up: its file goes. Does nothing after [Store#replace].
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
