package dev.duet.broker.memory;

import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a log holds of one channel: its publications in the order of their offsets, in a circular
/// array that begins with one slot. It exists only while it holds something. Guarded by the log's
/// lock.
///
/// An idle channel with one publication costs, on a 64-bit JVM with 12-byte headers: 64 for this,
/// 24 for the array, 56 for the publication, 72 for a name of 32 characters, about 42 for its entry
/// in the map of channels and 6 in its family's order.
class ChannelState {
  final String name;
  final Family family;

  /// Offset of the last publication that is no longer held.
  private long horizon;

  /// False if the horizon is only the one of forgotten channels of the family.
  private boolean certain;

  /// Weight of what is held.
  private long bytes;

  /// Its place in [OldestFirst], or -1, and the offset by which it stands there.
  int place = -1;

  long rank;

  private @Nullable Publication[] slots = new Publication[1];
  private int head;
  private int size;

  ChannelState(String name, Family family) {
    this.name = name;
    this.family = family;
    this.horizon = family.floor();
  }

  /// How many publications are held, tombstones included.
  int count() {
    return size;
  }

  final boolean isEmpty() {
    return size == 0;
  }

  final long bytes() {
    return bytes;
  }

  final long horizon() {
    return horizon;
  }

  final boolean certain() {
    return certain;
  }

  /// Offset of the last publication, also if it is no longer held.
  final long tail() {
    return Math.max(horizon, last().offset());
  }

  /// Offset of the publication that ended the channel, or 0. Nothing is appended after it, so it is
  /// the last one.
  final long endedAt() {
    Publication last = last();
    return last.end() ? last.offset() : 0;
  }

  final Publication first() {
    return slot(0);
  }

  final Publication last() {
    return slot(size - 1);
  }

  /// Slots in use; some may be [#isDead].
  final int slots() {
    return size;
  }

  final Publication slot(int index) {
    Publication publication = slots[(head + index) & (slots.length - 1)];
    if (publication == null) {
      throw new IndexOutOfBoundsException(index);
    }
    return publication;
  }

  /// Whether a slot's publication is no longer held.
  boolean isDead(Publication publication) {
    return false;
  }

  /// The first slot whose offset is larger than `offset`.
  final int slotAfter(long offset) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (slot(middle).offset() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// The publications held in `(after, upTo]`.
  final List<Publication> held(long after, long upTo) {
    var held = new ArrayList<Publication>();
    for (int i = slotAfter(after); i < size && slot(i).offset() <= upTo; i++) {
      if (!isDead(slot(i))) {
        held.add(slot(i));
      }
    }
    return held;
  }

  /// Adds a publication that was committed.
  void add(Publication publication) {
    if (size == slots.length) {
      resize(size * 2);
    }
    set(size++, publication);
    bytes += publication.weight();
  }

  /// Forgets a publication that is held; the horizon moves there.
  final void drop(Publication publication) {
    remove(publication);
    horizon = Math.max(horizon, publication.offset());
    certain = true;
  }

  /// Takes a publication out that is held; the horizon stays.
  void remove(Publication publication) {
    bytes -= publication.weight();
    removeSlot(slotAfter(publication.offset() - 1));
  }

  final void lighten(Publication publication) {
    bytes -= publication.weight();
  }

  final void set(int index, @Nullable Publication publication) {
    slots[(head + index) & (slots.length - 1)] = publication;
  }

  /// Closes a slot by moving the shorter side.
  final void removeSlot(int index) {
    if (index < size - index) {
      for (int i = index; i > 0; i--) {
        set(i, slot(i - 1));
      }
      set(0, null);
      head = (head + 1) & (slots.length - 1);
    } else {
      for (int i = index; i < size - 1; i++) {
        set(i, slot(i + 1));
      }
      set(size - 1, null);
    }
    size--;
    if (size > 0 && size <= slots.length / 4) {
      resize(slots.length / 2);
    }
  }

  /// Closes all dead slots.
  final void compact() {
    int to = 0;
    for (int i = 0; i < size; i++) {
      Publication publication = slot(i);
      if (!isDead(publication)) {
        set(to++, publication);
      }
    }
    for (int i = to; i < size; i++) {
      set(i, null);
    }
    size = to;
    resize(Math.max(1, Integer.highestOneBit(Math.max(1, size * 2 - 1))));
  }

  private void resize(int length) {
    @Nullable Publication[] next = new Publication[length];
    for (int i = 0; i < size; i++) {
      next[i] = slot(i);
    }
    slots = next;
    head = 0;
  }
}
