package dev.duet.broker.disk.store;

/// What one segment says of where a channel begins: its last fresh record, and its trims. Zeros
/// where there is none.
///
/// @param freshSeq `seq` of the last record of this segment that is fresh
/// @param freshOffset offset of that record; nothing of the channel before it is held
/// @param freshPrev `prev` of that record: the channel's first horizon, which is not certain
/// @param trimmedSeq `seq` up to which trims in this segment let everything go; where the latest
///     per key is kept, the offset up to which they did
/// @param trimmedOffset largest `prev` of the trims in this segment: in a history channel the
///     offset of the last record that `trimmedSeq` let go; in a channel that keeps the latest per
///     key its horizon (no tombstone up to there is held)
public record Cuts(
    long freshSeq, long freshOffset, long freshPrev, long trimmedSeq, long trimmedOffset) {
  /// It says nothing.
  static final Cuts NONE = new Cuts(0, 0, 0, 0, 0);

  /// These, and that the record, or the trim, is fresh.
  Cuts withFresh(StoredRecord record) {
    return new Cuts(record.seq(), record.offset(), record.prev(), trimmedSeq, trimmedOffset);
  }

  Cuts withoutFresh() {
    return new Cuts(0, 0, 0, trimmedSeq, trimmedOffset);
  }

  /// These, and a trim that is not fresh.
  Cuts withTrim(StoredRecord trim) {
    return new Cuts(
        freshSeq,
        freshOffset,
        freshPrev,
        Math.max(trimmedSeq, trim.seq()),
        Math.max(trimmedOffset, trim.prev()));
  }

  Cuts withoutTrims() {
    return new Cuts(freshSeq, freshOffset, freshPrev, 0, 0);
  }
}
