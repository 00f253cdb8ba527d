package dev.duet.broker.disk;

import dev.duet.broker.Span;
import dev.duet.broker.disk.store.ActiveSegment;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.Spot;
import dev.duet.protocol.Gap;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a page needs of one channel, copied under the log's lock: its state, and its runs in
/// segments that still grow.
final class Part {
  final Span span;
  final Family family;
  final boolean backwards;

  /// Of a channel with a history.
  final @Nullable HistoryTail tail;

  /// Of a channel that keeps the latest per key: what is held of it and asked for.
  final long[] held;

  /// Up to where a channel that keeps the latest per key may miss something.
  final long keyedHorizon;

  /// Why.
  final Gap.Reason keyedReason;

  final long endedAt;
  private final Map<Segment, Run> copies = new HashMap<>(4);

  private Part(
      Span span,
      Family family,
      boolean backwards,
      @Nullable HistoryTail tail,
      long[] held,
      long keyedHorizon,
      Gap.Reason keyedReason,
      long endedAt) {
    this.span = span;
    this.family = family;
    this.backwards = backwards;
    this.tail = tail;
    this.held = held;
    this.keyedHorizon = keyedHorizon;
    this.keyedReason = keyedReason;
    this.endedAt = endedAt;
  }

  /// Bounds of what is copied.
  ///
  /// @param upTo last offset that the page may have
  /// @param most publications that it may have
  /// @param backwards whether it has the last ones
  /// @param now of the log's own clock
  record Bounds(long upTo, int most, boolean backwards, long now) {}

  /// Under the lock.
  static Part ofHistory(Span span, HistoryTail tail, List<Segment> segments, Bounds bounds)
      throws IOException {
    HistoryTail copy = tail.copy();
    var part =
        new Part(
            span,
            tail.family(),
            bounds.backwards(),
            copy,
            new long[0],
            0,
            Gap.Reason.RETENTION,
            tail.endedAt(bounds.now()));
    var spot = new Spot();
    for (Segment segment : segments) {
      if (segment instanceof ActiveSegment active) {
        Run run = active.run(span.channel());
        if (run != null) {
          part.copyHistory(active, run, bounds, spot);
        }
      }
    }
    return part;
  }

  private void copyHistory(ActiveSegment active, Run run, Bounds bounds, Spot spot)
      throws IOException {
    HistoryTail own = Objects.requireNonNull(tail);
    int first = ChannelRuns.firstHeld(run, 0, own, bounds.now(), spot);
    first = Math.max(first, run.after(span.after()));
    if (bounds.backwards()) {
      first = Math.max(first, run.after(bounds.upTo()) - bounds.most() - 1);
    }
    if (first < run.size()) {
      run.spot(first, spot);
      boolean all = bounds.backwards() || bounds.most() == Integer.MAX_VALUE;
      copy(active, spot.offset - 1, all ? Integer.MAX_VALUE : bounds.most() + 1);
    }
  }

  private void copy(ActiveSegment active, long after, int most) throws IOException {
    add(active, active.copy(span.channel(), after, most));
  }

  private void add(ActiveSegment active, @Nullable Run copy) {
    if (copy != null) {
      copies.put(active, copy);
    }
  }

  /// Under the lock.
  ///
  /// @param horizon up to where it may miss something, holes included
  /// @param reason why
  static Part ofKeyed(
      Span span,
      KeyedState state,
      long horizon,
      Gap.Reason reason,
      List<Segment> segments,
      Bounds bounds)
      throws IOException {
    boolean whole = !bounds.backwards() && horizon > span.told();
    int most = bounds.most() == Integer.MAX_VALUE ? bounds.most() : bounds.most() + 1;
    long[] held = state.held(whole ? 0 : span.after(), bounds.upTo(), most, bounds.backwards());
    var part =
        new Part(
            span,
            state.family(),
            bounds.backwards(),
            null,
            held,
            horizon,
            reason,
            state.endedAt(bounds.now()));
    if (held.length > 0) {
      long highest = Math.max(held[0], held[held.length - 1]);
      for (Segment segment : segments) {
        if (segment instanceof ActiveSegment active && active.base() < highest) {
          part.add(active, active.pick(span.channel(), held));
        }
      }
    }
    return part;
  }

  /// The channel's records in a segment, or null. Off the lock.
  @Nullable Run run(Segment segment) throws IOException {
    return segment instanceof ActiveSegment ? copies.get(segment) : segment.run(span.channel());
  }
}
