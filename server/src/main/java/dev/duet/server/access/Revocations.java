package dev.duet.server.access;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last revocations, so that a decision that was under way when one came does not outlive it.
/// Any thread.
final class Revocations {
  private static final Logger LOG = LoggerFactory.getLogger(Revocations.class);

  /// Beyond these, a decision that was under way meanwhile counts as revoked.
  private static final int KEPT = 64;

  /// @param count how many there have been
  /// @param recent the newest, oldest first; the last has the number `count`
  private record State(long count, List<Predicate<Pass>> recent) {}

  private volatile State state = new State(0, List.of());

  long count() {
    return state.count;
  }

  synchronized void add(Predicate<Pass> revoked) {
    State before = state;
    List<Predicate<Pass>> kept =
        before.recent.size() < KEPT ? before.recent : before.recent.subList(1, KEPT);
    state = new State(before.count + 1, Stream.concat(kept.stream(), Stream.of(revoked)).toList());
  }

  /// Whether one that came after the pass was asked for is of it.
  boolean haveTaken(Pass pass) {
    State now = state;
    long since = now.count - pass.asked;
    int size = now.recent.size();
    if (since > size) {
      return true;
    }
    for (int i = size - (int) since; i < size; i++) {
      if (isOf(now.recent.get(i), pass)) {
        return true;
      }
    }
    return false;
  }

  /// Where the application's rule fails, the pass is taken: rather once too often.
  static boolean isOf(Predicate<Pass> revoked, Pass pass) {
    try {
      return revoked.test(pass);
    } catch (RuntimeException | Error e) {
      LOG.error("The rule of a revocation failed; what it was asked about is revoked", e);
      return true;
    }
  }
}
