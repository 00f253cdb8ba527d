package dev.duet.server.hub;

import dev.duet.broker.Page;
import dev.duet.broker.Span;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where somebody stands who is not live: a vector, and per log the spans that are still to be
/// read. The only place that knows what a cursor means in the middle of a catch-up (ADR 1).
/// Confined to a loop.
final class ReadPosition {
  private final Feeds feeds;
  private final LogVector logs;
  private final long[] at;
  private final @Nullable List<Span>[] spans;
  private final Cursor.@Nullable Origin origin;

  /// Per log, what its cursor says instead of the position until the whole state has come again.
  private final Cursor.@Nullable Position[] former;

  /// Gaps that must be told before anything else.
  private final List<Gap> first;

  /// Whether what the reader was told before it returned is not known.
  private boolean vague;

  /// Whether it is read backwards: then a cursor says where it is in no channel.
  private boolean backwards;

  /// Whether it is read page by page, each with a cursor of the one before.
  private boolean paged;

  /// @param channels per log those that are read, null where there are none
  /// @param at the position in every log; owned by this from now on
  @SuppressWarnings("unchecked")
  ReadPosition(
      Feeds feeds,
      LogVector logs,
      @Nullable List<String>[] channels,
      long[] at,
      Cursor.@Nullable Origin origin,
      List<Gap> first) {
    this.feeds = feeds;
    this.logs = logs;
    this.at = at;
    this.origin = origin;
    this.first = first;
    this.former = new Cursor.Position[at.length];
    this.spans = new List[at.length];
    for (int l = 0; l < at.length; l++) {
      List<String> names = channels[l];
      if (names != null) {
        long after = at[l];
        spans[l] = names.stream().map(name -> Span.after(name, after)).toList();
      }
    }
  }

  /// Replaces the spans of a log.
  void spans(int log, List<Span> value) {
    spans[log] = value;
  }

  /// Until everything up to the position has been offered again, cursors say this for the log.
  void former(int log, Cursor.@Nullable Position value) {
    former[log] = value;
  }

  /// It is read page by page: a plain cursor, which others share, cannot say what was told beyond
  /// the position, nor how much of a state has come again, so that the reader gets one of its own
  /// meanwhile.
  void paged() {
    paged = true;
  }

  /// What the reader was told before it returned is not known.
  void vague() {
    vague = true;
  }

  /// Only these channels are still read.
  void retain(Collection<String> channels) {
    for (int l = 0; l < at.length; l++) {
      List<Span> asked = spans[l];
      if (asked != null) {
        List<Span> kept = asked.stream().filter(span -> channels.contains(span.channel())).toList();
        spans[l] = kept.isEmpty() ? null : kept;
      }
    }
    first.removeIf(gap -> !channels.contains(gap.channel()));
  }

  /// The channel is no longer read.
  void leave(int log, String channel) {
    List<Span> asked = spans[log];
    if (asked != null) {
      List<Span> kept = asked.stream().filter(span -> !span.channel().equals(channel)).toList();
      spans[log] = kept.isEmpty() ? null : kept;
    }
    first.removeIf(gap -> gap.channel().equals(channel));
  }

  List<Gap> first() {
    return first;
  }

  /// The gaps were told.
  void toldFirst() {
    first.clear();
  }

  /// The position moves to where the spans begin, if they lie further: what is before was not asked
  /// for.
  void advanceToSpans() {
    for (int l = 0; l < at.length; l++) {
      List<Span> asked = spans[l];
      if (asked != null) {
        long least = Long.MAX_VALUE;
        for (Span span : asked) {
          least = Math.min(least, span.after());
        }
        at[l] = Math.max(at[l], least);
      }
    }
  }

  boolean isPrivate() {
    return origin != null;
  }

  /// The text of the cursor at `offset` of `log`, for one who reads backwards; null if other logs
  /// are read as well, whose place is then not known.
  @Nullable String cursorAt(int log, long offset) {
    for (int l = 0; l < at.length; l++) {
      if (l != log && spans[l] != null) {
        return null;
      }
    }
    backwards = true;
    long[] vector = at.clone();
    vector[log] = offset;
    return text(vector, List.of());
  }

  /// What is still to be read of a log; null if nothing is asked of it.
  @Nullable List<Span> spans(int log) {
    return spans[log];
  }

  long at(int log) {
    return at[log];
  }

  long[] vector() {
    return at.clone();
  }

  /// Logs that nobody asked for are at the loop's position.
  void idleLogsAt(long[] present) {
    for (int l = 0; l < at.length; l++) {
      if (spans[l] == null) {
        at[l] = Math.max(at[l], present[l]);
      }
    }
  }

  /// The cursor's text, as it stands.
  String cursor() {
    return text(at, told(-1, 0));
  }

  /// The cursor's text after a whole page, whose reader was told of what it comes back with: so it
  /// says how far a state has come instead of a former position, if there is room for that.
  String cursorOfPage() {
    if (backwards || !hasFormer()) {
      return cursor();
    }
    Cursor.@Nullable Position[] came = former.clone();
    Arrays.fill(former, null);
    String text = cursor();
    Cursor.Origin said = Cursor.parse(text).origin();
    if (said == null || said.told() != null) {
      return text;
    }
    System.arraycopy(came, 0, former, 0, came.length);
    return cursor();
  }

