package dev.duet.app.bench;

import java.time.Duration;

/// When what happens, and how long it may take.
///
/// @param warmup published before the measured window
/// @param duration the measured window
/// @param settle wait between the last connection and the first message
/// @param drain how long after the last publish deliveries may still come
/// @param timeout most time for a connection to open, and for a publish to be answered
/// @param connectRate connections opened a second
public record Times(
    Duration warmup,
    Duration duration,
    Duration settle,
    Duration drain,
    Duration timeout,
    int connectRate) {
  private static final Duration MOST = Duration.ofDays(1);

  /// 5 s of warming up, 10 s measured; 2,000 connections a second.
  public static final Times DEFAULT =
      new Times(
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofMillis(200),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          2_000);

  public Times {
    require(warmup, "the time to warm up", true);
    require(duration, "the duration", false);
    require(settle, "the time to settle", true);
    require(drain, "the time to drain", true);
    require(timeout, "the timeout", false);
    if (connectRate < 1) {
      throw new IllegalArgumentException("at least 1 connection a second, not " + connectRate);
    }
  }

  private static void require(Duration value, String what, boolean orNone) {
    if (value.isNegative() || (value.isZero() && !orNone) || value.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          what + " is " + (orNone ? "0" : "more than 0") + " to a day, not " + value);
    }
  }

  public Times withWindow(Duration newWarmup, Duration newDuration) {
    return new Times(newWarmup, newDuration, settle, drain, timeout, connectRate);
  }
}
