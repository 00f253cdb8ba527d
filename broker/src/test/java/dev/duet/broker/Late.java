package dev.duet.broker;

import dev.duet.broker.memory.ManualClocks;
import java.time.Duration;

/// A broker that commits when a test says so, late, in parts, or never, on clocks that the test
/// moves. With one thread it does the same for the same calls.
public interface Late extends Broker {
  /// The clocks, to be moved.
  ManualClocks clocks();

  /// How many appends of a log wait.
  int pending(int log);

  /// Commits the oldest `count` appends of a log, at most; they are announced in one call.
  void commit(int log, int count);

  /// Commits all that wait, in every log, also what that makes retention append.
  void commitAll();

  /// Fails all appends of a log that wait.
  void fail(int log);

  /// Commits the oldest `count` appends of a log, at most; followers hear `lost` instead of them.
  /// They can be read.
  void lose(int log, int count);

  /// Lets go what is too old: a bounded amount; whether more is due. Tombstones that this writes
  /// wait like other appends.
  boolean tick();

  /// Time passes, without retention acting on it.
  default void advance(Duration time) {
    clocks().advance(time);
  }
}
