package dev.duet.server.hub;

import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.MortalBroker.Ending;
import dev.duet.protocol.Publication;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;

/// What a log held before its process ended, and what its durability makes of that: `disk` loses
/// nothing, `os` only when the power goes, and then it takes a new id that says up to where all is
/// there. At `disk` a start that cannot copy what it read goes by one too, which ends with a power
/// loss where that took of what was read; nobody was ever answered that.
final class SimHeld {
  private final SimTruth truth;
  private final Map<String, NavigableMap<Long, Publication>> held = new HashMap<>();
  private final LogIds ids;
  private final long position;
  private final Since since;
  private final boolean isOver;

  /// @param begun the log's position when its process began
  /// @param provisional whether that could not copy what it read, and still cannot
  /// @param sure the log's position when the last process ended that could
  record Since(long begun, boolean provisional, long sure) {}

  SimHeld(SimTruth truth, Log log, List<String> channels, Since since) {
    this.truth = truth;
    this.since = since;
    this.ids = log.ids();
    this.position = log.position();
    this.isOver = log.held().bytes() > log.held().maxBytes();
    channels.forEach(channel -> held.put(channel, truth.read(log, channel)));
  }

  /// Holds it against the log of the next process; what was lost, as it may be, is not true any
  /// more.
  ///
  /// @param sound whether nothing was wrong with the disk
  /// @param provisional whether it could not copy what it read
  void after(int index, Log log, Ending ending, boolean sound, boolean provisional) {
    if (log.durability() == Durability.MEMORY) {
      return;
    }
    LogIds now = log.ids();
    boolean renewed = !now.current().equals(ids.current());
    boolean os = log.durability() == Durability.OS;
    boolean may =
        os ? !sound || ending == Ending.POWER_LOSS : !sound && (provisional || since.provisional);
    require(!renewed || may, log, "a new id", ending);
    boolean ended = renewed || ending != Ending.POWER_LOSS || !since.provisional;
    require(ended, log, "an id that should have ended", ending);
    boolean same = !renewed && os && sound && ending == Ending.POWER_LOSS;
    require(!same, log, "the id after a loss", ending);
    require(renewed || log.position() >= position, log, "a position that goes back", ending);
    long end = end(now, os, sound);
    require(end >= 0, log, "an id that is forgotten", ending);
    // What was refused while the disk failed, but is in its files; and so a rewrite that let the
    // oldest go, of which only the next process knows that it was done.
    boolean refused = !sound && log.position() > position;
    held.forEach(
        (channel, before) -> {
          NavigableMap<Long, Publication> after = truth.read(log, channel);
          boolean latest = truth.mode(channel) == Retention.Mode.LATEST;
          boolean more = truth.adopt(channel, position, after);
          for (Publication one : before.headMap(end, true).values()) {
            boolean kept = after.containsKey(one.offset()) || latest && one.deleted();
            boolean left = more && (latest ? truth.overwritten(one) : isBefore(one, after));
            left |= refused && truth.isTrimmed(channel);
            left |= !sound && isOver && !latest && one.offset() <= truth.horizon(log, channel);
            if (latest && more && !kept && !left && truth.horizon(log, channel) > position) {
              // a tombstone of the log's own, which nobody heard of and which it let go again
              truth.forget(one);
              left = true;
            }
            boolean damaged = truth.lost(index, one.offset());
            String what = "lost: %s; %s".formatted(one, truth.describe(channel));
            require(kept || left || damaged, log, what, ending);
          }
          if (end < Long.MAX_VALUE) {
            truth.lost(channel, end, after, truth.horizon(log, channel));
          }
          for (Publication one : after.values()) {
            boolean back = latest && !one.deleted() && truth.soundlyOverwritten(one);
            require(!back, log, "came back: " + one + "; " + truth.describe(channel), ending);
          }
        });
  }

  /// Up to where nothing may be lost.
  private long end(LogIds now, boolean os, boolean sound) {
    if (now.current().equals(ids.current()) || !os && !since.provisional) {
      return Long.MAX_VALUE;
    }
    long end = now.endOf(ids.current());
    return os ? endOf(now, sound) : end < 0 ? since.sure : end;
  }

  /// An id that was never written down is forgotten, but nothing was published under it.
  private long endOf(LogIds now, boolean sound) {
    long end = now.endOf(ids.current());
    boolean unused = end < 0 && !sound && position == since.begun && !ids.past().isEmpty();
    return unused ? now.endOf(ids.past().getFirst().id()) : end;
  }

  private static boolean isBefore(Publication one, NavigableMap<Long, Publication> after) {
    return !after.isEmpty() && one.offset() < after.firstKey();
  }

  private void require(boolean kept, Log log, String what, Ending ending) {
    if (!kept) {
      throw new AssertionError(
          "%s after %s: %s; was %s at %d, is %s at %d"
              .formatted(log.name(), ending, what, ids, position, log.ids(), log.position()));
    }
  }
}
