package dev.duet.broker.disk.store;

import dev.duet.protocol.Publication;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The records of one channel in one segment, in memory: four longs a record. Where the latest per
/// key is kept, a record that was overwritten is dead, and taken out when half of them are, or when
/// somebody looks.
final class ChannelIndex implements Run {
  /// Records that share one largest time, and one header in the file.
  static final int GROUP = 32;

  private static final int STRIDE = 4;
  private static final int OFFSET = 0;
  private static final int AGE = 1;

  /// Sum of weights, or hash of the key.
  private static final int CUM = 2;

  /// Position, flags and weight.
  private static final int PLACE = 3;

  private static final long DEAD = 1L << 31;
  private static final long DELETED = 1L << 30;
  private static final long END = 1L << 29;
  private static final long WEIGHT = (1L << 29) - 1;

  private long[] rows = new long[STRIDE];
  private int count;
  private int dead;

  /// Numbers of the records, if they have breaks.
  private long @Nullable [] seqs;

  /// The largest time so far at the end of each group.
  private long[] maxTimes = new long[1];

  /// Where the first group begins: less than a group before the first record.
  private final int shift;

  /// Rows by hash of the key, plus 1; open addressing.
  private int[] slots = new int[0];

  private boolean keyed;
  private long firstSeq;
  private long prev;
  private Cuts cuts = Cuts.NONE;
  private long lastTrim;
  private long lastSeq;

  ChannelIndex() {
    shift = 0;
  }

  /// A part of another one.
  private ChannelIndex(ChannelIndex from, int start, int end) {
    shift = (start + from.shift) % GROUP;
    rows = Arrays.copyOfRange(from.rows, start * STRIDE, Math.max(start + 1, end) * STRIDE);
    count = end - start;
    seqs =
        from.seqs == null ? null : Arrays.copyOfRange(from.seqs, start, Math.max(start + 1, end));
    int firstGroup = Math.min((start + from.shift) / GROUP, from.maxTimes.length - 1);
    maxTimes = Arrays.copyOfRange(from.maxTimes, firstGroup, from.maxTimes.length);
    keyed = from.keyed;
    firstSeq = from.keyed || start == 0 ? from.firstSeq : from.seqAt(start);
    prev = from.keyed || start == 0 ? from.prev : from.rows[(start - 1) * STRIDE + OFFSET];
    cuts = from.cuts;
    lastTrim = from.lastTrim;
    lastSeq = from.lastSeq;
  }

  /// Some of its records.
  private ChannelIndex(ChannelIndex from, int[] places, int size) {
    shift = 0;
    rows = new long[Math.max(1, size) * STRIDE];
    count = size;
    keyed = from.keyed;
    seqs = keyed ? null : new long[Math.max(1, size)];
    for (int i = 0; i < size; i++) {
      System.arraycopy(from.rows, places[i] * STRIDE, rows, i * STRIDE, STRIDE);
      if (seqs != null) {
        seqs[i] = from.seqAt(places[i]);
      }
    }
    lastSeq = from.lastSeq;
  }

  // ---- growing

  /// @param keyHash of its key; looked at if the record is keyed
  void add(StoredRecord record, long position, long keyHash) {
    Publication publication = Objects.requireNonNull(record.publication());
    if (record.fresh()) {
      cuts = cuts.withFresh(record);
    }
    if (count == 0) {
      begin(record);
    } else if (keyed && !record.keyed()) {
      compact();
      slots = new int[0];
      seqs = new long[count];
      keyed = false;
      for (int i = 0; i < count; i++) {
        rows[i * STRIDE + CUM] = 0;
      }
    } else if (!keyed && record.seq() <= lastSeq) {
      count = 0;
      maxTimes = new long[1];
      begin(record);
    }
    if (keyed) {
      overwrite(keyHash);
    } else if (seqs == null && record.seq() != firstSeq + count) {
      seqs = new long[count];
      for (int i = 0; i < count; i++) {
        seqs[i] = firstSeq + i;
      }
    }
    append(record, publication, position, keyed ? keyHash : record.cum());
    lastSeq = record.seq();
  }

