package dev.duet.broker.disk.store;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// Bytes that grow while records are encoded into it. For one thread.
public final class RecordBuffer {
  private static final int SMALLEST = 4096;

  private byte[] bytes;
  private int size;

  /// @param capacity bytes that it has room for at first
  public RecordBuffer(int capacity) {
    bytes = new byte[Math.max(SMALLEST, capacity)];
  }

  /// Bytes in it.
  public int size() {
    return size;
  }

  /// Forgets all beyond `newSize`.
  public void cut(int newSize) {
    if (newSize < 0 || newSize > size) {
      throw new IllegalArgumentException("cut to " + newSize + " of " + size);
    }
    size = newSize;
  }

  /// What is in it, as a view: good until the next change.
  public ByteBuffer view() {
    return ByteBuffer.wrap(bytes, 0, size).slice();
  }

  /// What is in it, handed over; it is empty afterwards, with room for `capacity` bytes.
  public ByteBuffer take(int capacity) {
    ByteBuffer taken =
        size < bytes.length / 2
            ? ByteBuffer.wrap(Arrays.copyOf(bytes, size))
            : ByteBuffer.wrap(bytes, 0, size).slice();
    if (size >= bytes.length / 2) {
      bytes = new byte[Math.max(SMALLEST, capacity)];
    }
    size = 0;
    return taken;
  }

  /// A writer of up to `most` bytes at the end; [#wrote] says how many there were.
  ByteBuffer room(int most) {
    if (bytes.length - size < most) {
      int enough = Math.addExact(size, most);
      bytes = Arrays.copyOf(bytes, (int) Math.max(enough, Math.min(2L * bytes.length, 1L << 30)));
    }
    return ByteBuffer.wrap(bytes, size, most);
  }

  void wrote(int count) {
    size += count;
  }
}
