package dev.duet.broker.disk;

import dev.duet.protocol.Publication;
import java.util.Arrays;
import java.util.List;

/// A channel that keeps the latest publication per key, without payloads: which records are held,
/// in the order of their offsets, in columns. A key is known by its hash. Guarded by the log's
/// lock.
///
/// A record that goes leaves a dead slot, so that binary search still works; when half of the slots
/// are dead the columns close up.
final class KeyedState extends ChannelState {
  private static final int FEWEST = 4;
  private static final byte DEAD = 1;
  private static final byte DELETED = 2;
  private static final byte VICTIM = 4;

  /// Bytes per slot of the columns.
  private static final int SLOT = 29;

  private final KeyTable byKey = new KeyTable();
  private long[] offsets = new long[FEWEST];
  private long[] hashes = new long[FEWEST];
  private long[] ages = new long[FEWEST];
  private int[] weights = new int[FEWEST];
  private byte[] flags = new byte[FEWEST];
  private int head;
  private int size;
  private int live;
  private int reserved;
  private int tombstones;
  private int victims;
  private long victimBytes;
  private long bytes;
  private long horizon;
  private boolean certain;
  private long hole;

  KeyedState(String name, Family family, long moved) {
    super(name, family, moved);
  }

  // ---- what is held

  @Override
  boolean isHeld(long now) {
    return live > 0;
  }

  int count() {
    return live;
  }

  long bytes() {
    return bytes;
  }

  int tombstones() {
    return tombstones;
  }

  /// Keys whose tombstone of the log's own is under way, and what they weigh.
  int victims() {
    return victims;
  }

  long victimBytes() {
    return victimBytes;
  }

  /// Up to where it may miss something.
  long horizon() {
    return Math.max(hole, live > 0 ? horizon : emptyHorizon());
  }

  boolean certain() {
    return certain && live > 0;
  }

  @Override
  long emptyHorizon() {
    return Math.max(super.emptyHorizon(), horizon);
  }

  @Override
  long nextCum(int weight) {
    return 0;
  }

  // ---- slots

  /// The slot of what is held for a key, or -1.
  int find(long hash) {
    return byKey.get(hash);
  }

  /// Whether a key is held at an offset up to one.
  boolean holdsKey(long upTo) {
    for (int slot = slot(0); slot >= 0 && offsets[slot] <= upTo; slot = slot(slot + 1)) {
      if (!isDeleted(slot)) {
        return true;
      }
    }
    return false;
  }

  /// The first slot in use at or after one, or -1.
  int slot(int from) {
    for (int slot = Math.max(head, from); slot < size; slot++) {
      if ((flags[slot] & DEAD) == 0) {
        return slot;
      }
    }
    return -1;
  }

  /// The last slot in use at or before one, or -1.
  int slotDown(int from) {
    for (int slot = Math.min(size - 1, from); slot >= head; slot--) {
      if ((flags[slot] & DEAD) == 0) {
        return slot;
      }
    }
    return -1;
  }

