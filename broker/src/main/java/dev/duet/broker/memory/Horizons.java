package dev.duet.broker.memory;

import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.commit.Holes;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Gap.Reason;
import org.jspecify.annotations.Nullable;

/// Up to where a channel is incomplete, whether it is known or not.
final class Horizons {
  private final Index index;
  private final Holes holes;

  Horizons(Index index, Holes holes) {
    this.index = index;
    this.holes = holes;
  }

  /// The channel's horizon for a reader of everything up to `upTo`. A hole is one for a channel
  /// that keeps the latest per key: what is held may be older than what it hides.
  long of(Family family, @Nullable ChannelState state, long upTo) {
    long own = own(family, state);
    return family.keeps(Mode.LATEST) ? Math.max(own, holes.lastBefore(upTo)) : own;
  }

  /// The gap that a reader of the span must be told first, or null.
  @Nullable Gap gap(Span span, long upTo) {
    Family family = index.familyOf(span.channel());
    ChannelState state = index.get(span.channel());
    long horizon = of(family, state, upTo);
    if (horizon <= span.told() || family.keeps(Mode.NONE)) {
      return null;
    }
    boolean certain = state != null && state.certain();
    Reason reason = certain ? Reason.RETENTION : Reason.FORGOTTEN;
    if (horizon > own(family, state)) {
      certain = false;
      reason = Reason.HOLE;
    }
    return new Gap(
        span.channel(), span.after(), horizon, reason, certain, family.keeps(Mode.LATEST));
  }

  private static long own(Family family, @Nullable ChannelState state) {
    return state == null ? family.floor() : state.horizon();
  }
}
