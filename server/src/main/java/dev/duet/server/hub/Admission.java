package dev.duet.server.hub;

import org.jspecify.annotations.Nullable;

/// Whether a stream may begin.
///
/// @param verdict the answer
/// @param subscription set if it is [Verdict#READY]: to be begun or closed
public record Admission(Verdict verdict, @Nullable Subscription subscription) {
  /// The answer.
  public enum Verdict {
    READY,
    /// All its channels have ended, and it has everything: nothing will ever come.
    ENDED,
    /// It would begin with a gap and asked to end at one.
    GAP,
    /// The server stops.
    STOPPING,
    /// It was left before it began (only in a [Bundle]).
    LEFT
  }
}
