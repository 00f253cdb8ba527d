package dev.duet.broker.disk.store;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/// The 128 random bits of one log: its checksums begin with them and its hashes are keyed by them,
/// so that nobody can publish bytes that pass for a record, or names that collide. Secret.
///
/// @param k0 the first eight bytes, little endian
/// @param k1 the last eight bytes, little endian
public record Salt(long k0, long k1) {
  /// Bytes of it.
  public static final int BYTES = 16;

  /// Reads what [#hex()] wrote.
  ///
  /// @throws IllegalArgumentException if it is not 32 hexadecimal digits
  public static Salt parse(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a salt has " + 2 * BYTES + " hexadecimal digits");
    }
    var in = ByteBuffer.wrap(bytes);
    return new Salt(Long.reverseBytes(in.getLong()), Long.reverseBytes(in.getLong()));
  }

  /// As 32 hexadecimal digits.
  public String hex() {
    return HexFormat.of().formatHex(bytes());
  }

  byte[] bytes() {
    return ByteBuffer.allocate(BYTES)
        .putLong(Long.reverseBytes(k0))
        .putLong(Long.reverseBytes(k1))
        .array();
  }

  @Override
  public String toString() {
    return "salt";
  }
}
