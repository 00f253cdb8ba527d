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
import java.util.List;
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
          if (core.isClosed()) {
            return CompletableFuture.failedFuture(new IOException("the log is closed"));
          }
          long tick = core.clock().tick();
          boolean all = true;
          for (String channel : channels) {
            all &= core.states().get(channel, tick) != null;
          }
          if (all) {
            return work.get();
          }
          var result = new CompletableFuture<T>();
          var relay = new LogCore.Relay<>(result);
          core.states().awaitAll(channels, tick, why -> begin(work, why, relay));
          return result;
        });
  }

  /// Under the lock. Throws nothing.
  private <T> void begin(
      Supplier<CompletableFuture<T>> work, @Nullable IOException why, LogCore.Relay<T> relay) {
    core.answer(relay);
    relay.failure = why;
    if (why == null) {
      try {
        relay.inner = work.get();
      } catch (RuntimeException | Error e) {
        relay.failure = e;
      }
    }
  }

  /// Runs something that reads files, and completes with what it returns.
  private <T> CompletableFuture<T> onIo(Question<T> question) {
    var answer = new CompletableFuture<T>();
    var failing = new LogCore.Relay<>(answer);
    core.onIo(
        () -> {
          try {
            answer.complete(question.ask());
          } catch (IOException | RuntimeException | Error e) {
            core.failed(e);
            failing.failure = e;
            failing.give();
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
          try {
            return onIo(() -> page(request, view));
          } catch (RuntimeException | Error e) {
            view.close();
            throw e;
          }
        });
  }

  /// A page is made again if records moved from one open segment to another meanwhile, or if one of
  /// a channel that keeps the latest per key cannot be read: then it begins with a gap.
  private Page page(ReadRequest request, View first) throws IOException {
    View view = first;
    for (int tries = 1; ; tries++) {
      Page page = null;
      Way.KeyedDamageException damage = null;
      try (View one = view) {
        page = new Reader(one, request, this::isDamaged).page();
      } catch (Way.KeyedDamageException e) {
        damage = e;
      }
      View now = again(request, view, damage);
      if (now == null && page != null) {
        return page;
      }
      if (now == null || tries == TRIES) {
        if (now != null) {
          now.close();
        }
        throw damage == null ? new IOException("the log changes too fast") : damage;
      }
      view = now;
    }
  }

  /// Another view, if the page must be made again.
  private @Nullable View again(
      ReadRequest request, View view, Way.@Nullable KeyedDamageException damage) {
    return core.locked(
        () -> {
          boolean moved = store.rescues() != view.rescues();
          if (damage != null && !moved) {
            damaged(damage);
          }
          return damage != null || moved ? view(request) : null;
        });
  }

  private void isDamaged(String message) {
    damaged.incrementAndGet();
    LOG.log(System.Logger.Level.ERROR, message);
  }

  /// How often a record could not be read.
  long damaged() {
    return damaged.get();
  }

  private void damaged(Way.KeyedDamageException e) {
    if (core.states().get(e.channel(), core.clock().tick()) instanceof KeyedState state) {
      Evictions.damaged(state, e.offset());
    }
  }

  /// Under the lock.
  private View view(ReadRequest request) {
    long now = core.clock().age();
    long upTo = Math.min(request.upTo(), core.position());
    var bounds = new Part.Bounds(upTo, Math.max(1, request.maxCount()), request.backwards(), now);
    if (core.isClosed()) {
      throw new UncheckedIOException(new IOException("the log is closed"));
    }
    Snapshot snapshot = store.snapshot();
    try {
      var parts = new ArrayList<Part>(request.spans().size());
      long lowest = upTo;
      for (Span span : request.spans()) {
        lowest = Math.min(lowest, span.after());
        parts.add(part(span, snapshot.segments(), bounds));
      }
      return new View(
          snapshot, parts, core.holes().within(lowest, upTo), upTo, now, store.rescues());
    } catch (IOException e) {
      snapshot.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      snapshot.close();
      throw e;
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
    if (horizon > state.horizon() || horizon == state.hole()) {
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
          var states = new ArrayList<ChannelState>(channels.size());
          boolean files = false;
          for (String channel : channels) {
            ChannelState state = core.state(channel);
            states.add(state instanceof HistoryTail tail ? tail.copy() : state);
            files |= state instanceof HistoryTail || start instanceof Start.Since;
          }
          if (!files) {
            return CompletableFuture.completedFuture(
                states.stream().map(one -> keyed(one, start, asOf, 0)).toList());
          }
          return new Pins<List<Span>>(core, states)
              .during(() -> onIo(() -> spans(states, start, asOf)));
        });
  }

  private List<Span> spans(List<ChannelState> states, Start start, long asOf) throws IOException {
    var spans = new ArrayList<Span>();
    for (ChannelState state : states) {
      long now = core.clock().age();
      if (Starts.isNow(state.family(), start)) {
        spans.add(Span.after(state.name(), asOf));
      } else if (state instanceof HistoryTail tail) {
        spans.add(look(state.name(), runs -> Starts.history(tail, runs, start, asOf, now)));
      } else {
        long since = start instanceof Start.Since time ? since(state.name(), time.time()) : 0;
        spans.add(core.locked(() -> keyed(state, start, asOf, since)));
      }
    }
    return spans;
  }

  /// Under the lock.
  private Span keyed(ChannelState state, Start start, long asOf, long since) {
    KeyedState keyed = (KeyedState) state;
    return Starts.keyed(keyed, start, asOf, horizon(keyed, asOf), since);
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

  /// What is asked about the runs of a channel.
  @FunctionalInterface
  interface Look<T> {
    T at(ChannelRuns runs) throws IOException;
  }

  /// Looks at all runs of a channel, off the lock.
  <T> CompletableFuture<T> ask(String channel, Look<T> look) {
    return onIo(() -> look(channel, look));
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
          return ask(channel, runs -> Starts.info(tail, runs, now));
        });
  }
}
