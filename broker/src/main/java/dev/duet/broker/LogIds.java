package dev.duet.broker;

import java.util.ArrayList;
import java.util.List;

/// The ids of a log: it takes a new one when its past can differ from what was announced.
///
/// @param current the present id
/// @param past those it had, the newest first, each with the last offset that is sure to be the
///     same now as it was then
public record LogIds(String current, List<Past> past) {
  /// @param id an id that the log had
  /// @param end up to this offset, what was announced under `id` is what the log holds
  public record Past(String id, long end) {}

  public LogIds {
    past = List.copyOf(past);
  }

  /// A log that never had another id.
  public static LogIds of(String current) {
    return new LogIds(current, List.of());
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

  /// These, with a new one as the present id.
  ///
  /// @param end up to this offset, what was announced before is what the log holds
  public LogIds renewed(String id, long end) {
    List<Past> all = new ArrayList<>();
    all.add(new Past(current, end));
    for (Past one : past) {
      all.add(new Past(one.id, Math.min(one.end, end)));
    }
    return new LogIds(id, all);
  }
}
