package dev.duet.server.http;

import java.time.Duration;

/// `every=500ms`: how often a reader wants something at most.
final class Pace {
  static final String PARAMETER = "every";

  /// The wheel that wakes those who keep a pace turns ten times a second.
  static final Duration LEAST = Duration.ofMillis(100);

  static final Duration MOST = Duration.ofSeconds(60);

  private Pace() {}

  /// Zero if it was not given.
  static Duration of(Query query) {
    Duration pace = query.duration(PARAMETER, LEAST, MOST);
    return pace == null ? Duration.ZERO : pace;
  }

  /// @throws IllegalArgumentException if a reader cannot have it
  static void check(String name, Duration pace) {
    if (pace.compareTo(LEAST) < 0 || pace.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          "%s is %d ms, but must be from %d ms to %d s"
              .formatted(name, pace.toMillis(), LEAST.toMillis(), MOST.toSeconds()));
    }
  }
}
