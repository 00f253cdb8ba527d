package dev.duet.broker;

import dev.duet.protocol.Cursor;
import java.util.ArrayList;
import java.util.List;

/// The ids of a log: it takes a new one when its past can differ from what was announced.
///
/// @param current the present id
/// @param past those it had, the newest first, each with the last offset that is sure to be the
///     same now as it was then
public record LogIds(String current, List<Past> past) {
  /// Most past ids that are kept: who comes with an older one is told that the log changed.
  private static final int MOST_PAST = 64;

  /// @param id an id that the log had
  /// @param end up to this offset, what was announced under `id` is what the log holds
  /// @param intact whether nothing was acknowledged under `id` behind that: who comes with it, and
  ///     a position up to there, has missed nothing
  public record Past(String id, long end, boolean intact) {
    /// One behind whose end something may have been acknowledged.
    public Past(String id, long end) {
      this(id, end, false);
    }
  }

  public LogIds {
    past = List.copyOf(past);
  }

  /// A log that never had another id.
  public static LogIds of(String current) {
    return new LogIds(current, List.of());
  }

  /// These, and a new id.
  ///
  /// @param end up to this offset, what was announced under the present id is what the log holds
  /// @param intact whether nothing was acknowledged behind that
  public LogIds renewed(String id, long end, boolean intact) {
    List<Past> all = new ArrayList<>();
    for (Past one : past) {
      all.add(new Past(one.id, Math.min(one.end, end), one.intact && intact));
    }
    return new LogIds(id, all).with(new Past(current, end, intact));
  }

  /// These, and a past id, or another end of one.
  public LogIds with(Past other) {
    List<Past> all = new ArrayList<>(past);
    all.removeIf(one -> one.id.equals(other.id) || one.id.equals(current));
    all.addFirst(other);
    return new LogIds(current, all.subList(0, Math.min(MOST_PAST, all.size())));
  }

  /// The offset that positions have for the log: under its present id, or a past one that is as
  /// good as that; or -1.
  public long offsetIn(List<Cursor.Position> positions) {
    long offset = Cursor.offsetIn(positions, current);
    for (int i = 0; offset < 0 && i < past.size(); i++) {
      Past one = past.get(i);
      long then = one.intact ? Cursor.offsetIn(positions, one.id) : -1;
      offset = then <= one.end ? then : -1;
    }
    return offset;
  }

  /// The end of a past id, or -1 if the log never had it.
  public long endOf(String id) {
    for (Past one : past) {
      if (one.id.equals(id)) {
        return one.end;
      }
    }
    return -1;
  }
}
