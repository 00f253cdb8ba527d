package dev.duet.server.hub;

import dev.duet.protocol.Gap;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Writes the JSON of publications and control events into buffers: the envelope of
/// `docs/protocol.md`. Payloads that are JSON are copied as they are, never parsed again.
public final class JsonBytes {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private JsonBytes() {}

  /// A direct buffer with room for `publication` in an envelope, growing where the guess is short.
  static ByteBuf bufferFor(Publication publication) {
    int data = publication.data().length;
    int payload = publication.type() == PayloadType.BYTES ? data / 3 * 4 + 64 : data + data / 16;
    return ByteBufAllocator.DEFAULT.directBuffer(payload + publication.channel().length() + 256);
  }

  static ByteBuf buffer() {
    return ByteBufAllocator.DEFAULT.directBuffer(256);
  }

  /// `{"channel":…,"offset":…,"cursor":…,"event":…,"key":…,"deleted":true,"from":…,"time":…,"data":…}`,
  /// or `data64` for bytes; members without a value are left out, a tombstone has no data.
  ///
  /// @param cursor left out if null
  public static void writeEnvelope(ByteBuf out, Publication publication, @Nullable String cursor) {
    out.writeByte('{');
    writeNames(out, publication, cursor);
    if (!publication.deleted()) {
      writeData(out, publication);
    }
    out.writeByte('}');
  }

  /// The envelope's members but the payload, without braces.
  static void writeNames(ByteBuf out, Publication publication, @Nullable String cursor) {
    ascii(out, "\"channel\":\"");
    ascii(out, publication.channel());
    ascii(out, "\",\"offset\":");
    ascii(out, Long.toString(publication.offset()));
    if (cursor != null) {
      ascii(out, ",\"cursor\":\"");
      ascii(out, cursor);
      out.writeByte('"');
    }
    member(out, ",\"event\":", publication.event());
    member(out, ",\"key\":", publication.key());
    if (publication.deleted()) {
      ascii(out, ",\"deleted\":true");
    }
    member(out, ",\"from\":", publication.from());
    ascii(out, ",\"time\":");
    ascii(out, Long.toString(publication.time()));
  }

  /// About the bytes that [#writeEnvelope] writes: exact for the payload, generous for the rest.
  static int envelopeLength(Publication publication) {
    byte[] data = publication.data();
    long payload =
        switch (publication.type()) {
          case JSON -> data.length;
          case BYTES -> (data.length + 2L) / 3 * 4;
          case TEXT -> escapedLength(data);
        };
    int names = publication.weight() - data.length;
    return (int) Math.min(Integer.MAX_VALUE, payload + 6L * names + publication.channel().length());
  }

  private static long escapedLength(byte[] utf8) {
    long length = utf8.length;
    for (byte b : utf8) {
      if (b == '"' || b == '\\' || b == '\n' || b == '\r' || b == '\t') {
        length++;
      } else if (b >= 0 && b < 0x20) {
        length += 5;
      }
    }
    return length;
  }

  /// `,"data":…`, or `data64` for bytes.
  static void writeData(ByteBuf out, Publication publication) {
    switch (publication.type()) {
      case JSON -> {
        ascii(out, ",\"data\":");
        out.writeBytes(publication.data());
      }
      case TEXT -> {
        ascii(out, ",\"data\":");
        string(out, publication.data());
      }
      case BYTES -> {
        ascii(out, ",\"data64\":\"");
        out.writeBytes(Base64.getEncoder().encode(publication.data()));
        out.writeByte('"');
      }
    }
  }

  /// `{"channel":…,"from":…,"to":…,"reason":…,"certain":…,"state":…}`.
  public static void writeGap(ByteBuf out, Gap gap) {
    out.writeByte('{');
    writeGapMembers(out, gap);
    out.writeByte('}');
  }

  /// The same without braces.
  static void writeGapMembers(ByteBuf out, Gap gap) {
    ascii(out, "\"channel\":\"");
    ascii(out, gap.channel());
    ascii(
        out,
        "\",\"from\":%d,\"to\":%d,\"reason\":\"%s\",\"certain\":%b,\"state\":%b"
            .formatted(gap.from(), gap.to(), gap.reason().text(), gap.certain(), gap.state()));
  }

  /// Writes text that is known to be ASCII.
  public static void ascii(ByteBuf out, String text) {
    ByteBufUtil.writeAscii(out, text);
  }

  /// Writes a JSON string.
  public static void string(ByteBuf out, String text) {
    string(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void member(ByteBuf out, String name, @Nullable String value) {
    if (value != null) {
      ascii(out, name);
      string(out, value);
    }
  }

  /// RFC 8259 section 7: only quotation mark, reverse solidus and control characters are escaped.
  private static void string(ByteBuf out, byte[] utf8) {
    out.writeByte('"');
    int from = 0;
    for (int i = 0; i < utf8.length; i++) {
      byte b = utf8[i];
      if (b == '"' || b == '\\' || (b >= 0 && b < 0x20)) {
        out.writeBytes(utf8, from, i - from);
        escape(out, b);
        from = i + 1;
      }
    }
    out.writeBytes(utf8, from, utf8.length - from);
    out.writeByte('"');
  }

  private static void escape(ByteBuf out, byte b) {
    out.writeByte('\\');
    switch (b) {
      case '"', '\\' -> out.writeByte(b);
      case '\n' -> out.writeByte('n');
      case '\r' -> out.writeByte('r');
      case '\t' -> out.writeByte('t');
      default -> {
        ascii(out, "u00");
        out.writeByte(HEX[b >> 4]);
        out.writeByte(HEX[b & 15]);
      }
    }
  }
}
