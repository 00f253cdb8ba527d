package dev.duet.broker.disk;

import dev.duet.broker.commit.Append;
import dev.duet.broker.commit.IdempotencyWindow;
import dev.duet.broker.disk.store.StoredRecord;
import dev.duet.protocol.Publication;
import org.jspecify.annotations.Nullable;

/// A publication under way, with the numbers that its record gets.
final class Entry extends Append {
  private final ChannelState state;
  private final long age;
  private final long seq;
  private final long cum;
  private final long prev;
  private final boolean fresh;
  private final @Nullable String idempotencyKey;
  private final long victim;
  private final long keyHash;

  /// @param state the channel's, pinned by this
  /// @param age milliseconds of the log's own clock
  /// @param victim offset of the publication whose key this tombstone of the log's own takes, or 0
  /// @param keyHash of its key; looked at where the latest per key is kept
  Entry(
      ChannelState state,
      Publication publication,
      IdempotencyWindow.@Nullable Entry use,
      @Nullable String idempotencyKey,
      Numbers numbers,
      long age,
      long victim,
      int relief,
      long keyHash) {
    super(publication, use, relief);
    this.state = state;
    this.age = age;
    this.seq = numbers.seq;
    this.cum = numbers.cum;
    this.prev = numbers.prev;
    this.fresh = numbers.fresh;
    this.idempotencyKey = idempotencyKey;
    this.victim = victim;
    this.keyHash = keyHash;
  }

  /// What a record says of its place in its channel.
  ///
  /// @param seq its number in the channel
  /// @param cum weights of the channel up to and with it; 0 where the latest per key is kept
  /// @param prev offset of the record before it, or the first horizon if it is fresh
  /// @param fresh whether the channel begins with it
  record Numbers(long seq, long cum, long prev, boolean fresh) {
    /// Of the one after `before`.
    static Numbers after(Entry before, int weight, boolean keyed) {
      return new Numbers(
          before.seq + 1, keyed ? 0 : before.cum + weight, before.publication().offset(), false);
    }
  }

  ChannelState state() {
    return state;
  }

  long age() {
    return age;
  }

  long seq() {
    return seq;
  }

  long cum() {
    return cum;
  }

  long prev() {
    return prev;
  }

  boolean fresh() {
    return fresh;
  }

  long victim() {
    return victim;
  }

  /// The hash of its key, as the states of channels know it.
  long keyHash() {
    return keyHash;
  }

  /// What is written.
  StoredRecord record() {
    Publication publication = publication();
    IdempotencyWindow.Entry use = use();
    return new StoredRecord(
        StoredRecord.Kind.PUBLICATION,
        publication.channel(),
        publication.offset(),
        age,
        seq,
        cum,
        prev,
        fresh,
        false,
        state instanceof KeyedState,
        publication,
        idempotencyKey,
        use == null ? 0 : use.print(),
        0);
  }
}
