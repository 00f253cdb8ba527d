package dev.duet.broker.disk.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is where in one segment, in memory. Not safe for threads.
final class SegmentIndex {
  /// Of names and keys.
  final SipHash hash;

  private final long base;
  private final Map<String, ChannelIndex> channels = new HashMap<>();
  private long[] keyedOffsets = new long[0];
  private int[] keyPositions = new int[8];
  private int keys;
  private int records;
  private long last;
  private long lastAge;
  private boolean frozen;

  /// @param hash of the log
  /// @param base every record's offset is larger
  SegmentIndex(SipHash hash, long base) {
    this.hash = hash;
    this.base = base;
    this.last = base;
  }

  /// Notes a record; in log order. When it fails for want of memory it may be tried again.
  void add(StoredRecord record, long position) {
    if (frozen || record.offset() <= last) {
      throw new IllegalStateException(
          frozen ? "the segment is sealed" : "offset " + record.offset() + " comes after " + last);
    }
    boolean hasKey = record.idempotencyKey() != null;
    if (hasKey) {
      makeRoomForKey();
    }
    switch (record.kind()) {
      case PUBLICATION ->
          channel(record).add(record, position, record.keyed() ? keyHash(record) : 0);
      case TRIM -> channel(record).trim(record);
      case KEY -> {}
    }
    if (hasKey) {
      addKey(record.offset(), Math.toIntExact(position));
    }
    last = record.offset();
    lastAge = record.age();
    records++;
  }

  private ChannelIndex channel(StoredRecord record) {
    return channels.computeIfAbsent(record.channel(), name -> new ChannelIndex());
  }

  private long keyHash(StoredRecord record) {
    String key = Objects.requireNonNull(record.publication()).key();
    return hash.hash(key == null ? "" : key);
  }

  private void makeRoomForKey() {
    if (keys == keyedOffsets.length) {
      keyedOffsets = Arrays.copyOf(keyedOffsets, Math.max(8, 2 * keys));
    }
    if (keyPositions.length < keyedOffsets.length) {
      keyPositions = Arrays.copyOf(keyPositions, keyedOffsets.length);
    }
  }

  private void addKey(long offset, int position) {
    makeRoomForKey();
    keyedOffsets[keys] = offset;
    keyPositions[keys++] = position;
  }

  /// Moves what lies after `lastOffset` to an empty index, its positions raised by `shift`. Unless
  /// that is everything, how many records there are is only about right afterwards: trims and keys
  /// are not told apart.
  void split(long lastOffset, SegmentIndex into, long shift) {
    long newest = 0;
    int moved = 0;
    var names = channels.entrySet().iterator();
    while (names.hasNext()) {
      var entry = names.next();
      ChannelIndex there = entry.getValue().split(lastOffset, shift);
      if (there != null) {
        into.channels.put(entry.getKey(), there);
        moved += Math.max(1, there.size());
      }
      newest = Math.max(newest, entry.getValue().lastAge());
      if (entry.getValue().isEmpty()) {
        names.remove();
      }
    }
    int kept = keys;
    while (kept > 0 && keyedOffsets[kept - 1] > lastOffset) {
      kept--;
    }
    for (int i = kept; i < keys; i++) {
      into.addKey(keyedOffsets[i], Math.toIntExact(keyPositions[i] + shift));
    }
    keys = kept;
    into.last = last;
    into.lastAge = lastAge;
    int gone = lastOffset <= base ? records : moved;
    into.records += gone;
    records = Math.max(0, records - gone);
    last = lastOffset;
    lastAge = newest;
  }

  /// Nothing is added any more; from now on any thread may read.
  void freeze() {
    frozen = true;
  }

  @Nullable ChannelIndex channel(String name) {
    ChannelIndex channel = channels.get(name);
    return channel == null ? null : channel.live(frozen);
  }

  Map<String, ChannelIndex> channels() {
    return channels;
  }

  /// Positions of the records that have idempotency keys, in log order.
  int[] keyPositions() {
    return Arrays.copyOf(keyPositions, keys);
  }

  int records() {
    return records;
  }

  long base() {
    return base;
  }

  long last() {
    return last;
  }

  long lastAge() {
    return lastAge;
  }
}
