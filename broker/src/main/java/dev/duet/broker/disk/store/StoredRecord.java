package dev.duet.broker.disk.store;

import dev.duet.protocol.Publication;
import org.jspecify.annotations.Nullable;

/// One record, read back.
///
/// @param kind what it is
/// @param channel its channel
/// @param offset its place in the log
/// @param age milliseconds of the log's own clock when it was appended
/// @param seq number in its channel; of a trim: up to which nothing is held, where the latest per
///     key is kept the offset up to which nothing is, or 0
/// @param cum sum of weights of its channel up to and with it; 0 in a channel that keeps the latest
/// @param prev offset of the channel's record before it, or 0; of a trim: of the last one let go
/// @param fresh whether the channel begins with it
/// @param first whether a batch of the writer begins with it
/// @param keyed whether its channel kept the latest per key when it was appended
/// @param publication what was published; null unless the kind says so
/// @param idempotencyKey its idempotency key, or null
/// @param print what a second try must have in common with it; 0 without key
/// @param length bytes in the file
public record StoredRecord(
    Kind kind,
    String channel,
    long offset,
    long age,
    long seq,
    long cum,
    long prev,
    boolean fresh,
    boolean first,
    boolean keyed,
    @Nullable Publication publication,
    @Nullable String idempotencyKey,
    long print,
    int length) {
  /// What a record is.
  public enum Kind {
    /// A publication.
    PUBLICATION,
    /// Nothing of the channel up to `seq` is held any more.
    TRIM,
    /// An idempotency key whose publication went.
    KEY
  }

  /// The same, as one with which a batch begins or does not.
  StoredRecord withFirst(boolean other) {
    return other == first
        ? this
        : new StoredRecord(
            kind,
            channel,
            offset,
            age,
            seq,
            cum,
            prev,
            fresh,
            other,
            keyed,
            publication,
            idempotencyKey,
            print,
            length);
  }

  /// The same, with the bytes that it takes.
  StoredRecord withLength(int bytes) {
    return bytes == length
        ? this
        : new StoredRecord(
            kind,
            channel,
            offset,
            age,
            seq,
            cum,
            prev,
            fresh,
            first,
            keyed,
            publication,
            idempotencyKey,
            print,
            bytes);
  }

  /// What stays of it within the window of its idempotency key: a KEY.
  public StoredRecord asKey() {
    return new StoredRecord(
        Kind.KEY,
        channel,
        offset,
        age,
        seq,
        0,
        0,
        false,
        false,
        false,
        null,
        idempotencyKey,
        print,
        0);
  }
}
