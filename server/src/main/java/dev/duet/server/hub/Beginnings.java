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
import org.jspecify.annotations.Nullable;

/// Finds where a reader begins from what it brings: a cursor, or a start. The table in ADR 1, log
/// by log.
/// Made and used on a loop; the stage completes there.
final class Beginnings {
  private final HubLoop loop;
  private final LogVector logs;
  private final @Nullable List<String>[] channels;
  private final long[] at;
  private final List<Gap> gaps = new ArrayList<>();
  private final @Nullable List<Span>[] spans;
  private final List<CompletableFuture<?>> asked = new ArrayList<>(1);

  @SuppressWarnings("unchecked")
  private Beginnings(HubLoop loop, @Nullable List<String>[] channels) {
    this.loop = loop;
    this.logs = loop.logs();
    this.channels = channels;
    this.at = loop.present().clone();
    this.spans = new List[at.length];
  }

  /// @param channels per log those that are read, null where there are none
  /// @param plainNow whether [Start.Default] is [Start.Now] for all of them
  static CompletionStage<ReadPosition> find(
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
      origin = new Cursor.Origin(loop.logs().positions(loop.present()), start);
      beginnings.from(start);
    }
    return beginnings.position(origin);
  }

  private void from(Start start) {
    for (int l = 0; l < at.length; l++) {
      List<String> names = channels[l];
      if (names != null) {
        long asOf = at[l];
        at[l] = 0;
        ask(l, names, start, asOf, 0);
      }
    }
  }

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
    long offset = cursor.offsetIn(ids.current());
    Cursor.Origin origin = cursor.origin();
    if (offset < 0) {
      fromPast(cursor, l, names, ids);
    } else if (offset > end) {
      afresh(l, names, Gap.Reason.UNKNOWN_OFFSET, end);
    } else if (origin != null) {
      long began = Cursor.offsetIn(origin.began(), ids.current());
      if (began < 0 || began > end) {
        afresh(l, names, Gap.Reason.UNKNOWN_OFFSET, end);
      } else {
        at[l] = offset;
        ask(l, names, origin.start(), began, offset);
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
        for (String name : names) {
          boolean state = keepsLatest(name);
          gaps.add(
              new Gap(name, at[l], Math.max(at[l], offset), Gap.Reason.LOG_CHANGED, false, state));
        }
        stateAfresh(l, names);
        return;
      }
    }
    afresh(l, names, Gap.Reason.UNKNOWN_LOG, at[l]);
  }

  /// After a break the state of a channel that keeps the latest per key comes whole.
  private void stateAfresh(int l, List<String> names) {
    var changed = new ArrayList<Span>(names.size());
    for (String name : names) {
      changed.add(keepsLatest(name) ? new Span(name, 0, loop.present(l)) : Span.after(name, at[l]));
    }
    spans[l] = changed;
  }

  /// The reader knows nothing of this log: all that is held, behind a gap.
  private void afresh(int l, List<String> names, Gap.Reason reason, long asOf) {
    at[l] = 0;
    asked.add(
        logs.log(l)
            .starts(names, Start.HELD, asOf)
            .thenAcceptAsync(
                found -> {
                  spans[l] = found;
                  for (Span span : found) {
                    gaps.add(
                        new Gap(
                            span.channel(),
                            0,
                            span.told(),
                            reason,
                            true,
                            keepsLatest(span.channel())));
                  }
                },
                loop::execute)
            .toCompletableFuture());
  }

  private void ask(int l, List<String> names, Start start, long asOf, long position) {
    asked.add(
        logs.log(l)
            .starts(names, start, asOf)
            .thenComposeAsync(found -> from(l, found, position), loop::execute)
            .toCompletableFuture());
  }

  private CompletionStage<?> from(int l, List<Span> starts, long position) {
    if (position == 0) {
      spans[l] = starts;
      return CompletableFuture.completedStage(null);
    }
    var later = new ArrayList<Span>(starts.size());
    var cut = new ArrayList<CompletableFuture<?>>(0);
    for (Span start : starts) {
      boolean wholeState = start.after() < start.told();
      if (!wholeState && start.after() > position) {
        cut.add(mayBeCut(l, start.channel(), position));
      }
      later.add(wholeState ? Span.after(start.channel(), position) : start.advancedTo(position));
    }
    spans[l] = later;
    return CompletableFuture.allOf(cut.toArray(CompletableFuture[]::new));
  }

  /// The start lies behind where the reader was: because it asked for no more, or because retention has
  /// moved on since. The second is told, as uncertain (ADR 3).
  private CompletableFuture<?> mayBeCut(int l, String channel, long position) {
    return logs.log(l)
        .info(channel)
        .thenAcceptAsync(
            info -> {
              if (info.horizon() > position) {
                gaps.add(
                    new Gap(
                        channel, position, info.horizon(), Gap.Reason.RETENTION, false, false));
              }
            },
            loop::execute)
        .toCompletableFuture();
  }

  private CompletionStage<ReadPosition> position(Cursor.@Nullable Origin origin) {
    if (asked.isEmpty()) {
      return CompletableFuture.completedStage(made(origin));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApplyAsync(ignored -> made(origin), loop::execute);
  }

  private ReadPosition made(Cursor.@Nullable Origin origin) {
    var position = new ReadPosition(logs, channels, at, origin, gaps);
    for (int l = 0; l < at.length; l++) {
      List<Span> found = spans[l];
      if (found != null) {
        position.spans(l, found);
      }
    }
    return position;
  }

  private boolean keepsLatest(String channel) {
    return loop.keepsLatest(channel);
  }
}
