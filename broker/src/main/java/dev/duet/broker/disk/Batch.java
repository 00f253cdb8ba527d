package dev.duet.broker.disk;

import dev.duet.broker.NotCommittedException;
import dev.duet.broker.Receipt;
import dev.duet.broker.disk.store.StoredRecord;
import dev.duet.broker.disk.store.Unforeseen;
import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

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
    return from == 0 && to == size()
        ? this
        : new Batch(
            entries.subList(Math.min(from, count), Math.min(to, count)),
            trims.subList(Math.max(0, from - count), Math.max(0, to - count)));
  }

  int size() {
    return entries.size() + trims.size();
  }

  /// What is written.
  List<StoredRecord> records() {
    var records = new ArrayList<StoredRecord>(size());
    entries.forEach(entry -> records.add(entry.record()));
    trims.forEach(trim -> records.add(trim.record()));
    return records;
  }

  /// What followers are told.
  List<Publication> announcement() {
    var announcement = new ArrayList<Publication>(entries.size());
    for (Entry entry : entries) {
      announcement.add(entry.publication());
    }
    return Collections.unmodifiableList(announcement);
  }

  // ---- answers

  /// Answers all of it: it is committed. Allocates nothing.
  Runnable committed() {
    var receipts = new ArrayList<Receipt>(entries.size());
    for (Entry entry : entries) {
      receipts.add(new Receipt.Appended(entry.publication().offset(), false));
    }
    return () -> {
      for (int i = 0; i < receipts.size(); i++) {
        complete(entries.get(i).answer(), receipts.get(i));
      }
      for (int i = 0; i < trims.size(); i++) {
        complete(trims.get(i).done(), null);
      }
    };
  }

  /// Answers all of it: it failed.
  Runnable failed(Receipt.Failed why) {
    var failure = new NotCommittedException(why);
    return () -> {
      for (int i = 0; i < entries.size(); i++) {
        complete(entries.get(i).answer(), why);
      }
      for (int i = 0; i < trims.size(); i++) {
        trims.get(i).done().completeExceptionally(failure);
      }
    };
  }

  /// Where somebody who waits for it throws, the others are told at the second call.
  private static <T> void complete(CompletableFuture<T> answer, @Nullable T value) {
    try {
      answer.complete(value);
    } catch (RuntimeException | Error e) {
      Unforeseen.say("somebody who waited for an answer failed to take it", e);
      answer.complete(value);
    }
  }
}
