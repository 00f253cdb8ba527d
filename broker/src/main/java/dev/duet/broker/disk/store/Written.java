package dev.duet.broker.disk.store;

import java.util.List;

/// A batch that is in the log's file and not yet in its index: given to [Store#index] before the
/// next batch is written.
public final class Written {
  final ActiveSegment segment;
  final List<StoredRecord> batch;
  final long[] positions;

  /// How many are in the index. Under the log's lock.
  int indexed;

  Written(ActiveSegment segment, List<StoredRecord> batch, long[] positions) {
    this.segment = segment;
    this.batch = batch;
    this.positions = positions;
  }

  /// How many records.
  public int size() {
    return batch.size();
  }

  /// Where one is in its file.
  public long position(int index) {
    return positions[index];
  }
}
