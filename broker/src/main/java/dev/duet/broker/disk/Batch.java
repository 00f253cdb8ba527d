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
  /// A trim under way: of a channel with a history, or of one that keeps the latest per key and has
  /// ended, in which nobody can write tombstones.
  ///
  /// @param state the channel's, pinned
  /// @param offset of the record of the trim
  /// @param age of the log's own clock
  /// @param upTo offset of the last publication that goes
  /// @param before what followers are told
  /// @param done completes when it is committed, exceptionally when it failed
  record Trim(
      ChannelState state,
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
      boolean keyed = state.keyed();
      return new StoredRecord(
          StoredRecord.Kind.TRIM,
          state.name(),
          offset,
          age,
          keyed ? upTo : state.seq,
          0,
          upTo,
          false,
          false,
          keyed,
          null,
          null,
          0,
          0);
    }
  }

  boolean isEmpty() {
    return entries.isEmpty() && trims.isEmpty();
  }

  /// The part whose records are `from` to before `to`.
  Batch piece(int from, int to) {
    int count = entries.size();
    return from == 0 && to == count + trims.size()
        ? this
        : new Batch(
            entries.subList(Math.min(from, count), Math.min(to, count)),
            trims.subList(Math.max(0, from - count), Math.max(0, to - count)));
  }

  /// What is written.
  List<StoredRecord> records() {
    var records = new ArrayList<StoredRecord>(entries.size() + trims.size());
    entries.forEach(entry -> records.add(entry.record()));
    trims.forEach(trim -> records.add(trim.record()));
    return records;
  }
}
