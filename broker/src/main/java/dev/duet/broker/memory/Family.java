package dev.duet.broker.memory;

import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;

/// The channels of one namespace in one log: what they keep, which are oldest, and the one number
/// that is left of those that were forgotten. Guarded by the log's lock.
final class Family {
  private final Retention retention;
  private final long maxAgeMillis;
  private final OldestFirst oldest = new OldestFirst();
  private long floor;

  Family(Retention retention) {
    this.retention = retention;
    this.maxAgeMillis = Math.max(1, retention.maxAge().toMillis());
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

  OldestFirst oldest() {
    return oldest;
  }

  /// The highest offset of a forgotten channel: the horizon of every channel that is not known, and
  /// the first one of a channel that appears.
  long floor() {
    return floor;
  }

  void raiseFloor(long offset) {
    floor = Math.max(floor, offset);
  }

  ChannelState newState(String name) {
    return keeps(Mode.LATEST) ? new KeyedState(name, this) : new ChannelState(name, this);
  }
}
