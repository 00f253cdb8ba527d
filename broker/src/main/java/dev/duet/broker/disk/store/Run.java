package dev.duet.broker.disk.store;

import java.io.IOException;

/// The records of one channel in one segment, oldest first, as its index has them. For one thread;
/// one of an active segment only under the log's lock, unless it is a [ActiveSegment#copy].
///
/// Every method may read blocks of an index.
public interface Run {
  /// How many records are indexed, at least 1. Zero only if the segment has nothing but a trim of
  /// the channel.
  int size();

  /// Whether it was indexed as a channel that keeps the latest per key: records that a later one of
  /// the same segment overwrote are left out, hashes of keys are there, `cum` is not.
  boolean keyed();

  /// `seq` of the first record.
  long firstSeq();

  /// `prev` of the first record: offset of the channel's record before it, or 0. If that record is
  /// fresh, the floor of its namespace at the time.
  long prev();

  /// Where it says that the channel begins.
  Cuts cuts();

  /// `seq` of the last record of the channel in this segment, also in a keyed run.
  long lastSeq();

  /// Largest `time` of its records, milliseconds since 1970.
  long maxTime();

  /// Reads one record's spot.
  ///
  /// @param index 0 to size() - 1
  void spot(int index, Spot into) throws IOException;

  /// The index of the first record whose offset is larger than `offset`, or [#size()].
  int after(long offset) throws IOException;

  /// The first record at which the largest time so far in this run is at least `time`, or
  /// [#size()]. May be a lower bound by up to one group: the caller reads on.
  int since(long time) throws IOException;
}
