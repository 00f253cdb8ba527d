package dev.duet.broker.disk;

import dev.duet.broker.NotCommittedException;
import dev.duet.broker.Receipt;
import dev.duet.broker.disk.ChannelRuns.Mark;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Trims channels. Of a history, and of a channel that has ended, a record says up to where. Of a
/// channel that keeps the latest per key each key gets a tombstone; one that has a publication
/// under way gets none, since that takes the key's place: the trim waits for it, and fails if it
/// failed, because what was held of the key still is.
final class Trimming {
  private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

  private final LogCore core;
  private final Reading reading;
  private final Committing committing;
  private final Runnable appended;

  /// @param appended is run under the lock when there is something to commit
  Trimming(LogCore core, Reading reading, Committing committing, Runnable appended) {
    this.core = core;
    this.reading = reading;
    this.committing = committing;
    this.appended = appended;
  }

  /// Forgets what a channel holds up to `before`; completes when that is committed.
  CompletableFuture<Void> trim(String channel, long before) {
    return reading.withStates(
        List.of(channel),
        () -> {
          long upTo = Math.min(before, core.position());
          ChannelState state = core.state(channel);
          if (state instanceof KeyedState keyed) {
            return keyed(keyed, upTo);
          }
          HistoryTail tail = ((HistoryTail) state).copy();
          long now = core.clock().age();
          var trim = new Recorded(state, upTo);
          state.pins++;
          try {
            var unused =
                reading.ask(channel, runs -> lastHeld(tail, runs, upTo, now)).whenComplete(trim);
          } catch (RuntimeException | Error e) {
            state.pins--;
            throw e;
          }
          return trim.done;
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

  /// A trim that is a record. Its state is pinned until it is committed or failed, and to fail
  /// needs no memory.
  private final class Recorded
      implements BiConsumer<@Nullable Long, @Nullable Throwable>, Supplier<@Nullable Void> {
    private final ChannelState state;
    private final long before;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final LogCore.Relay<Void> answer = new LogCore.Relay<>(done);
    private long last;

    Recorded(ChannelState state, long before) {
      this.state = state;
      this.before = before;
    }

    /// @param upTo offset of the last record that goes, or 0
    @Override
    public void accept(@Nullable Long upTo, @Nullable Throwable failure) {
      last = upTo == null ? 0 : upTo;
      answer.failure = failure;
      core.locked(this);
    }

    @Override
    public @Nullable Void get() {
      if (answer.failure == null && last > 0 && isBegun()) {
        appended.run();
      } else {
        state.pins--;
        if (answer.failure == null) {
          answer.inner = DONE;
        }
        core.answer(answer);
      }
      return null;
    }

    private boolean isBegun() {
      try {
        if (core.isClosed()) {
          throw new IOException("the log is closed");
        }
        committing.trim(new Batch.Trim(state, 0, 0, last, before, done));
        return true;
      } catch (IOException | RuntimeException | Error e) {
        answer.failure = e;
        return false;
      }
    }
  }

  // ---- the latest per key

  private CompletableFuture<Void> keyed(KeyedState state, long upTo) {
    String channel = state.name();
    var tentative = core.pending().of(channel);
    Entry ending = tentative == null ? null : tentative.end();
    if (ending != null) {
      return ending.answer().thenCompose(receipt -> trim(channel, upTo));
    }
    if (state.end) {
      int last = state.slotDown(state.after(upTo) - 1);
      var trim = new Recorded(state, upTo);
      Long offset = last < 0 ? 0 : state.offsetAt(last);
      state.pins++;
      trim.accept(offset, null);
      return trim.done;
    }
    committing.announcing().trimmed(channel, upTo);
    return new Pins<Void>(core, List.of(state))
        .during(
            () ->
                committing
                    .retainer()
                    .trim(state, upTo)
                    .thenCompose(done -> core.locked(() -> rest(state, upTo))));
  }

  /// Under the lock, when no tombstone of this trim is under way any more: waits for what is under
  /// way for keys that got none.
  private CompletableFuture<Void> rest(KeyedState state, long upTo) {
    if (!state.holdsKey(upTo)) {
      return DONE;
    }
    var tentative = core.pending().of(state.name());
    return tentative == null
        ? left(state, upTo)
        : tentative
            .last()
            .answer()
            .thenCompose(
                receipt ->
                    receipt instanceof Receipt.Failed failed
                        ? CompletableFuture.failedFuture(new NotCommittedException(failed))
                        : core.locked(() -> left(state, upTo)));
  }

  /// Under the lock, when nothing is under way any more that was when the keys got tombstones.
  private CompletableFuture<Void> left(KeyedState state, long upTo) {
    if (!state.holdsKey(upTo)) {
      return DONE;
    }
    if (state.end) {
      return keyed(state, upTo);
    }
    var why = "what was published meanwhile for a key that is to go could not be committed";
    return CompletableFuture.failedFuture(
        new NotCommittedException(new Receipt.Failed(false, why)));
  }
}
