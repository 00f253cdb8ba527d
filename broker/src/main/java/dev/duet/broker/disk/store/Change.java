package dev.duet.broker.disk.store;

import java.util.List;
import java.util.Map;

/// What a rewrite tells the manifest, apart from its segments.
///
/// @param floors per pattern of a namespace: a channel of it of which nothing is known has its
///     horizon there; a smaller one than it has is passed over
/// @param holes ranges that were found to be unreadable
public record Change(Map<String, Long> floors, List<Hole> holes) {
  /// Nothing apart from segments.
  public static final Change NONE = new Change(Map.of(), List.of());

  public Change {
    floors = Map.copyOf(floors);
    holes = List.copyOf(holes);
  }

  /// Floors alone.
  public static Change floors(Map<String, Long> floors) {
    return new Change(floors, List.of());
  }
}
