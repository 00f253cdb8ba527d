package dev.duet.server.hub;

import dev.duet.broker.LogIds;
import dev.duet.broker.Span;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Finds where a reader begins from what it brings: a cursor, or a start. The table in ADR 1, log
/// by log. Made and used on a loop; the stage completes there.
final class Beginnings {
  private final HubLoop loop;
  private final LogVector logs;
  private final @Nullable List<String>[] channels;
  private final long[] at;
  private final List<Gap> gaps = new ArrayList<>();
  private final @Nullable List<Span>[] spans;
  private final List<CompletableFuture<?>> asked = new ArrayList<>(1);

  /// Per log, the position that the reader came with if its whole state must come again before
  /// another is written.
  private final Cursor.@Nullable Position[] former;

  /// Logs of which the reader knows nothing.
  private final boolean[] unknown;

  /// Whether it is not known what the reader was told.
  private boolean vague;

  @SuppressWarnings("unchecked")
  private Beginnings(HubLoop loop, @Nullable List<String>[] channels) {
    this.loop = loop;
    this.logs = loop.logs();
    this.channels = channels;
    this.at = loop.present().clone();
    this.spans = new List[at.length];
    this.former = new Cursor.Position[at.length];
    this.unknown = new boolean[at.length];
  }

  /// Brings the loop to the logs' ends first, so that no honest cursor is ahead of it.
  ///
  /// @param channels per log those that are read, null where there are none
  /// @param plainNow whether [Start.Default] is [Start.Now] for all of them
  static CompletionStage<ReadPosition> find(
      HubLoop loop,
      @Nullable List<String>[] channels,
      @Nullable Cursor cursor,
      Start start,
      boolean plainNow) {
    loop.take();
    if (cursor != null && loop.logs().isAhead(cursor, loop.present())) {
      return loop.logs()
          .tails()
          .thenComposeAsync(
              ignored -> {
                loop.take();
                return known(loop, channels, cursor, start, plainNow);
              },
              loop::execute);
    }
    return known(loop, channels, cursor, start, plainNow);
  }

  private static CompletionStage<ReadPosition> known(
      HubLoop loop,
      @Nullable List<String>[] channels,
      @Nullable Cursor cursor,
      Start start,
      boolean plainNow) {
    var beginnings = new Beginnings(loop, channels);
    Cursor.Origin origin = null;
    if (cursor != null) {
      origin = cursor.origin();
      beginnings.from(cursor);
    } else if (!(start instanceof Start.Now || (plainNow && start instanceof Start.Default))) {
      origin = new Cursor.Origin(loop.logs().positions(loop.present()), start, List.of());
      beginnings.from(start);
    }
    return beginnings.position(origin);
  }

  // ---- a start

  private void from(Start start) {
    for (int l = 0; l < at.length; l++) {
      List<String> names = channels[l];
      if (names != null) {
        long asOf = at[l];
        at[l] = 0;
        int log = l;
        ask(l, names, start, asOf, found -> begin(log, found));
      }
    }
  }

  /// Where `start` lies as of `asOf`.
  private void ask(
      int l,
      List<String> names,
      Start start,
      long asOf,
      Function<List<Span>, CompletionStage<Void>> then) {
    asked.add(
        logs.log(l)
            .starts(names, start, asOf)
            .thenComposeAsync(then, loop::execute)
            .toCompletableFuture());
  }

  private CompletionStage<Void> begin(int l, List<Span> starts) {
    spans[l] = starts;
    return CompletableFuture.completedStage(null);
  }

  /// Whoever returns in the middle of a start goes on where it was (ADR 3).
  private CompletionStage<Void> goOn(int l, List<Span> starts, long began, Cursor.Origin origin) {
    long position = at[l];
    if (origin.told() == null) {
      return position == 0 ? begin(l, starts) : goOnVaguely(l, starts, position);
    }
    var later = new ArrayList<Span>(starts.size());
    for (Span start : starts) {
      String channel = start.channel();
      Cursor.Told told = origin.told(channel);
      if (told != null) {
        later.add(asTold(start, told, position));
      } else {
        boolean now = loop.feeds().beginsNow(channel, origin.start());
        later.add(Span.after(channel, now ? Math.max(position, began) : position));
      }
    }
    return begin(l, later);
  }

  /// If retention took more than was told, its start lies beyond that now.
  private Span asTold(Span start, Cursor.Told told, long position) {
    String channel = start.channel();
    if (loop.feeds().keepsLatest(channel)) {
      long after = told.after() < 0 ? position : Math.min(told.after(), position);
      return new Span(channel, after, Math.max(told.upTo(), after));
    }
    long after = Math.max(position, Math.min(start.after(), told.upTo()));
    return new Span(channel, after, Math.max(told.upTo(), after));
  }

  private CompletionStage<Void> goOnVaguely(int l, List<Span> starts, long position) {
    vague = true;
    var later = new ArrayList<Span>(starts.size());
    var cut = new ArrayList<CompletableFuture<?>>(0);
    for (Span start : starts) {
      boolean state = loop.feeds().keepsLatest(start.channel());
      if (!state && start.after() > position) {
        cut.add(mayBeCut(l, start.channel(), position));
      }
      later.add(state ? Span.after(start.channel(), position) : start.advancedTo(position));
    }
    spans[l] = later;
    return CompletableFuture.allOf(cut.toArray(CompletableFuture[]::new));
  }

