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
/// there.
final class SimHeld {
  private final SimTruth truth;
  private final Map<String, NavigableMap<Long, Publication>> held = new HashMap<>();
  private final LogIds ids;
  private final long position;
  private final long begun;

  /// @param begun the log's position when its process began
  SimHeld(SimTruth truth, Log log, List<String> channels, long begun) {
    this.truth = truth;
    this.begun = begun;
    this.ids = log.ids();
    this.position = log.position();
    channels.forEach(channel -> held.put(channel, truth.read(log, channel)));
  }

  /// Holds it against the log of the next process; what was lost, as it may be, is not true any
  /// more.
  ///
  /// @param sound whether nothing was wrong with the disk
  void after(int index, Log log, Ending ending, boolean sound) {
    if (log.durability() == Durability.MEMORY) {
      return;
    }
    LogIds now = log.ids();
    boolean renewed = !now.current().equals(ids.current());
    boolean os = log.durability() == Durability.OS;
    require(!renewed || os && (!sound || ending == Ending.POWER_LOSS), log, "a new id", ending);
    boolean same = !renewed && os && sound && ending == Ending.POWER_LOSS;
    require(!same, log, "the id after a loss", ending);
    require(renewed || log.position() >= position, log, "a position that goes back", ending);
    long end = renewed ? endOf(now, sound) : Long.MAX_VALUE;
    require(end >= 0, log, "an id that is forgotten", ending);
    // what was refused while the disk failed, but is in its files
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
            boolean damaged = truth.lost(index, one.offset());
            String what = "lost: %s; %s".formatted(one, truth.describe(channel));
            require(kept || left || damaged, log, what, ending);
          }
          if (renewed) {
            truth.lost(channel, end, after, truth.horizon(log, channel));
          }
          for (Publication one : after.values()) {
            boolean back = latest && !one.deleted() && truth.soundlyOverwritten(one);
            require(!back, log, "came back: " + one + "; " + truth.describe(channel), ending);
          }
        });
  }

  /// An id that was never written down is forgotten, but nothing was published under it.
  private long endOf(LogIds now, boolean sound) {
    long end = now.endOf(ids.current());
    boolean unused = end < 0 && !sound && position == begun && !ids.past().isEmpty();
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
