package dev.duet.server.hub;

import dev.duet.broker.Retention;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;

/// What a client has of one channel, held against the truth: exactly once, in order, or told.
final class SimKnowledge {
  private final SimTruth truth;
  private final String channel;
  private final Retention.Mode mode;

  /// Everything after this offset is promised; -1 until a plain cursor says where the client began.
  private long base = -1;

  /// Offsets up to the base that may come without being promised: a private start's.
  private long began = -1;

  private long last;

  /// The end that the present connection was told last.
  private long endedAt;

  /// The newest publication of the present connection.
  private long newest;
  private long checked;
  private final Set<Long> seen = new HashSet<>();
  private final List<SimParser.SimGap> told = new ArrayList<>();

  /// Those of the present connection.
  private final List<SimParser.SimGap> toldHere = new ArrayList<>();
  private final Map<String, Publication> state = new HashMap<>();
  private boolean wholeState;
  private boolean unknownExpected;

  /// Whether the present connection came with something that is worth less than it says.
  private boolean brokenHere;

  SimKnowledge(SimTruth truth, String channel) {
    this.truth = truth;
    this.channel = channel;
    this.mode = truth.mode(channel);
  }

  /// The client forgets what it had and begins at `offset`, -1 if its next cursor will tell.
  void restart(long offset) {
    base = offset;
    began = -1;
    last = Math.max(0, offset);
    checked = last;
    seen.clear();
    told.clear();
    state.clear();
    wholeState = false;
    unknownExpected = false;
  }

  /// The client has begun, or comes, with something of which a gap must be told before anything
  /// else.
  void expectUnknown() {
    boolean none = mode == Retention.Mode.NONE;
    restart(none ? -1 : 0);
    unknownExpected = !none;
    brokenHere = true;
  }

  /// Another connection: an id that a log did not know it may know again.
  void connects() {
    unknownExpected = false;
    toldHere.clear();
    endedAt = 0;
    newest = 0;
    brokenHere = false;
  }

  /// The client comes with a position in the log under an id that it no longer has.
  ///
  /// @param offset the position, which may be a lie
  /// @param end the log's end
  void expectBreak(long offset, long end) {
    if (offset > end) {
      restart(-1);
    }
    unknownExpected = mode != Retention.Mode.NONE;
    brokenHere = true;
  }

  /// The log's past may differ after `offset`: what the client had beyond is worth nothing.
  private void backTo(long offset) {
    boolean fresh = base < 0;
    base = fresh ? offset : Math.min(base, offset);
    last = fresh ? offset : Math.min(last, offset);
    checked = fresh ? offset : Math.min(checked, offset);
    seen.removeIf(one -> one > offset);
  }

  /// The client began at a private start, when the log ended at `end`.
  void beginsPrivately(long end, boolean whole) {
    if (base < 0 && began < 0) {
      began = end;
      wholeState = whole;
    }
  }

  /// The channel's end was told: nothing up to there is still to come.
  void ended() {
    long promised = base >= 0 ? base : began;
    for (Publication end : truth.of(channel).tailMap(newest, true).values()) {
      if (end.end() && (promised < 0 || hasAll(promised, end.offset()))) {
        endedAt = end.offset();
        return;
      }
    }
    require(false, "an end that is none, or comes too early");
  }

  private boolean hasAll(long after, long upTo) {
    return after >= upTo
        || truth.of(channel).subMap(after, false, upTo, true).values().stream()
            .allMatch(this::excused);
  }

  void publication(Publication publication) {
    long offset = publication.offset();
    require(offset > endedAt, "after the end: " + publication);
    require(!unknownExpected, "a publication before the gap of an unknown cursor");
    require(offset > last, "again or out of order: " + publication + " after " + last);
    for (SimParser.SimGap gap : toldHere) {
      boolean within = offset > gap.from() && offset <= gap.to();
      require(!within || gap.state() || !gap.certain(), "told missing, and comes: " + publication);
    }
    if (mode == Retention.Mode.HISTORY && began >= 0 && offset <= began && !seen.isEmpty()) {
      for (Publication between : truth.of(channel).subMap(last, false, offset, false).values()) {
        require(toldOf(between.offset()), "left out after a start: " + between);
      }
    }
    last = offset;
    newest = offset;
    seen.add(offset);
    if (publication.deleted()) {
      state.remove(SimTruth.key(publication));
    } else {
      state.put(SimTruth.key(publication), publication);
    }
  }