  /// The start lies behind where the reader was: because it asked for no more, or because retention
  /// has moved on since. The second is told.
  private CompletableFuture<?> mayBeCut(int l, String channel, long position) {
    return logs.log(l)
        .info(channel)
        .thenAcceptAsync(
            info -> {
              long horizon = info.horizon();
              if (horizon > position) {
                var reason = Gap.Reason.RETENTION;
                gaps.add(new Gap(channel, position, horizon, reason, false, false));
              }
            },
            loop::execute)
        .toCompletableFuture();
  }

  // ---- a cursor

  private void from(Cursor cursor) {
    for (int l = 0; l < at.length; l++) {
      List<String> names = channels[l];
      if (names != null) {
        from(cursor, l, names);
      }
    }
  }

  private void from(Cursor cursor, int l, List<String> names) {
    long end = at[l];
    LogIds ids = logs.log(l).ids();
    long offset = ids.offsetIn(cursor.positions());
    Cursor.Origin origin = cursor.origin();
    if (offset < 0) {
      fromPast(cursor, l, names, ids);
    } else if (offset > end) {
      knowsNothing(l, names, Gap.Reason.UNKNOWN_OFFSET, end);
    } else if (origin != null) {
      long began = ids.offsetIn(origin.began());
      if (began < 0 || began > end) {
        knowsNothing(l, names, Gap.Reason.UNKNOWN_OFFSET, end);
      } else {
        at[l] = offset;
        ask(l, names, origin.start(), began, found -> goOn(l, found, began, origin));
      }
    } else {
      at[l] = offset;
    }
  }

  private void fromPast(Cursor cursor, int l, List<String> names, LogIds ids) {
    for (LogIds.Past past : ids.past()) {
      long offset = cursor.offsetIn(past.id());
      if (offset >= 0 && cursor.origin() == null) {
        at[l] = Math.min(offset, past.end());
        changed(l, names, new Cursor.Position(past.id(), offset));
        return;
      }
    }
    knowsNothing(l, names, Gap.Reason.UNKNOWN_LOG, at[l]);
  }

  /// The break of the log is told for every channel. Where the latest per key is kept the whole
  /// state follows, and until it has, the reader's cursor keeps its former position: if the
  /// connection drops, the break is told again.
  private void changed(int l, List<String> names, Cursor.Position came) {
    var after = new ArrayList<Span>(names.size());
    for (String name : names) {
      boolean state = loop.feeds().keepsLatest(name);
      if (!loop.feeds().keepsNothing(name)) {
        long to = state ? loop.present(l) : Math.max(at[l], came.offset());
        gaps.add(new Gap(name, at[l], to, Gap.Reason.LOG_CHANGED, false, state));
      }
      after.add(state ? new Span(name, 0, loop.present(l)) : Span.after(name, at[l]));
      former[l] = state ? came : former[l];
    }
    spans[l] = after;
  }

  /// The reader knows nothing of this log: all that is held, behind a gap.
  private void knowsNothing(int l, List<String> names, Gap.Reason reason, long asOf) {
    if (names.stream().allMatch(loop.feeds()::keepsNothing)) {
      at[l] = asOf;
      return;
    }
    at[l] = 0;
    unknown[l] = true;
    asked.add(
        logs.log(l)
            .starts(names, Start.HELD, asOf)
            .thenAcceptAsync(
                found -> {
                  spans[l] = found;
                  for (Span span : found) {
                    String name = span.channel();
                    if (!loop.feeds().keepsNothing(name)) {
                      boolean state = loop.feeds().keepsLatest(name);
                      boolean certain = span.told() > 0;
                      gaps.add(new Gap(name, 0, span.told(), reason, certain, state));
                    }
                  }
                },
                loop::execute)
            .toCompletableFuture());
  }

  // ---- the position

  private CompletionStage<ReadPosition> position(Cursor.@Nullable Origin origin) {
    if (asked.isEmpty()) {
      return CompletableFuture.completedStage(made(origin));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApplyAsync(ignored -> made(origin), loop::execute);
  }

  private ReadPosition made(Cursor.@Nullable Origin origin) {
    var position = new ReadPosition(loop.feeds(), logs, channels, at, known(origin), gaps);
    for (int l = 0; l < at.length; l++) {
      List<Span> found = spans[l];
      if (found != null) {
        position.spans(l, found);
      }
      position.former(l, former[l]);
    }
    if (vague) {
      position.vague();
    }
    return position;
  }

  /// The origin in terms of the present ids: a log of which the reader knows nothing began at 0.
  private Cursor.@Nullable Origin known(Cursor.@Nullable Origin origin) {
    if (origin == null) {
      return null;
    }
    var began = new ArrayList<Cursor.Position>(at.length);
    for (int l = 0; l < at.length; l++) {
      LogIds ids = logs.log(l).ids();
      long offset = ids.offsetIn(origin.began());
      long known = offset < 0 ? at[l] : offset;
      began.add(new Cursor.Position(ids.current(), unknown[l] ? 0 : known));
    }
    return new Cursor.Origin(began, origin.start(), List.of());
  }
}
