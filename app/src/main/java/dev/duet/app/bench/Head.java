package dev.duet.app.bench;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The head of an HTTP/1.1 answer, taken from the bytes of its connection up to the empty line.
final class Head {
  private static final int MOST = 32 << 10;
  private static final int STATUS_AT = "HTTP/1.1 ".length();
  private static final int STATUS_LENGTH = 3;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
  private int matched;
  private String text = "";

  /// Takes what belongs to the head; true once it is whole.
  ///
  /// @throws BenchException if it is none, or too long
  boolean take(ByteBuf in) {
    while (in.isReadable()) {
      byte b = in.readByte();
      bytes.write(b);
      boolean expected = b == (matched % 2 == 0 ? '\r' : '\n');
      matched = expected ? matched + 1 : b == '\r' ? 1 : 0;
      if (matched == 4) {
        text = bytes.toString(StandardCharsets.ISO_8859_1);
        if (!text.matches("(?s)HTTP/1\\.[01] [0-9]{3}[ \r].*")) {
          throw new BenchException("the server does not answer in HTTP/1.1: " + firstLine());
        }
        return true;
      }
      if (bytes.size() > MOST) {
        throw new BenchException("the head of the server's answer is longer than 32 KiB");
      }
    }
    return false;
  }

  int status() {
    return Integer.parseInt(text.substring(STATUS_AT, STATUS_AT + STATUS_LENGTH));
  }

  String firstLine() {
    int end = text.indexOf('\r');
    return end < 0 ? text : text.substring(0, end);
  }

  /// A field's value, empty if it is not there.
  String field(String name) {
    String sought = "\n" + name.toLowerCase(Locale.ROOT) + ":";
    int at = text.toLowerCase(Locale.ROOT).indexOf(sought);
    return at < 0
        ? ""
        : text.substring(at + sought.length(), text.indexOf('\r', at + sought.length())).strip();
  }

  boolean chunked() {
    return field("Transfer-Encoding").equalsIgnoreCase("chunked");
  }
}
