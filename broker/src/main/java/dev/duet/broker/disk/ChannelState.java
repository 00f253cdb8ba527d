package dev.duet.broker.disk;

import dev.duet.broker.Retention.Mode;

/// What is known of a channel that is in use. Guarded by the log's lock.
abstract class ChannelState {
  private final String name;
  private final Family family;
  private final long moved;

  /// Offset and number of the channel's last record, also if it is no longer held; 0 if none is
  /// known.
  long offset;

  long seq;

  /// Whether the last record ended the channel.
  boolean end;

  /// Appends and evictions under way that stand on it: it is not dropped meanwhile.
  int pins;

  /// When it was used last, nanoseconds of the ticker.
  long touched;

  /// @param moved up to here nothing of the channel is held: it came from another log then
  ChannelState(String name, Family family, long moved) {
    this.moved = moved;
    this.name = name;
    this.family = family;
  }

  final String name() {
    return name;
  }

  final Family family() {
    return family;
  }

  final long moved() {
    return moved;
  }

  final boolean keyed() {
    return family.keeps(Mode.LATEST);
  }

  /// Whether anything is held at `now` of the log's own clock. If not, the channel is forgotten.
  abstract boolean isHeld(long now);

  /// Offset of the record that ended the channel, if it is held; else 0.
  final long endedAt(long now) {
    return end && isHeld(now) ? offset : 0;
  }

  /// Up to where the channel may miss something as long as nothing of it is held; the first horizon
  /// of its next life.
  long emptyHorizon() {
    return Math.max(Math.max(family.floor(), moved), offset);
  }

  /// What the next record says of its place, when nothing is under way.
  final Entry.Numbers next(int weight, long now) {
    return isHeld(now)
        ? new Entry.Numbers(seq + 1, nextCum(weight), offset, false)
        : new Entry.Numbers(seq + 1, nextCum(weight), emptyHorizon(), true);
  }

  abstract long nextCum(int weight);

  /// The entry is committed.
  void committed(Entry entry) {
    offset = entry.publication().offset();
    seq = entry.seq();
    end = entry.publication().end();
  }

  /// Nothing up to this offset is held any more.
  abstract void trim(long upTo);

  /// Bytes of heap, about.
  abstract long cost();
}
