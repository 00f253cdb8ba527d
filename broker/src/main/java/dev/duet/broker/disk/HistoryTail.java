package dev.duet.broker.disk;

import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.Spot;

/// The end of a channel that keeps a history: enough to say of any of its records whether it is
/// held. Guarded by the log's lock; a [#copy] belongs to its holder.
final class HistoryTail extends ChannelState {
  private static final int COST = 220;

  long age;
  long cum;

  /// Nothing up to this offset is held, by a trim.
  long trimmed;

  /// Nothing before this offset is held: the channel was forgotten and began anew.
  long fresh;

  HistoryTail(String name, Family family, long moved) {
    super(name, family, moved);
  }

  @Override
  boolean isHeld(long now) {
    return offset > 0 && holds(seq, cum, age, offset, now);
  }

  /// Whether retention keeps a record of the channel.
  ///
  /// @param number its `seq`
  /// @param before sum of the weights before it
  /// @param recordAge its `age`
  /// @param recordOffset its offset
  /// @param now of the log's own clock
  boolean holds(long number, long before, long recordAge, long recordOffset, long now) {
    Retention retention = family().retention();
    return recordOffset > trimmed
        && recordOffset >= fresh
        && recordOffset > moved()
        && recordOffset > family().evicted()
        && seq - number < retention.maxCount()
        && (number == seq || cum - before <= retention.maxBytes())
        && now - recordAge <= family().maxAgeMillis();
  }

  /// Whether the record at a spot is held.
  boolean holds(Spot spot, long now) {
    return holds(spot.seq, spot.cum - spot.weight, spot.age, spot.offset, now);
  }

  @Override
  long nextCum(int weight) {
    return cum + weight;
  }

  @Override
  void committed(Entry entry) {
    super.committed(entry);
    age = entry.age();
    cum = entry.cum();
    if (entry.fresh()) {
      fresh = offset;
    }
  }

  @Override
  void trim(long upTo) {
    trimmed = Math.max(trimmed, upTo);
  }

  HistoryTail copy() {
    var copy = new HistoryTail(name(), family(), moved());
    copy.offset = offset;
    copy.seq = seq;
    copy.end = end;
    copy.age = age;
    copy.cum = cum;
    copy.trimmed = trimmed;
    copy.fresh = fresh;
    return copy;
  }

  @Override
  long cost() {
    return COST + name().length();
  }
}
