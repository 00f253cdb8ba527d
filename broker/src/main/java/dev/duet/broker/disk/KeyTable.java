package dev.duet.broker.disk;

import java.util.Arrays;

/// From 64-bit hashes, that are already well mixed, to slots: open addressing, 12 bytes an entry.
/// One thread.
final class KeyTable {
  private static final int FEWEST = 8;

  private long[] hashes = new long[FEWEST];
  private int[] slots = empty(FEWEST);
  private int size;

  /// The slot of a hash, or -1.
  int get(long hash) {
    for (int at = home(hash); slots[at] >= 0; at = next(at)) {
      if (hashes[at] == hash) {
        return slots[at];
      }
    }
    return -1;
  }

  /// Makes room for so many more: nothing is allocated for them any more.
  void reserve(int more) {
    int length = slots.length;
    while ((size + more) * 3L > length * 2L) {
      length *= 2;
    }
    if (length > slots.length) {
      resize(length);
    }
  }

  void put(long hash, int slot) {
    int at = home(hash);
    while (slots[at] >= 0 && hashes[at] != hash) {
      at = next(at);
    }
    if (slots[at] < 0 && (size + 1) * 3L > slots.length * 2L) {
      reserve(1);
      put(hash, slot);
      return;
    }
    size += slots[at] >= 0 ? 0 : 1;
    hashes[at] = hash;
    slots[at] = slot;
  }

  /// Takes an entry out, and moves those up that had gone past its place.
  void remove(long hash) {
    int hole = home(hash);
    while (slots[hole] >= 0 && hashes[hole] != hash) {
      hole = next(hole);
    }
    if (slots[hole] < 0) {
      return;
    }
    size--;
    for (int at = next(hole); slots[at] >= 0; at = next(at)) {
      int way = (at - home(hashes[at])) & (slots.length - 1);
      if (way >= ((at - hole) & (slots.length - 1))) {
        hashes[hole] = hashes[at];
        slots[hole] = slots[at];
        hole = at;
      }
    }
    slots[hole] = -1;
  }

  /// Gives room back, but what is for so many more.
  void shrink(int more) {
    if (slots.length > FEWEST && (size + more) * 8L < slots.length) {
      resize(slots.length / 2);
    }
  }

  /// Places for entries.
  int capacity() {
    return slots.length;
  }

  private int home(long hash) {
    return (int) (hash ^ (hash >>> 32)) & (slots.length - 1);
  }

  private int next(int at) {
    return (at + 1) & (slots.length - 1);
  }

  private void resize(int length) {
    long[] oldHashes = hashes;
    int[] oldSlots = slots;
    long[] nextHashes = new long[length];
    slots = empty(length);
    hashes = nextHashes;
    for (int i = 0; i < oldSlots.length; i++) {
      if (oldSlots[i] >= 0) {
        int at = home(oldHashes[i]);
        while (slots[at] >= 0) {
          at = next(at);
        }
        hashes[at] = oldHashes[i];
        slots[at] = oldSlots[i];
      }
    }
  }

  private static int[] empty(int length) {
    int[] slots = new int[length];
    Arrays.fill(slots, -1);
    return slots;
  }
}
