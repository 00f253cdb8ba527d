package dev.duet.broker.commit;

import java.util.ArrayList;
import java.util.List;

/// Ranges of a log in which something was that cannot be read: nobody knows of which channels.
/// Apart and in order. Guarded by the log's lock.
public final class Holes {
  /// One of them.
  ///
  /// @param from exclusive
  /// @param to inclusive
  public record Hole(long from, long to) {}

  private final List<Hole> list = new ArrayList<>();

  /// Whether there are none.
  public boolean isEmpty() {
    return list.isEmpty();
  }

  /// Adds a hole, joined with those that it touches.
  public void add(long from, long to) {
    long first = from;
    long last = to;
    int place = 0;
    for (int i = list.size() - 1; i >= 0; i--) {
      Hole hole = list.get(i);
      if (hole.to < first) {
        place = i + 1;
        break;
      }
      if (hole.from <= last) {
        first = Math.min(first, hole.from);
        last = Math.max(last, hole.to);
        list.remove(i);
      }
    }
    list.add(place, new Hole(first, last));
  }

  /// Those that touch `(after, upTo]`.
  public List<Hole> within(long after, long upTo) {
    if (list.isEmpty()) {
      return List.of();
    }
    return list.stream().filter(hole -> hole.to > after && hole.from < upTo).toList();
  }

  /// The end of the last one that begins before `upTo`, or 0.
  public long lastBefore(long upTo) {
    for (int i = list.size() - 1; i >= 0; i--) {
      if (list.get(i).from < upTo) {
        return list.get(i).to;
      }
    }
    return 0;
  }
}
