package dev.duet.app.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Lines of UTF-8 that end in LF, CR or CRLF. What has no end yet is no line.
final class Lines {
  /// The largest publication is 16 MiB, and JSON may write each of its bytes as six.
  private static final int MAX = 128 << 20;

  private final InputStream in;
  private final int max;
  private boolean afterReturn;

  Lines(InputStream in) {
    this(in, MAX);
  }

  Lines(InputStream in, int max) {
    this.in = new BufferedInputStream(in, 1 << 16);
    this.max = max;
  }

  /// The next line; null when there is none, whatever came after the last one.
  @Nullable String next() throws IOException {
    var line = new ByteArrayOutputStream(256);
    while (true) {
      int b = in.read();
      if (b == '\n' && afterReturn) {
        afterReturn = false;
        continue;
      }
      afterReturn = b == '\r';
      if (b < 0) {
        return null;
      } else if (b == '\n' || b == '\r') {
        return line.toString(StandardCharsets.UTF_8);
      } else if (line.size() == max) {
        throw new IOException("a line is longer than " + max + " bytes");
      }
      line.write(b);
    }
  }
}
