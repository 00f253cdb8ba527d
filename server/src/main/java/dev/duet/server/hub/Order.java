package dev.duet.server.hub;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The order in which a loop took publications from its logs, from W to the newest. Confined to the
/// loop. Steps are numbered from 1; those up to W are let go.
final class Order {
  private @Nullable Step[] steps = new Step[16];
  private long last;
  private long w;
  private long[] wVector;

  Order(int logs) {
    this.wVector = new long[logs];
  }

  /// The newest step's number.
  long last() {
    return last;
  }

  /// The step up to which every walk has ended.
  long w() {
    return w;
  }

  /// The loop's position in every log as of W; not to be changed.
  long[] wVector() {
    return wVector;
  }

  boolean isEmpty() {
    return last == w;
  }

  Step oldest() {
    return get(w + 1);
  }

  /// @param before where the loop stood just before it
  /// @param vector where it stands with it
  Step add(RingEntry entry, Feed feed, long[] before, long[] vector) {
    if (isEmpty()) {
      wVector = before;
    } else {
      get(last).until = before;
    }
    if (last - w == steps.length) {
      grow();
    }
    Step step = new Step(++last, entry, feed, vector);
    steps[slot(last)] = step;
    feed.pending.add(step);
    return step;
  }

  /// The loop's position in every log at a step from W to the newest, with what it took before the
  /// next one; not to be changed.
  long[] vectorAt(long number) {
    return number <= w ? wVector : get(number).until;
  }

  /// The loop stands at `present`, with nothing after the newest step that concerns anybody.
  void standsAt(long[] present) {
    if (isEmpty()) {
      advanceToEnd(present);
    } else {
      Step newest = get(last);
      if (!Arrays.equals(newest.until, present)) {
        newest.until = present.clone();
      }
    }
  }

  /// W moves to a step, whose vector it takes.
  void advance(long number) {
    if (number > w) {
      long[] vector = get(number).until;
      release(number);
      wVector = vector;
    }
  }

  /// W moves to the newest step, and its vector to `present`.
  void advanceToEnd(long[] present) {
    release(last);
    if (!Arrays.equals(wVector, present)) {
      wVector = present.clone();
    }
  }

  private void release(long upTo) {
    while (w < upTo) {
      w++;
      int slot = slot(w);
      Step step = held(steps[slot]);
      step.feed.pending.removeFirst();
      step.release();
      steps[slot] = null;
    }
  }

  /// The step of that number, which lies after W.
  Step get(long number) {
    return held(steps[slot(number)]);
  }

  private static Step held(@Nullable Step step) {
    return Objects.requireNonNull(step, "a step that was let go");
  }

  private int slot(long number) {
    return (int) number & (steps.length - 1);
  }

  private void grow() {
    @Nullable Step[] old = steps;
    @Nullable Step[] larger = new Step[old.length * 2];
    for (long number = w + 1; number <= last; number++) {
      larger[(int) number & (larger.length - 1)] = old[(int) number & (old.length - 1)];
    }
    steps = larger;
  }
}
