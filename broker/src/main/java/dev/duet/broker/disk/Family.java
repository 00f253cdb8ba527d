package dev.duet.broker.disk;

import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;

/// The channels of one namespace in one log: what they keep, and the numbers that are left of what
/// is gone. Guarded by the log's lock; a reader off it may see a floor that is a moment old.
final class Family {
  private final String pattern;
  private final Retention retention;
  private final long maxAgeMillis;
  private volatile long floor;
  private volatile long evicted;

  /// @param floor highest offset of a channel of it that is gone from the disk
  Family(String pattern, Retention retention, long floor) {
    this.pattern = pattern;
    this.retention = retention;
    this.maxAgeMillis = Math.max(1, retention.maxAge().toMillis());
    this.floor = floor;
  }

  String pattern() {
    return pattern;
  }

  Retention retention() {
    return retention;
  }

  boolean keeps(Mode mode) {
    return retention.mode() == mode;
  }

  long maxAgeMillis() {
    return maxAgeMillis;
  }

  /// The horizon of a channel that is not known.
  long floor() {
    return floor;
  }

  /// Up to here the bound on the whole log took what channels with a history held.
  long evicted() {
    return evicted;
  }

  /// The bound on the whole log takes what lies up to an offset. The files that had it go in the
  /// same moment, so it is not written down.
  void evict(long upTo) {
    evicted = Math.max(evicted, upTo);
  }

  void raiseFloor(long offset) {
    floor = Math.max(floor, offset);
  }
}
