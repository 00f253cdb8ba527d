package dev.duet.server.hub;

import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// The idempotency keys that were used: within their window, and whatever ends meanwhile, none is
/// taken twice.
final class SimKeys {
  static final Duration WINDOW = Duration.ofMinutes(2);

  private final SimTruth truth;
  private final ManualClocks clocks;
  private final Map<String, Use> uses = new HashMap<>();

  private record Use(long offset, long nanos) {}

  SimKeys(SimTruth truth, ManualClocks clocks) {
    this.truth = truth;
    this.clocks = clocks;
  }

  /// A draft was taken that is none of before.
  void acknowledged(String channel, long offset, Draft draft) {
    if (draft.idempotencyKey() == null) {
      return;
    }
    Use before = uses.put(channel + ' ' + draft.idempotencyKey(), new Use(offset, clocks.nanos()));
    if (before != null
        && clocks.nanos() - before.nanos < WINDOW.toNanos()
        && truth.remembers(channel, before.offset)) {
      throw new AssertionError(
          "%s %s was used at %d and again at %d"
              .formatted(channel, draft.idempotencyKey(), before.offset, offset));
    }
  }
}
