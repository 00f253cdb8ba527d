package dev.duet.broker.disk;

import dev.duet.broker.Log.ChannelInfo;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.disk.ChannelRuns.Mark;
import dev.duet.protocol.Start;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Finds where a start lies in a channel that keeps a history, and what such a channel holds. Off
/// the log's lock.
///
/// Nothing after `asOf` is ever left out: neither does a span begin after it, nor does it claim
/// that a gap beyond it was told.
final class Starts {
  private Starts() {}

  /// Whether a start needs no look at the channel.
  static boolean isNow(Family family, Start start) {
    return family.keeps(Mode.NONE)
        || start instanceof Start.Now
        || (start instanceof Start.Default && !family.keeps(Mode.LATEST));
  }

  /// The span of a channel with a history.
  ///
  /// @param tail a copy, not older than `runs`
  /// @param now of the log's own clock
  static Span history(HistoryTail tail, ChannelRuns runs, Start start, long asOf, long now)
      throws IOException {
    String channel = tail.name();
    Mark first = runs.firstHeld(tail, now);
    long horizon = Math.min(horizon(tail, runs, first), asOf);
    var all = new Span(channel, horizon, horizon);
    if (first == null) {
      return all;
    }
    Mark begin = first;
    if (start instanceof Start.Last last) {
      Mark end = runs.lastUpTo(asOf);
      if (end == null || end.spot.offset < first.spot.offset) {
        return all;
      }
      Mark found = runs.bySeq(end.spot.seq - last.count() + 1);
      begin = found == null || found.spot.offset < first.spot.offset ? first : found;
    } else if (start instanceof Start.Since since) {
      Mark found = runs.since(since.time(), channel, first);
      if (found == null || found.spot.offset > asOf) {
        return Span.after(channel, asOf);
      }
      begin = found;
    }
    if (begin.spot.offset == first.spot.offset) {
      return all;
    }
    long after = runs.before(begin);
    return new Span(channel, after, Math.max(after, horizon));
  }

  /// Up to where a channel with a history misses something.
  private static long horizon(HistoryTail tail, ChannelRuns runs, @Nullable Mark first)
      throws IOException {
    return first == null
        ? tail.emptyHorizon()
        : Math.max(runs.before(first), runs.isFresh(first) ? 0 : tail.moved());
  }

  /// What a channel with a history holds.
  static ChannelInfo info(HistoryTail tail, ChannelRuns runs, long now) throws IOException {
    Mark first = runs.firstHeld(tail, now);
    if (first == null) {
      return new ChannelInfo(tail.name(), 0, 0, 0, 0, 0);
    }
    long bytes = tail.cum - first.spot.cum + first.spot.weight;
    int count = (int) Math.min(Integer.MAX_VALUE, tail.seq - first.spot.seq + 1);
    return new ChannelInfo(
        tail.name(), count, bytes, tail.offset, horizon(tail, runs, first), tail.endedAt(now));
  }

  /// The span of a channel that keeps the latest per key. Under the lock.
  ///
  /// @param horizon up to where it may miss something, holes included
  /// @param since offset of the first record at or after the time that is asked for; 0 if none
  static Span keyed(KeyedState state, Start start, long asOf, long horizon, long since) {
    String channel = state.name();
    long told = Math.min(horizon, asOf);
    var all = new Span(channel, 0, told);
    int first = state.slot(0);
    int end = state.slotDown(state.after(asOf) - 1);
    if (start instanceof Start.Last last && end >= 0) {
      int begin = end;
      for (int left = last.count(); left > 1 && begin > first; left--) {
        begin = state.slotDown(begin - 1);
      }
      return begin <= first ? all : from(state, begin, told);
    }
    if (start instanceof Start.Since && state.count() > 0) {
      int begin = since == 0 ? -1 : state.slot(state.after(since - 1));
      if (begin < 0 || state.offsetAt(begin) > asOf) {
        return Span.after(channel, asOf);
      }
      return begin == first ? all : from(state, begin, told);
    }
    return all;
  }

  private static Span from(KeyedState state, int slot, long horizon) {
    long after = state.offsetAt(state.slotDown(slot - 1));
    return new Span(state.name(), after, Math.max(after, horizon));
  }
}
