package dev.duet.broker.disk;

import dev.duet.broker.Log.ChannelInfo;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Span;
import dev.duet.broker.disk.ChannelRuns.Mark;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Store;
import dev.duet.protocol.Gap.Reason;
import dev.duet.protocol.Start;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Answers questions about a log: looks at states under the lock, at files off it.
final class Reading {
  /// How often a question is asked again because what it looked at was replaced or damaged.
  private static final int TRIES = 100;

  private static final System.Logger LOG = System.getLogger("dev.duet.broker.disk");

  private final LogCore core;
  private final Store store;
  private final Committing committing;
  private final AtomicLong damaged = new AtomicLong();

  Reading(LogCore core, Store store, Committing committing) {
    this.core = core;
    this.store = store;
    this.committing = committing;
  }

  /// Works under the lock when the states of all these channels are loaded.
  <T> CompletableFuture<T> withStates(List<String> channels, Supplier<CompletableFuture<T>> work) {
    return core.locked(
        () -> {
          long tick = core.clock().tick();
          boolean all = true;
          for (String channel : channels) {
            all &= core.states().get(channel, tick) != null;
          }
          if (all) {
            return work.get();
          }
          var result = new CompletableFuture<T>();
          core.states()
              .awaitAll(
                  channels,
                  tick,
                  why ->
                      core.relay(
                          why == null ? work.get() : CompletableFuture.failedFuture(why), result));
          return result;
        });
  }

