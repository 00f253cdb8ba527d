package dev.duet.app;

import dev.duet.app.client.ClientException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Lines of an input as batches that a server takes.
final class LineBatches {
  /// A server takes 1,000 lines and 16 MiB.
  private static final int MAX_LINES = 1_000;

  private static final int MAX_BYTES = 8 << 20;

  /// The largest publication there can be, in base64.
  private static final int MAX_LINE = 24 << 20;

  /// @param number from 1 on
  /// @param first line of the input that is in it, from 1 on
  record Batch(int number, byte[] body, long first, long last) {
    String lines() {
      return first == last ? "" + first : first + " to " + last;
    }
  }

  private final BufferedInputStream in;
  private final boolean prompt;
  private final UnaryOperator<String> form;
  private int number;
  private long line;

  /// @param prompt whether a batch is what there is, or as much as fits
  /// @param form makes a line of the batch
  LineBatches(InputStream in, boolean prompt, UnaryOperator<String> form) {
    this.in = new BufferedInputStream(in, 1 << 16);
    this.prompt = prompt;
    this.form = form;
  }

  /// The next one, or null. Blocks until there is a line.
  @Nullable Batch next() throws IOException {
    var body = new ByteArrayOutputStream();
    long first = 0;
    int lines = 0;
    while (lines < MAX_LINES && body.size() < MAX_BYTES) {
      if (prompt && lines > 0 && in.available() == 0) {
        break;
      }
      String text = readLine();
      if (text == null) {
        break;
      }
      line++;
      if (!text.isBlank()) {
        first = first == 0 ? line : first;
        body.writeBytes(form.apply(text).getBytes(StandardCharsets.UTF_8));
        body.write('\n');
        lines++;
      }
    }
    return lines == 0 ? null : new Batch(++number, body.toByteArray(), first, line);
  }

  private @Nullable String readLine() throws IOException {
    var bytes = new ByteArrayOutputStream(128);
    while (true) {
      int b = in.read();
      if (b < 0 && bytes.size() == 0) {
        return null;
      } else if (b < 0 || b == '\n') {
        String text = bytes.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      } else if (bytes.size() == MAX_LINE) {
        throw new IOException("line " + (line + 1) + " of the input is longer than 24 MiB");
      }
      bytes.write(b);
    }
  }

  /// A refusal of a whole batch, with the lines of the input.
  ClientException named(Batch batch, ClientException refusal) {
    return refusal.about("lines " + batch.lines() + " of the input: ");
  }
}
