package dev.duet.server.access;

import java.time.Duration;

/// Who may what, and how long an answer to that may take.
///
/// @param access who decides
/// @param timeout longest time until it has decided; then the client is told 503. 1 ms to 1 minute
/// @param maxPending most decisions under way, those included that are too late and have not yet
///     ended; beyond, clients are told BUSY
public record AccessSettings(Access access, Duration timeout, int maxPending) {
  /// Five seconds: a client's patience, and ten times what a slow database needs.
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

  /// 10,000: with a virtual thread of about 2 KB each they are 20 MB.
  public static final int DEFAULT_MAX_PENDING = 10_000;

  /// Everything is allowed.
  public static final AccessSettings OPEN = of(Access.OPEN);

  /// @throws IllegalArgumentException if a bound is out of range
  public AccessSettings {
    if (timeout.toMillis() < 1 || timeout.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new IllegalArgumentException("a decision may take 1 ms to 1 minute, not " + timeout);
    }
    if (maxPending < 1) {
      throw new IllegalArgumentException("at least one decision must be allowed under way");
    }
  }

  /// This access, with the usual bounds.
  public static AccessSettings of(Access access) {
    return new AccessSettings(access, DEFAULT_TIMEOUT, DEFAULT_MAX_PENDING);
  }

  /// These, but waiting so long for an answer.
  public AccessSettings withTimeout(Duration value) {
    return new AccessSettings(access, value, maxPending);
  }

  /// These, but with so many decisions under way.
  public AccessSettings withMaxPending(int value) {
    return new AccessSettings(access, timeout, value);
  }
}