  /// The cursor's text just after the item at `offset` of `log`.
  String cursorAfter(int log, long offset) {
    List<Cursor.Told> told = told(log, offset);
    if (offset <= at[log]) {
      return text(at, told);
    }
    long before = at[log];
    Cursor.Position came = former[log];
    at[log] = offset;
    former[log] = null;
    String text = text(at, told);
    at[log] = before;
    former[log] = came;
    return text;
  }

  /// The channels that a cursor must name: where the reader does not simply go on at the position.
  /// In the middle of a page that begins with a gap it has not been told of that, so that whoever
  /// is cut there is told again.
  ///
  /// @param log of which everything up to `offset` is offered as well
  private List<Cursor.Told> told(int log, long offset) {
    if (backwards || (origin == null && (!paged || hasFormer()))) {
      return List.of();
    }
    var told = new ArrayList<Cursor.Told>(0);
    for (int l = 0; l < at.length; l++) {
      long position = l == log ? Math.max(at[l], offset) : at[l];
      for (Span span : spansOf(l)) {
        long after = l == log ? Math.max(span.after(), offset) : span.after();
        boolean behind = after < position;
        if ((behind && former[l] == null) || isTold(l, span, position)) {
          told.add(new Cursor.Told(span.channel(), span.told(), behind ? after : -1));
        }
      }
    }
    return told;
  }

  /// Whether cursors say a former position of some log: such a cursor says nothing else.
  private boolean hasFormer() {
    for (Cursor.Position came : former) {
      if (came != null) {
        return true;
      }
    }
    return false;
  }

  /// Whether the reader knows of something beyond its position that it misses, and not because it
  /// asked for nothing of before it began.
  private boolean isTold(int log, Span span, long position) {
    if (span.told() <= position) {
      return false;
    }
    if (origin == null) {
      return true;
    }
    long began = Cursor.offsetIn(origin.began(), logs.log(log).ids().current());
    return span.told() != began || !feeds.beginsNow(span.channel(), origin.start());
  }

  /// The gap as it is told to this reader. If it returned with a cursor that has no room for what
  /// it was told, it may have had the whole state that the gap is about.
  Gap asTold(Gap gap) {
    return gap.state() && vague
        ? new Gap(gap.channel(), gap.from(), gap.to(), gap.reason(), false, true)
        : gap;
  }

  /// Everything of `log` up to `offset` has been offered.
  void advance(int log, long offset) {
    List<Span> old = spans[log];
    if (old != null) {
      var advanced = new ArrayList<Span>(old.size());
      for (Span span : old) {
        advanced.add(span.advancedTo(offset));
      }
      spans[log] = advanced;
    }
    if (offset >= at[log]) {
      at[log] = offset;
      former[log] = null;
    }
  }

  /// A whole page of `log` has been offered, or its first `items` if not all.
  void advance(int log, Page page) {
    for (Item item : page.items()) {
      if (item instanceof Gap gap) {
        told(log, gap);
      }
    }
    advance(log, page.completeTo());
  }

  private void told(int log, Gap gap) {
    List<Span> old = spans[log];
    if (old == null) {
      return;
    }
    var changed = new ArrayList<Span>(old.size());
    for (Span span : old) {
      boolean same = span.channel().equals(gap.channel());
      long after = gap.state() ? 0 : span.after();
      changed.add(same ? new Span(span.channel(), after, Math.max(span.told(), gap.to())) : span);
    }
    spans[log] = changed;
  }

  /// Whether everything of every log up to `present` has been offered.
  boolean completeAt(long[] present) {
    for (int l = 0; l < at.length; l++) {
      if (!completeAt(l, present[l])) {
        return false;
      }
    }
    return first.isEmpty();
  }

  /// Whether everything of `log` up to `present` has been offered.
  boolean completeAt(int log, long present) {
    List<Span> asked = spans[log];
    if (asked == null) {
      return true;
    }
    for (Span span : asked) {
      if (span.after() < present) {
        return false;
      }
    }
    return true;
  }

  /// Whether everything of one channel up to `offset` has been offered.
  boolean complete(int log, String channel, long offset) {
    for (Span span : spansOf(log)) {
      if (span.channel().equals(channel)) {
        return span.after() >= offset;
      }
    }
    return false;
  }

  /// The spans of a log, none if nothing is asked of it.
  List<Span> spansOf(int log) {
    List<Span> asked = spans[log];
    return asked == null ? List.of() : asked;
  }

  /// A page was read backwards to `offset`: what lies before it is next.
  void backTo(int log, long offset) {
    backwards = true;
    at[log] = offset;
  }

  private String text(long[] vector, List<Cursor.Told> told) {
    if (origin == null && told.isEmpty() && !hasFormer()) {
      return logs.text(vector);
    }
    List<Cursor.Position> positions = logs.positions(vector, former);
    Cursor.Origin from = null;
    if (origin != null) {
      from = new Cursor.Origin(origin.began(), origin.start(), backwards ? null : told);
    } else if (!told.isEmpty()) {
      from = new Cursor.Origin(logs.positions(vector), Start.NOW, told);
    }
    return new Cursor(positions, from).toString();
  }

  @Override
  public String toString() {
    return cursor() + " " + Arrays.toString(spans);
  }
}
