package dev.duet.broker.disk;

import dev.duet.broker.disk.store.ActiveSegment;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.Segment;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// The verdicts on channels of which neighbouring segments have records, made when they are asked
/// for; the states that they stand on are pinned until this is closed. One thread, off the log's
/// lock.
final class Verdicts implements Closeable {
  private final LogCore core;
  private final Reading reading;
  private final List<Segment> segments;
  private final int from;
  private final int to;
  private final long evicted;
  private final long most;
  private final Map<String, Verdict> known = new HashMap<>();
  private final ArrayDeque<Pinned> pinned = new ArrayDeque<>();
  private long bytes;

  /// A state that stays because of this.
  ///
  /// @param bytes of heap, when it was pinned
  private record Pinned(String channel, long bytes) {}

  /// @param segments all of them, retained by the caller
  /// @param from place of the first one that is rewritten
  /// @param to place after the last one
  /// @param evicted up to here the bound on the log takes history, as far as the verdicts go; 0 for
  ///     none
  /// @param most bytes of heap of the states that stay because of this; 0 for an estimate, which
  ///     asks for each channel once, and not what is newer
  Verdicts(
      LogCore core,
      Reading reading,
      List<Segment> segments,
      int from,
      int to,
      long evicted,
      long most) {
    this.evicted = evicted;
    this.most = most;
    this.core = core;
    this.reading = reading;
    this.segments = segments;
    this.from = from;
    this.to = to;
  }

  /// The verdict on a channel.
  ///
  /// @throws IOException if its state, or an index, cannot be read
  Verdict of(String channel) throws IOException {
    Verdict verdict = known.get(channel);
    if (verdict == null) {
      boolean newer = most > 0 && has(channel, to, segments.size(), 1);
      verdict = make(channel, has(channel, 0, from, 0), newer);
      if (most > 0) {
        known.put(channel, verdict);
        pin(verdict);
      } else {
        release(verdict);
      }
    }
    return verdict;
  }

  private Verdict make(String channel, boolean older, boolean newer) throws IOException {
    try {
      return reading
          .withStates(
              List.of(channel),
              () -> {
                ChannelState state = core.state(channel);
                long now = core.clock().age();
                if (state instanceof KeyedState keyed) {
                  state.pins++;
                  return CompletableFuture.<Verdict>completedFuture(
                      new Verdict.Keyed(core, keyed, older, newer));
                }
                HistoryTail tail = ((HistoryTail) state).copy();
                tail.trim(evicted);
                return CompletableFuture.<Verdict>completedFuture(
                    new Verdict.History(tail, now, older, newer));
              })
          .join();
    } catch (CompletionException e) {
      throw new IOException(channel + " cannot be read", e.getCause());
    }
  }

  /// @param least 0: trims alone count as well
  private boolean has(String channel, int first, int end, int least) throws IOException {
    for (int place = first; place < end; place++) {
      if (size(segments.get(place), channel) >= least) {
        return true;
      }
    }
    return false;
  }

  /// How many records a segment has of a channel, -1 if not even a trim.
  private int size(Segment segment, String channel) throws IOException {
    if (!(segment instanceof ActiveSegment active)) {
      return size(segment.run(channel));
    }
    return core.locked(() -> size(active.run(channel)));
  }

  private static int size(@Nullable Run run) {
    return run == null ? -1 : run.size();
  }

  /// A state that is let go and loaded again says the same.
  private void pin(Verdict verdict) {
    if (verdict instanceof Verdict.Keyed) {
      var one = new Pinned(verdict.state.name(), core.locked(verdict.state::cost));
      pinned.add(one);
      bytes += one.bytes;
      while (bytes > most && pinned.size() > 1) {
        Pinned oldest = pinned.remove();
        bytes -= oldest.bytes;
        release(known.remove(oldest.channel));
      }
    }
  }

  private void release(@Nullable Verdict verdict) {
    if (verdict instanceof Verdict.Keyed) {
      core.locked(() -> verdict.state.pins--);
    }
  }

  @Override
  public void close() {
    known.values().forEach(this::release);
    known.clear();
  }
}
