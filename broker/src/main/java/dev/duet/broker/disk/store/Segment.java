package dev.duet.broker.disk.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A part of the log in a file: records with offsets in `(base, last]`. Counted by reference: its
/// files are closed, and removed if another took its place, when the last holder lets go.
public interface Segment {
  /// Its file's number.
  long number();

  /// Every record's offset is larger.
  long base();

  /// The offset of the last record, or [#base()] if there is none.
  long last();

  /// `age` of the last record, or 0.
  long lastAge();

  /// Bytes of its files.
  long bytes();

  /// The records of a channel, or null if it has none here. Of an active segment only under the
  /// log's lock.
  @Nullable Run run(String channel) throws IOException;

  /// Reads the record at a position that a run gave.
  ///
  /// @throws DamagedException if its checksum is wrong, or it is not of this channel and offset
  StoredRecord read(long position, String channel, long offset) throws IOException;

  /// Takes a reference; false if the last one was given back before.
  boolean tryRetain();

  /// Gives a reference back.
  void release();
}