  /// Runs something that reads files, and completes with what it returns.
  private <T> CompletableFuture<T> onIo(Question<T> question) {
    var answer = new CompletableFuture<T>();
    core.onIo(
        () -> {
          try {
            answer.complete(question.ask());
          } catch (IOException e) {
            core.failed(e);
            answer.completeExceptionally(e);
          } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
          }
        },
        () -> answer.completeExceptionally(new IOException("the log is closed")));
    return answer;
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask() throws IOException;
  }

  // ---- pages

  CompletableFuture<Page> read(ReadRequest request) {
    List<String> channels = request.spans().stream().map(Span::channel).toList();
    return withStates(
        channels,
        () -> {
          View view = view(request);
          return onIo(() -> page(request, view));
        });
  }

  private Page page(ReadRequest request, View first) throws IOException {
    View view = first;
    for (int tries = 1; ; tries++) {
      try (View one = view) {
        return new Reader(one, request, this::isDamaged).page();
      } catch (Way.KeyedDamageException e) {
        if (tries == TRIES) {
          throw e;
        }
        view =
            core.locked(
                () -> {
                  damaged(e);
                  return view(request);
                });
      }
    }
  }

  private void isDamaged(String message) {
    damaged.incrementAndGet();
    LOG.log(System.Logger.Level.ERROR, message);
  }

  /// How often a record could not be read.
  long damaged() {
    return damaged.get();
  }

  /// A record of a channel that keeps the latest per key is gone: its readers are told like of a
  /// hole.
  private void damaged(Way.KeyedDamageException e) {
    if (core.states().get(e.channel(), core.clock().tick()) instanceof KeyedState state) {
      int slot = state.at(e.offset());
      if (slot >= 0) {
        state.remove(slot);
        core.holes().add(e.offset() - 1, e.offset());
      }
    }
  }

  /// Under the lock.
  private View view(ReadRequest request) {
    long now = core.clock().age();
    long upTo = Math.min(request.upTo(), core.position());
    var bounds = new Part.Bounds(upTo, Math.max(1, request.maxCount()), request.backwards(), now);
    Snapshot snapshot = store.snapshot();
    try {
      var parts = new ArrayList<Part>(request.spans().size());
      long lowest = upTo;
      for (Span span : request.spans()) {
        lowest = Math.min(lowest, span.after());
        parts.add(part(span, snapshot.segments(), bounds));
      }
      return new View(snapshot, parts, core.holes().within(lowest, upTo), upTo, now);
    } catch (IOException e) {
      snapshot.close();
      throw new UncheckedIOException(e);
    }
  }

  private Part part(Span span, List<Segment> segments, Part.Bounds bounds) throws IOException {
    ChannelState state = core.state(span.channel());
    if (state instanceof KeyedState keyed) {
      long horizon = horizon(keyed, bounds.upTo());
      return Part.ofKeyed(span, keyed, horizon, reason(keyed, horizon), segments, bounds);
    }
    return Part.ofHistory(span, (HistoryTail) state, segments, bounds);
  }

  /// A hole is a horizon for a channel that keeps the latest per key: what is held may be older
  /// than what it hides.
  private long horizon(KeyedState state, long upTo) {
    return Math.max(state.horizon(), core.holes().lastBefore(upTo));
  }

  private static Reason reason(KeyedState state, long horizon) {
    if (horizon > state.horizon()) {
      return Reason.HOLE;
    }
    if (horizon == state.moved()) {
      return Reason.MOVED;
    }
    return state.certain() ? Reason.RETENTION : Reason.FORGOTTEN;
  }

  // ---- starts and what is held

  CompletableFuture<List<Span>> starts(List<String> channels, Start start, long asOf) {
    boolean now = true;
    for (String channel : channels) {
      now &= Starts.isNow(core.families().of(channel), start);
    }
    if (now) {
      return CompletableFuture.completedFuture(
          channels.stream().map(channel -> Span.after(channel, asOf)).toList());
    }
    return withStates(
        channels,
        () -> {
          Map<String, HistoryTail> tails = tails(channels);
          boolean inMemory = tails.isEmpty() && !(start instanceof Start.Since);
          return inMemory
              ? CompletableFuture.completedFuture(keyedSpans(channels, start, asOf))
              : onIo(() -> spans(channels, tails, start, asOf));
        });
  }

  private Map<String, HistoryTail> tails(List<String> channels) {
    var tails = new LinkedHashMap<String, HistoryTail>();
    for (String channel : channels) {
      if (core.state(channel) instanceof HistoryTail tail) {
        tails.put(channel, tail.copy());
      }
    }
    return tails;
  }

  private List<Span> spans(
      List<String> channels, Map<String, HistoryTail> tails, Start start, long asOf)
      throws IOException {
    var spans = new ArrayList<Span>();
    for (String channel : channels) {
      HistoryTail tail = tails.get(channel);
      long now = core.clock().age();
      if (Starts.isNow(core.families().of(channel), start)) {
        spans.add(Span.after(channel, asOf));
      } else if (tail != null) {
        spans.add(look(channel, runs -> Starts.history(tail, runs, start, asOf, now)));
      } else {
        spans.add(keyedSpan(channel, start, asOf));
      }
    }
    return spans;
  }

  private Span keyedSpan(String channel, Start start, long asOf) throws IOException {
    long since = start instanceof Start.Since time ? since(channel, time.time()) : 0;
    return withStates(
            List.of(channel),
            () -> CompletableFuture.completedFuture(keyedSpan(channel, start, asOf, since)))
        .join();
  }

  /// Under the lock.
  private Span keyedSpan(String channel, Start start, long asOf, long since) {
    KeyedState state = (KeyedState) core.state(channel);
    return Starts.keyed(state, start, asOf, horizon(state, asOf), since);
  }

  /// Under the lock.
  private List<Span> keyedSpans(List<String> channels, Start start, long asOf) {
    return channels.stream().map(channel -> keyedSpan(channel, start, asOf, 0)).toList();
  }

  /// Offset of the channel's first record at or after a time, or 0.
  private long since(String channel, long time) throws IOException {
    return look(
        channel,
        runs -> {
          Mark first = runs.first();
          Mark found = first == null ? null : runs.since(time, channel, first);
          return found == null ? 0L : found.spot.offset;
        });
  }

  @FunctionalInterface
  private interface Look<T> {
    T at(ChannelRuns runs) throws IOException;
  }

  /// Looks at all runs of a channel; again if records moved from one open segment to another
  /// meanwhile.
  private <T> T look(String channel, Look<T> look) throws IOException {
    for (int tries = 1; ; tries++) {
      int before = store.rescues();
      try (Snapshot snapshot = store.snapshot()) {
        T found = look.at(new ChannelRuns(snapshot, channel, core.lock()));
        if (tries == TRIES || core.locked(store::rescues) == before) {
          return found;
        }
      }
    }
  }

  CompletableFuture<ChannelInfo> info(String channel) {
    return withStates(
        List.of(channel),
        () -> {
          ChannelState state = core.state(channel);
          long now = core.clock().age();
          if (!state.isHeld(now)) {
            return CompletableFuture.completedFuture(new ChannelInfo(channel, 0, 0, 0, 0, 0));
          }
          if (state instanceof KeyedState keyed) {
            return CompletableFuture.completedFuture(
                new ChannelInfo(
                    channel,
                    keyed.count(),
                    keyed.bytes(),
                    Math.max(keyed.offset, keyed.horizon()),
                    keyed.horizon(),
                    keyed.endedAt(now)));
          }
          HistoryTail tail = ((HistoryTail) state).copy();
          return onIo(() -> look(channel, runs -> Starts.info(tail, runs, now)));
        });
  }

  // ---- trim

  /// Forgets what a channel holds up to `before`; completes when that is committed.
  ///
  /// @param appended is run under the lock when there is something to commit
  CompletableFuture<Void> trim(String channel, long before, Runnable appended) {
    return withStates(
        List.of(channel),
        () -> {
          long upTo = Math.min(before, core.position());
          ChannelState state = core.state(channel);
          if (state instanceof KeyedState keyed) {
            return trimKeyed(keyed, upTo, appended);
          }
          state.pins++;
          HistoryTail tail = ((HistoryTail) state).copy();
          long now = core.clock().age();
          return onIo(() -> look(channel, runs -> lastHeld(tail, runs, upTo, now)))
              .handle((last, failure) -> begin(state, last, upTo, failure, appended))
              .thenCompose(done -> done);
        });
  }

  /// Offset of the last record up to one that is held, or 0.
  private static long lastHeld(HistoryTail tail, ChannelRuns runs, long upTo, long now)
      throws IOException {
    Mark first = runs.firstHeld(tail, now);
    Mark last = runs.lastUpTo(upTo);
    return first == null || last == null || last.spot.offset < first.spot.offset
        ? 0
        : last.spot.offset;
  }

  private CompletableFuture<Void> begin(
      ChannelState state,
      @Nullable Long last,
      long before,
      @Nullable Throwable failure,
      Runnable appended) {
    return core.locked(
        () -> {
          if (failure != null || last == null || last == 0) {
            state.pins--;
            return failure == null
                ? CompletableFuture.<Void>completedFuture(null)
                : CompletableFuture.<Void>failedFuture(failure);
          }
          var done = new CompletableFuture<Void>();
          committing.trim(new Batch.Trim(state, 0, 0, last, before, done));
          appended.run();
          return done;
        });
  }

  private CompletableFuture<Void> trimKeyed(KeyedState state, long upTo, Runnable appended) {
    String channel = state.name();
    var tentative = core.pending().of(channel);
    Entry ending = tentative == null ? null : tentative.end();
    if (ending != null) {
      return ending.answer().thenCompose(receipt -> trim(channel, upTo, appended));
    }
    if (state.end) {
      int last = state.slotDown(state.after(upTo) - 1);
      state.pins++;
      return begin(state, last < 0 ? 0 : state.offsetAt(last), upTo, null, appended);
    }
    committing.trimmed(channel, upTo);
    return committing
        .retainer()
        .trim(state, upTo)
        .thenCompose(
            begun ->
                core.locked(
                    () -> {
                      if (committing.isWaiting()) {
                        appended.run();
                      }
                      return committing.own(channel);
                    }));
  }
}
