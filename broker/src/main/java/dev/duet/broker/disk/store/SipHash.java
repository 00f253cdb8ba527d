package dev.duet.broker.disk.store;

import java.nio.charset.StandardCharsets;

/// SipHash-2-4: a 64-bit hash that cannot be predicted without its key (Aumasson and Bernstein,
/// SipHash: a fast short-input PRF, 2012). Any thread.
public final class SipHash {
  private final long k0;
  private final long k1;

  /// @param salt its key
  public SipHash(Salt salt) {
    this.k0 = salt.k0();
    this.k1 = salt.k1();
  }

  /// The hash of the text's UTF-8. Allocates nothing if it is ASCII.
  public long hash(String text) {
    int length = text.length();
    var state = new State(k0, k1);
    long word = 0;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        return hash(text.getBytes(StandardCharsets.UTF_8));
      }
      word |= (long) c << 8 * (i & 7);
      if ((i & 7) == 7) {
        state.take(word);
        word = 0;
      }
    }
    return state.end(word | (long) length << 56);
  }

  /// The hash of these bytes.
  public long hash(byte[] bytes) {
    var state = new State(k0, k1);
    long word = 0;
    for (int i = 0; i < bytes.length; i++) {
      word |= (bytes[i] & 0xFFL) << 8 * (i & 7);
      if ((i & 7) == 7) {
        state.take(word);
        word = 0;
      }
    }
    return state.end(word | (long) bytes.length << 56);
  }

  private static final class State {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    State(long k0, long k1) {
      v0 = k0 ^ 0x736f6d6570736575L;
      v1 = k1 ^ 0x646f72616e646f6dL;
      v2 = k0 ^ 0x6c7967656e657261L;
      v3 = k1 ^ 0x7465646279746573L;
    }

    void take(long word) {
      v3 ^= word;
      round();
      round();
      v0 ^= word;
    }

    long end(long lastWord) {
      take(lastWord);
      v2 ^= 0xff;
      round();
      round();
      round();
      round();
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
