package dev.duet.server.transport;

import dev.duet.server.exchange.Exchange.Header;
import dev.duet.server.exchange.Response;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the heads of answers (RFC 9112 section 4), and whole answers.
final class Http1Answer {
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int USUAL_HEAD_BYTES = 256;

  private Http1Answer() {}

  static ByteBuf goOn(ByteBufAllocator alloc) {
    return alloc.directBuffer(CONTINUE.length).writeBytes(CONTINUE);
  }

  /// A whole answer in one buffer.
  ///
  /// @param bodyLeftOut for HEAD
  /// @param connection value of the `Connection` field, or null to leave it out
  static ByteBuf whole(
      ByteBufAllocator alloc,
      Response response,
      boolean bodyLeftOut,
      @Nullable String connection,
      String date) {
    boolean bodiless = response.status() == 204 || response.status() == 304;
    int bodyBytes = bodiless || bodyLeftOut ? 0 : response.body().length;
    ByteBuf out = alloc.directBuffer(USUAL_HEAD_BYTES + bodyBytes);
    try {
      start(out, response.status(), response.headers(), connection, date);
      if (!bodiless) {
        field(out, "content-length", Integer.toString(response.body().length));
      }
      end(out);
      return out.writeBytes(response.body(), 0, bodyBytes);
    } catch (RuntimeException e) {
      out.release();
      throw e;
    }
  }

  /// The head of an answer that has no length of its own: of a stream, or 101.
  static ByteBuf head(
      ByteBufAllocator alloc, int status, List<Header> headers, String connection, String date) {
    ByteBuf out = alloc.directBuffer(USUAL_HEAD_BYTES);
    try {
      start(out, status, headers, connection, date);
      end(out);
      return out;
    } catch (RuntimeException e) {
      out.release();
      throw e;
    }
  }

  private static void start(
      ByteBuf out, int status, List<Header> headers, @Nullable String connection, String date) {
    ascii(out, "HTTP/1.1 ");
    ascii(out, Integer.toString(status));
    out.writeByte(' ');
    ascii(out, HttpResponseStatus.valueOf(status).reasonPhrase());
    end(out);
    field(out, "date", date);
    for (Header header : headers) {
      field(out, header.name(), header.value());
    }
    if (connection != null) {
      field(out, "connection", connection);
    }
  }

  private static void field(ByteBuf out, String name, String value) {
    ascii(out, name);
    out.writeByte(':').writeByte(' ');
    ascii(out, value);
    end(out);
  }

  /// Latin-1, as header fields are; a character that could end a field is a defect of the caller.
  private static void ascii(ByteBuf out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7F || c > 0xFF) {
        throw new IllegalArgumentException("illegal character in a header field: " + (int) c);
      }
    }
    out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
  }

  private static void end(ByteBuf out) {
    out.writeByte('\r').writeByte('\n');
  }
}
