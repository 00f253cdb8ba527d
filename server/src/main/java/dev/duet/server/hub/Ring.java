package dev.duet.server.hub;

import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The newest announced publications of one log, bounded in count and bytes, ready for every loop.
/// One thread at a time writes (the announcer, under the log's order), any thread reads.
///
/// Readers are not locked out. The writer raises [#floor] before it takes an entry away; so whoever
/// checks the floor, looks, and finds the floor unmoved, has seen everything after it.
final class Ring {
  /// What [#collect] answers when the ring no longer holds the range.
  static final long GONE = -1;

  private final AtomicReferenceArray<@Nullable RingEntry> slots;
  private final int mask;
  private final long maxBytes;
  private final Map<String, RingEntry> newest = new ConcurrentHashMap<>();

  private final FrameRoom frames;
  private final Predicate<String> keepsLatest;

  /// Channels that were trimmed beyond the floor, and how far; gone when the floor has passed.
  private final Map<String, Long> trims = new ConcurrentHashMap<>();

  private long bytes;
  private long head = 1;
  private volatile Tail tail = new Tail(0, 0);
  private volatile long floor;

  /// The newest entry's sequence, and the offset up to which everything is announced.
  record Tail(long sequence, long offset) {}

  /// @param keepsLatest whether a channel keeps the latest publication per key
  Ring(int entries, long maxBytes, Predicate<String> keepsLatest) {
    this.keepsLatest = keepsLatest;
    int size = Integer.highestOneBit(Math.max(2, entries) * 2 - 1);
    this.slots = new AtomicReferenceArray<>(size);
    this.mask = size - 1;
    this.maxBytes = maxBytes;
    this.frames = new FrameRoom(maxBytes);
  }

  /// Announcements begin after `position`. Called once; some may have come before, or come
  /// meanwhile: that is all that the writer's methods are synchronized for.
  synchronized void begin(long position) {
    floor = Math.max(floor, position);
    tail = new Tail(tail.sequence, Math.max(tail.offset, position));
  }

  /// Adds publications and moves the tail to `upTo` at once.
  synchronized void add(List<Publication> publications, long upTo) {
    long sequence = tail.sequence;
    for (Publication publication : publications) {
      RingEntry previous = newest.get(publication.channel());
      RingEntry entry =
          new RingEntry(++sequence, publication, previous, keys(publication, previous), frames);
      put(entry);
      entry.overwrite();
      if (previous != null) {
        previous.next = sequence;
      }
      newest.put(publication.channel(), entry);
    }
    tail = new Tail(sequence, Math.max(upTo, tail.offset));
  }

  private @Nullable Map<String, RingEntry> keys(
      Publication publication, @Nullable RingEntry previous) {
    if (previous != null) {
      return previous.keys;
    }
    return keepsLatest.test(publication.channel()) ? new HashMap<>() : null;
  }

  /// Forgets everything: announcements up to `to` were missed.
  synchronized void lost(long to) {
    long sequence = tail.sequence + 1;
    while (head < sequence) {
      evictHead();
    }
    long offset = Math.max(to, tail.offset);
    floor = offset;
    put(new RingEntry(sequence, offset, frames));
    tail = new Tail(sequence, offset);
  }

  Tail tail() {
    return tail;
  }

  /// Everything announced after this offset is here.
  long floor() {
    return floor;
  }

  /// Whether a loop that has taken up to `sequence` must move on so as not to be lapped: the ring
  /// is more than half full, and it stands in the older half. The writer's question.
  boolean presses(long sequence) {
    long held = tail.sequence - head + 1;
    boolean filling = bytes > maxBytes / 2 || held > slots.length() / 2;
    return filling && sequence < head + held / 2;
  }

  /// The entry with that sequence number, or null if it is gone.
  @Nullable RingEntry get(long sequence) {
    RingEntry entry = slots.get((int) sequence & mask);
    return entry != null && entry.sequence == sequence ? entry : null;
  }

  /// Collects the channel's entries in `(after, upTo]`, oldest first, into `into`, until they weigh
  /// `maxBytes` (one comes whatever its weight). Where the latest per key is kept, those that
  /// another one of their key follows up to `upTo` are left out, as the log has let them go.
  ///
  /// @param hint sequence of the channel's entry at `after`, if the caller knows it, else 0: saves
  ///     the way back from the newest
  /// @return the offset up to which all are collected, or [#GONE] if the ring does not hold them
  ///     all; then `into` is as it was
  long collect(
      String channel, long after, long upTo, long hint, int maxBytes, ArrayList<RingEntry> into) {
    if (after < begins(channel)) {
      return GONE;
    }
    int size = into.size();
    RingEntry known = hint == 0 ? null : get(hint);
    RingEntry first =
        known != null && known.offset <= after ? next(known) : firstAfter(channel, after, upTo);
    long completeTo = upTo;
    int bytes = 0;
    for (RingEntry entry = first; entry != null && entry.offset <= upTo; entry = next(entry)) {
      if (entry.offset <= after || entry.isOverwritten(upTo)) {
        continue;
      }
      if (bytes > 0 && bytes + entry.weight() > maxBytes) {
        completeTo = into.getLast().offset;
        break;
      }
      into.add(entry);
      bytes += entry.weight();
    }
    if (after < begins(channel)) {
      into.subList(size, into.size()).clear();
      return GONE;
    }
    return completeTo;
  }

  /// Everything announced of the channel after this offset is here, and may be given out.
  long begins(String channel) {
    long begins = floor;
    return trims.isEmpty() ? begins : Math.max(begins, trims.getOrDefault(channel, 0L));
  }

  /// What the channel has up to `upTo` is no longer given out.
  synchronized void trim(String channel, long upTo) {
    trims.values().removeIf(offset -> offset <= floor);
    if (upTo > floor) {
      trims.merge(channel, upTo, Math::max);
    }
  }

  private @Nullable RingEntry next(RingEntry entry) {
    long next = entry.next;
    return next == 0 ? null : get(next);
  }

  /// The channel's oldest entry in `(after, upTo]`, found from the newest.
  private @Nullable RingEntry firstAfter(String channel, long after, long upTo) {
    RingEntry found = null;
    RingEntry entry = newest.get(channel);
    while (entry != null && entry.offset > after) {
      if (entry.offset <= upTo) {
        found = entry;
      }
      if (entry.previousOffset <= after) {
        break;
      }
      entry = get(entry.previous);
    }
    return found;
  }

  /// What it holds. Any thread.
  synchronized RingFigures figures(String log) {
    return new RingFigures(log, tail.sequence - head + 1, bytes, frames.held(), maxBytes);
  }

  /// Lets every frame go.
  void close() {
    while (head <= tail.sequence) {
      evictHead();
    }
  }

  private void put(RingEntry entry) {
    int weight = entry.weight();
    while (head < entry.sequence
        && (bytes + frames.held() + weight > maxBytes || entry.sequence - head >= slots.length())) {
      evictHead();
    }
    slots.set((int) entry.sequence & mask, entry);
    bytes += weight;
  }

  private void evictHead() {
    int slot = (int) head & mask;
    RingEntry entry = slots.get(slot);
    if (entry != null && entry.sequence == head) {
      floor = Math.max(floor, entry.offset);
      slots.set(slot, null);
      if (entry.publication != null) {
        newest.remove(entry.publication.channel(), entry);
      }
      bytes -= entry.weight();
      entry.evict();
    }
    head++;
  }
}
