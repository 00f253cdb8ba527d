package dev.duet.broker.disk;

import dev.duet.broker.disk.store.StoredRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// What is written at once: entries, then trims, whose offsets come after those.
///
/// @param entries in log order
/// @param trims after them
record Batch(List<Entry> entries, List<Trim> trims) {
  /// A trim of a channel with a history, under way.
  ///
  /// @param state the channel's, pinned
  /// @param offset of the record of the trim
  /// @param age of the log's own clock
  /// @param upTo offset of the last publication that goes
  /// @param before what followers are told
  /// @param done completes when it is committed, exceptionally when it failed
  record Trim(
      HistoryTail state,
      long offset,
      long age,
      long upTo,
      long before,
      CompletableFuture<Void> done) {
    /// The same, with the offset and age of its record.
    Trim at(long itsOffset, long itsAge) {
      return new Trim(state, itsOffset, itsAge, upTo, before, done);
    }

    StoredRecord record() {
      return new StoredRecord(
          StoredRecord.Kind.TRIM,
          state.name(),
          offset,
          age,
          state.seq,
          state.cum,
          upTo,
          false,
          false,
          false,
          null,
          null,
          0,
          0);
    }
  }

  boolean isEmpty() {
    return entries.isEmpty() && trims.isEmpty();
  }

  /// What is written.
  List<StoredRecord> records() {
    var records = new ArrayList<StoredRecord>(entries.size() + trims.size());
    entries.forEach(entry -> records.add(entry.record()));
    trims.forEach(trim -> records.add(trim.record()));
    return records;
  }
}