  /// The first slot, in use or not, whose offset is larger.
  int after(long afterOffset) {
    int low = head;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsets[middle] <= afterOffset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  long offsetAt(int slot) {
    return offsets[slot];
  }

  long ageAt(int slot) {
    return ages[slot];
  }

  long hashAt(int slot) {
    return hashes[slot];
  }

  int weightAt(int slot) {
    return weights[slot];
  }

  boolean isDeleted(int slot) {
    return (flags[slot] & DELETED) != 0;
  }

  boolean isVictim(int slot) {
    return (flags[slot] & VICTIM) != 0;
  }

  /// The slot of the oldest tombstone, or -1. While a bound holds the count, the only one is the
  /// newest record.
  int oldestTombstone() {
    int last = slotDown(size - 1);
    if (tombstones == 1 && isDeleted(last)) {
      return last;
    }
    for (int slot = slot(0); tombstones > 0 && slot >= 0; slot = slot(slot + 1)) {
      if (isDeleted(slot)) {
        return slot;
      }
    }
    return -1;
  }

  // ---- changes

  /// Makes room for one more record: so many [#add]s allocate nothing.
  void reserve() {
    if (size + reserved == offsets.length) {
      resize(Math.max(FEWEST, (live + reserved) * 2));
    }
    byKey.reserve(reserved + 1);
    reserved++;
  }

  /// Takes in a record for which there is room, in the place of what was held for its key.
  void add(long recordOffset, long hash, long age, int weight, boolean deleted) {
    if (reserved == 0) {
      reserve();
    }
    int before = byKey.get(hash);
    if (before >= 0) {
      kill(before);
    }
    reserved--;
    offsets[size] = recordOffset;
    hashes[size] = hash;
    ages[size] = age;
    weights[size] = weight;
    flags[size] = deleted ? DELETED : 0;
    byKey.put(hash, size);
    size++;
    live++;
    tombstones += deleted ? 1 : 0;
    bytes += weight;
  }

  /// Takes in what is committed, for which there is room.
  void take(Entry entry) {
    Publication publication = entry.publication();
    if (entry.fresh()) {
      begin(entry.prev());
    }
    add(
        publication.offset(),
        entry.keyHash(),
        entry.age(),
        publication.weight(),
        publication.deleted());
  }

  /// Leaves a dead slot.
  private void kill(int slot) {
    unmark(slot);
    tombstones -= isDeleted(slot) ? 1 : 0;
    bytes -= weights[slot];
    flags[slot] = DEAD;
    live--;
    while (head < size && (flags[head] & DEAD) != 0) {
      head++;
    }
  }

  /// Takes a record out; the horizon stays.
  void remove(int slot) {
    byKey.remove(hashes[slot]);
    kill(slot);
    try {
      shrink();
    } catch (OutOfMemoryError e) {
      // It stays as large as it is: another time.
    }
  }

  private void shrink() {
    byKey.shrink(reserved);
    if (size > 2 * FEWEST && (live + reserved) * 4 < size) {
      resize(Math.max(FEWEST, (live + reserved) * 2));
    }
  }

  /// Forgets a record; the horizon moves there.
  void drop(int slot) {
    horizon = Math.max(horizon, offsets[slot]);
    certain = true;
    remove(slot);
  }

  @Override
  void trim(long upTo) {
    for (int slot; (slot = slot(0)) >= 0 && offsets[slot] <= upTo; ) {
      drop(slot);
    }
    raiseHorizon(upTo, true);
  }

  /// Forgets a record that cannot be read.
  void damaged(int slot) {
    hole = Math.max(hole, offsets[slot]);
    remove(slot);
  }

  /// Up to where a record of it could not be read.
  long hole() {
    return hole;
  }

  /// Moves the horizon.
  ///
  /// @param sure false if whether anything was there is not known
  void raiseHorizon(long upTo, boolean sure) {
    if (upTo > horizon) {
      horizon = upTo;
      certain = sure;
    }
  }

  /// The channel was forgotten and begins anew.
  void begin(long firstHorizon) {
    horizon = Math.max(horizon, firstHorizon);
    certain = false;
  }

  /// A tombstone of the log's own is on its way for the key.
  void mark(int slot) {
    if (!isVictim(slot)) {
      flags[slot] |= VICTIM;
      victims++;
      victimBytes += weights[slot];
    }
  }

  /// It is not.
  void unmark(int slot) {
    if (isVictim(slot)) {
      flags[slot] &= ~VICTIM;
      victims--;
      victimBytes -= weights[slot];
    }
  }

  /// None is on its way for what is held at this offset: it may be chosen again.
  void release(long exactly) {
    int slot = at(exactly);
    if (slot >= 0) {
      unmark(slot);
    }
  }

  /// The same for those from a place on. Allocates nothing.
  void release(List<Long> exactly, int from) {
    for (int i = from; i < exactly.size(); i++) {
      release(exactly.get(i));
    }
  }

  /// The slot of what is held at exactly this offset, or -1.
  int at(long exactly) {
    int slot = after(exactly - 1);
    return slot < size && offsets[slot] == exactly && (flags[slot] & DEAD) == 0 ? slot : -1;
  }

  private void resize(int length) {
    long[] nextOffsets = new long[length];
    long[] nextHashes = new long[length];
    long[] nextAges = new long[length];
    int[] nextWeights = new int[length];
    byte[] nextFlags = new byte[length];
    int to = 0;
    for (int slot = slot(0); slot >= 0; slot = slot(slot + 1)) {
      nextOffsets[to] = offsets[slot];
      nextHashes[to] = hashes[slot];
      nextAges[to] = ages[slot];
      nextWeights[to] = weights[slot];
      nextFlags[to] = flags[slot];
      byKey.put(hashes[slot], to);
      to++;
    }
    offsets = nextOffsets;
    hashes = nextHashes;
    ages = nextAges;
    weights = nextWeights;
    flags = nextFlags;
    head = 0;
    size = to;
  }

  /// Offsets of what is held in `(after, upTo]`, at most `most`: the first ones, or the last.
  long[] held(long after, long upTo, int most, boolean backwards) {
    long[] found = new long[Math.min(most, live)];
    int count = 0;
    if (backwards) {
      int slot = slotDown(after(upTo) - 1);
      while (slot >= 0 && offsets[slot] > after && count < found.length) {
        found[count++] = offsets[slot];
        slot = slotDown(slot - 1);
      }
    } else {
      int slot = slot(after(after));
      while (slot >= 0 && offsets[slot] <= upTo && count < found.length) {
        found[count++] = offsets[slot];
        slot = slot(slot + 1);
      }
    }
    return Arrays.copyOf(found, count);
  }

  @Override
  long cost() {
    return 300L + name().length() + (long) SLOT * offsets.length + 12L * byKey.capacity();
  }
}