  void gap(SimParser.SimGap gap) {
    require(mode != Retention.Mode.NONE, "a gap of a channel that keeps nothing: " + gap);
    unknownExpected = false;
    told.add(gap);
    toldHere.add(gap);
    if (gap.reason().equals("hole")) {
      require(truth.mayBeHole(channel, gap.from(), gap.to()), "a hole where nothing was: " + gap);
      for (Publication one : truth.of(channel).subMap(gap.from(), false, gap.to(), true).values()) {
        require(gap.state() || !truth.isThere(one), "a hole over " + one + ": " + gap);
      }
    }
    if (gap.reason().equals("log-changed")) {
      require(brokenHere, "the log has not changed: " + gap);
      backTo(gap.from());
    }
    if (gap.reason().equals("retention")) {
      require(gap.certain(), "the log knows what it let go: " + gap);
      boolean real = !truth.of(channel).subMap(gap.from(), false, gap.to(), true).isEmpty();
      require(real || truth.missed(channel), "a false gap: " + gap);
    }
    require(
        gap.state() == (mode == Retention.Mode.LATEST) || gap.reason().equals("hole"),
        "a gap's state: " + gap);
    if (gap.state()) {
      last = 0;
      newest = 0;
      endedAt = 0;
      seen.clear();
      state.clear();
      wholeState = true;
    }
  }

  /// The client remembers a plain cursor: of this channel it has everything up to there.
  void claims(long offset) {
    require(!unknownExpected, "a cursor before the gap of an unknown one");
    require(offset >= 0, "a cursor that lacks the log");
    if (base < 0) {
      base = began >= 0 ? began : offset;
      checked = base;
      if (began < 0) {
        last = Math.max(last, base);
      }
    }
    NavigableMap<Long, Publication> all = truth.of(channel);
    if (offset > checked) {
      for (Publication publication : all.subMap(checked, false, offset, true).values()) {
        require(excused(publication), "missed, not told: " + publication + " at cursor " + offset);
      }
      if (mode != Retention.Mode.LATEST) {
        checked = offset;
      }
    }
  }

  /// Nothing is under way and the client has everything up to `end`.
  void complete(long end) {
    claims(end);
    if (mode != Retention.Mode.LATEST) {
      return;
    }
    Map<String, Publication> present = new HashMap<>();
    boolean reused = false;
    for (Publication publication : truth.of(channel).values()) {
      if (reused) {
        // an ended channel was forgotten without tombstones; this is another one
        present.clear();
      }
      present.put(SimTruth.key(publication), publication);
      reused = publication.end();
    }
    if (reused) {
      return;
    }
    for (Publication publication : present.values()) {
      if (wholeState || publication.offset() > base) {
        Publication had = state.get(SimTruth.key(publication));
        boolean same = publication.deleted() ? had == null : SimTruth.same(had, publication);
        require(
            same
                || truth.deletedUnheard(publication)
                || truth.damaged(publication)
                || (!wholeState && toldOf(publication.offset())),
            "state: has " + had + " instead of " + publication);
      }
    }
  }

  private boolean excused(Publication publication) {
    return seen.contains(publication.offset())
        || mode == Retention.Mode.NONE
        || toldOf(publication.offset())
        || (mode == Retention.Mode.LATEST
            && (truth.overwritten(publication) || truth.deletedUnheard(publication)))
        || (wholeState && publication.deleted());
  }

  private boolean toldOf(long offset) {
    for (SimParser.SimGap gap : told) {
      if ((offset > gap.from() || gap.state()) && offset <= gap.to()) {
        return true;
      }
    }
    return false;
  }

  private void require(boolean kept, String what) {
    if (!kept) {
      throw new AssertionError(
          channel
              + ": "
              + what
              + " (base "
              + base
              + ", began "
              + began
              + ", last "
              + last
              + ", told "
              + told
              + ", truth "
              + truth.of(channel).values().stream().map(p -> p + " " + p.key()).toList()
              + ", held "
              + truth.held(channel)
              + ")");
    }
  }

  @Override
  public String toString() {
    return channel + " last " + last;
  }

  /// Positions of a private cursor are no claims, but where it began is known.
  static long began(SimTruth truth, Cursor cursor, String channel) {
    Cursor.Origin origin = cursor.origin();
    return origin == null ? -1 : truth.offsetIn(new Cursor(origin.began(), null), channel);
  }
}
