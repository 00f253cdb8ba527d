package dev.duet.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Checks that bytes are UTF-8 (RFC 3629 section 3, the table of well-formed sequences), in pieces
/// that may end inside a character. Fails at the first byte that no valid text can have there. Not
/// safe for several threads.
public final class Utf8Validator {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

  /// Bytes that the character under way still needs, and the range of the next.
  private int needed;

  private int least;
  private int most;

  /// Whether all of it is UTF-8.
  public static boolean valid(byte[] text) {
    var validator = new Utf8Validator();
    return validator.accept(text, 0, text.length) && validator.complete();
  }

  /// Takes the next piece.
  ///
  /// @return false if the text is invalid already; what is taken after that means nothing until
  ///     [#reset]
  public boolean accept(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      if (needed == 0) {
        while (i + Long.BYTES <= to && ((long) LONGS.get(bytes, i) & NOT_ASCII) == 0) {
          i += Long.BYTES;
        }
        if (i < to && bytes[i] < 0 && !begin(bytes[i] & 0xFF)) {
          return false;
        }
      } else {
        int b = bytes[i] & 0xFF;
        if (b < least || b > most) {
          return false;
        }
        least = 0x80;
        most = 0xBF;
        needed--;
      }
      i++;
    }
    return true;
  }

  /// Whether the text may end here: not inside a character.
  public boolean complete() {
    return needed == 0;
  }

  /// Begins with the next text.
  public void reset() {
    needed = 0;
  }

  private boolean begin(int b) {
    least = 0x80;
    most = 0xBF;
    if (b >= 0xC2 && b <= 0xDF) {
      needed = 1;
    } else if (b >= 0xE0 && b <= 0xEF) {
      needed = 2;
      least = b == 0xE0 ? 0xA0 : 0x80;
      most = b == 0xED ? 0x9F : 0xBF;
    } else if (b >= 0xF0 && b <= 0xF4) {
      needed = 3;
      least = b == 0xF0 ? 0x90 : 0x80;
      most = b == 0xF4 ? 0x8F : 0xBF;
    }
    return needed > 0;
  }
}