  private void begin(StoredRecord record) {
    keyed = record.keyed();
    seqs = null;
    firstSeq = record.seq();
    prev = record.prev();
  }

  private void append(StoredRecord record, Publication publication, long position, long cum) {
    int at = count * STRIDE;
    if (at == rows.length) {
      rows = Arrays.copyOf(rows, 2 * at);
    }
    rows[at + OFFSET] = record.offset();
    rows[at + AGE] = record.age();
    rows[at + CUM] = cum;
    rows[at + PLACE] =
        (long) Math.toIntExact(position) << 32
            | publication.weight()
            | (publication.deleted() ? DELETED : 0)
            | (publication.end() ? END : 0);
    if (seqs != null) {
      seqs = count < seqs.length ? seqs : Arrays.copyOf(seqs, Math.max(8, 2 * count));
      seqs[count] = record.seq();
    }
    int group = keyed ? 0 : (count + shift) / GROUP;
    int groups = maxTimes.length;
    if (group >= groups) {
      maxTimes = Arrays.copyOf(maxTimes, group + 1);
      Arrays.fill(maxTimes, groups, group + 1, maxTimes[groups - 1]);
    }
    maxTimes[group] = Math.max(maxTimes[group], publication.time());
    count++;
    if (keyed) {
      remember(cum);
    }
  }

  void trim(StoredRecord record) {
    cuts = record.fresh() ? cuts.withFresh(record) : cuts.withTrim(record);
    lastTrim = record.offset();
  }

  /// Moves what lies after `lastOffset` to the end of an empty one.
  ///
  /// What trims and fresh records after it said stays here as well: it is true of what is left.
  ///
  /// @return null if nothing lies there
  @Nullable ChannelIndex split(long lastOffset, long move) {
    compact();
    int start = after(lastOffset);
    if (start == count && lastTrim <= lastOffset && cuts.freshOffset() <= lastOffset) {
      return null;
    }
    var moved = new ChannelIndex(this, start, count);
    for (int i = 0; i < moved.count; i++) {
      moved.rows[i * STRIDE + PLACE] += move << 32;
    }
    if (cuts.freshOffset() <= lastOffset) {
      moved.cuts = moved.cuts.withoutFresh();
    }
    if (lastTrim <= lastOffset) {
      moved.cuts = moved.cuts.withoutTrims();
      moved.lastTrim = 0;
    }
    if (keyed && start > 0) {
      moved.prev = rows[(start - 1) * STRIDE + OFFSET];
    }
    moved.rehash();
    if (start < count) {
      count = start;
      lastSeq = start == 0 ? 0 : seqAt(start - 1);
      int groups = Math.max(1, (count + shift + GROUP - 1) / GROUP);
      maxTimes = Arrays.copyOf(maxTimes, Math.min(groups, maxTimes.length));
      rehash();
    }
    return moved;
  }

  /// Whether it says nothing any more.
  boolean isEmpty() {
    return count == 0 && lastTrim == 0;
  }

  long lastAge() {
    return count == 0 ? 0 : rows[(count - 1) * STRIDE + AGE];
  }

  // ---- keys

  private void overwrite(long hash) {
    int slot = slot(hash);
    if (slots.length > 0 && slots[slot] > 0) {
      rows[(slots[slot] - 1) * STRIDE + PLACE] |= DEAD;
      dead++;
      if (dead > GROUP && dead > count / 2) {
        compact();
      }
    }
  }

  private void remember(long hash) {
    if ((count - dead) * 2 > slots.length) {
      rehash();
    } else {
      slots[slot(hash)] = count;
    }
  }

