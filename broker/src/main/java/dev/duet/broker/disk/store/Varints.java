package dev.duet.broker.disk.store;

import java.nio.ByteBuffer;

/// Whole numbers in one to ten bytes, seven bits each, the lowest first.
final class Varints {
  /// Most bytes of one.
  static final int MOST = 10;

  private Varints() {}

  static void put(ByteBuffer into, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      into.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    into.put((byte) rest);
  }

  /// @throws DamagedException if it does not end
  static long get(ByteBuffer from) throws DamagedException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!from.hasRemaining()) {
        throw new DamagedException("a number is cut off");
      }
      byte next = from.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new DamagedException("a number has more than " + MOST + " bytes");
  }

  /// So that small negative numbers are short as well.
  static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  static long unzigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }
}
