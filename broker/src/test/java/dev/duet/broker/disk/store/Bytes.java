package dev.duet.broker.disk.store;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// Content of a file: as many bytes as its size says, zero where nothing was written.
final class Bytes {
  private byte[] array;
  private int size;

  Bytes() {
    this(new byte[0], 0);
  }

  private Bytes(byte[] array, int size) {
    this.array = array;
    this.size = size;
  }

  int size() {
    return size;
  }

  /// Cuts it, or fills it up with zeros.
  void resize(int newSize) {
    if (newSize > array.length) {
      array = Arrays.copyOf(array, Math.max(newSize, array.length + (array.length >> 1) + 64));
    } else if (newSize < size) {
      Arrays.fill(array, newSize, size, (byte) 0);
    }
    size = newSize;
  }

  void put(int position, byte[] from, int start, int count) {
    if (count > 0) {
      resize(Math.max(size, position + count));
      System.arraycopy(from, start, array, position, count);
    }
  }

  /// Takes what `other` has from `start` to `end`, as far as both reach; zero where only this does.
  void take(Bytes other, int start, int end) {
    int last = Math.min(end, size);
    int shared = Math.max(start, Math.min(last, other.size));
    System.arraycopy(other.array, Math.min(start, other.size), array, start, shared - start);
    if (last > shared) {
      Arrays.fill(array, shared, last, (byte) 0);
    }
  }

  int get(ByteBuffer into, long position) {
    int count = (int) Math.max(0, Math.min(into.remaining(), size - position));
    if (count > 0) {
      into.put(array, (int) position, count);
    }
    return count;
  }

  byte[] toArray() {
    return Arrays.copyOf(array, size);
  }

  Bytes copy() {
    return new Bytes(toArray(), size);
  }
}