  private int slot(long hash) {
    int mask = slots.length - 1;
    int slot = (int) hash & mask;
    while (mask > 0 && slots[slot] > 0 && rows[(slots[slot] - 1) * STRIDE + CUM] != hash) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void rehash() {
    if (!keyed) {
      return;
    }
    int live = count - dead;
    slots = new int[Math.max(8, Integer.highestOneBit(Math.max(1, live)) * 4)];
    for (int i = 0; i < count; i++) {
      if ((rows[i * STRIDE + PLACE] & DEAD) == 0) {
        slots[slot(rows[i * STRIDE + CUM])] = i + 1;
      }
    }
  }

  private void compact() {
    if (dead == 0) {
      return;
    }
    int to = 0;
    for (int i = 0; i < count; i++) {
      if ((rows[i * STRIDE + PLACE] & DEAD) == 0) {
        System.arraycopy(rows, i * STRIDE, rows, to++ * STRIDE, STRIDE);
      }
    }
    count = to;
    dead = 0;
    rehash();
  }

  /// Itself without dead records.
  ///
  /// @param frozen whether it must not change: then it is a copy if there are any
  ChannelIndex live(boolean frozen) {
    if (dead == 0) {
      return this;
    }
    ChannelIndex live = frozen ? copy(0, count) : this;
    live.compact();
    return live;
  }

  /// A part of it.
  ChannelIndex copy(int start, int end) {
    var copy = new ChannelIndex(this, start, end);
    copy.dead = start == 0 && end == count ? dead : 0;
    return copy;
  }

  /// Those of its records that are at these offsets, found without a look at the others.
  ///
  /// @param offsets ascending or descending
  ChannelIndex pick(long... offsets) {
    int[] places = new int[offsets.length];
    int size = 0;
    boolean ascending = offsets.length == 0 || offsets[0] <= offsets[offsets.length - 1];
    for (int i = 0; i < offsets.length; i++) {
      long offset = offsets[ascending ? i : offsets.length - 1 - i];
      int place = after(offset - 1);
      if (place < count && rows[place * STRIDE + OFFSET] == offset) {
        places[size++] = place;
      }
    }
    return new ChannelIndex(this, places, size);
  }

  // ---- what a run says

  @Override
  public int size() {
    return count;
  }

  @Override
  public boolean keyed() {
    return keyed;
  }

  @Override
  public long firstSeq() {
    return firstSeq;
  }

  @Override
  public long prev() {
    return prev;
  }

  @Override
  public Cuts cuts() {
    return cuts;
  }

  @Override
  public long lastSeq() {
    return lastSeq;
  }

  @Override
  public long maxTime() {
    return maxTimes[maxTimes.length - 1];
  }

  @Override
  public void spot(int index, Spot into) {
    Objects.checkIndex(index, count);
    int at = index * STRIDE;
    long place = rows[at + PLACE];
    into.offset = rows[at + OFFSET];
    into.age = rows[at + AGE];
    into.seq = keyed ? 0 : seqAt(index);
    into.position = place >>> 32;
    into.weight = (int) (place & WEIGHT);
    into.cum = keyed ? 0 : rows[at + CUM];
    into.keyHash = keyed ? rows[at + CUM] : 0;
    into.deleted = (place & DELETED) != 0;
    into.end = (place & END) != 0;
  }

  @Override
  public int after(long offset) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = low + high >>> 1;
      if (rows[middle * STRIDE + OFFSET] > offset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  @Override
  public int since(long time) {
    if (keyed) {
      return maxTime() >= time ? 0 : count;
    }
    int group = 0;
    while (group < maxTimes.length && maxTimes[group] < time) {
      group++;
    }
    return Math.clamp((long) group * GROUP - shift, 0, count);
  }

  /// The largest time so far at the end of this group.
  long maxTimeSoFar(int group) {
    return maxTimes[keyed ? 0 : Math.min(group, maxTimes.length - 1)];
  }

  private long seqAt(int index) {
    return keyed ? lastSeq : seqs == null ? firstSeq + index : seqs[index];
  }
}
