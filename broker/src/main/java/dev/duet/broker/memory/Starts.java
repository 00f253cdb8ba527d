package dev.duet.broker.memory;

import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.protocol.Start;
import org.jspecify.annotations.Nullable;

/// Finds where a start lies in a channel, for a reader that began when the log ended at `asOf`.
///
/// Nothing after `asOf` is ever left out: neither does a span begin after it, nor does it claim
/// that a gap beyond it was told. So a reader who comes back to its start after retention has moved
/// on is told what it lost meanwhile.
final class Starts {
  private final Index index;
  private final Horizons horizons;
  private final AgeClock clock;

  Starts(Index index, Horizons horizons, AgeClock clock) {
    this.index = index;
    this.horizons = horizons;
    this.clock = clock;
  }

  Span span(String channel, Start start, long asOf) {
    Family family = index.familyOf(channel);
    boolean latest = family.keeps(Mode.LATEST);
    if (family.keeps(Mode.NONE)
        || start instanceof Start.Now
        || (start instanceof Start.Default && !latest)) {
      return Span.after(channel, asOf);
    }
    ChannelState state = index.get(channel);
    long horizon = Math.min(horizons.of(family, state, asOf), asOf);
    int end = state == null ? 0 : state.slotAfter(asOf);
    int first =
        switch (start) {
          case Start.Last last -> last(state, end, last.count());
          case Start.Since since -> since(state, end, since.time());
          default -> 0;
        };
    if (state != null && first >= end && start instanceof Start.Since) {
      return Span.after(channel, asOf);
    }
    if (state == null || first == 0) {
      return new Span(channel, latest ? 0 : horizon, horizon);
    }
    long after = state.slot(first - 1).offset();
    return new Span(channel, after, Math.max(after, horizon));
  }

  /// The slot of the `count`th publication before the slot `end`.
  private static int last(@Nullable ChannelState state, int end, int count) {
    if (state == null || count >= end) {
      return 0;
    }
    int slot = end;
    for (int left = count; left > 0 && slot > 0; ) {
      slot--;
      left -= state.isDead(state.slot(slot)) ? 0 : 1;
    }
    return slot;
  }

  /// The first slot before `end` whose time is at or after `time`, or `end`. Times do not decrease
  /// within a run of the clock; between two they may.
  private int since(@Nullable ChannelState state, int end, long time) {
    if (state == null) {
      return 0;
    }
    for (int run = 0; run < clock.runs(); run++) {
      int low = state.slotAfter(clock.runFrom(run) - 1);
      int high =
          run + 1 == clock.runs()
              ? end
              : Math.min(end, state.slotAfter(clock.runFrom(run + 1) - 1));
      if (low < high && state.slot(high - 1).time() >= time) {
        while (low < high) {
          int middle = (low + high) >>> 1;
          if (state.slot(middle).time() < time) {
            low = middle + 1;
          } else {
            high = middle;
          }
        }
        return low;
      }
    }
    return end;
  }
}
