package dev.duet.server.hub;

import static dev.duet.server.hub.JsonBytes.ascii;

import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Server-Sent Events (WHATWG HTML, section 9.2). Lines end in LF, blocks in LF LF; the `id:` of a
/// block is remembered by a browser at its empty line, so a block is taken whole or not at all.
final class SseWire implements Wire {
  private final boolean envelope;

  SseWire(boolean envelope) {
    this.envelope = envelope;
  }

  @Override
  public boolean carriesCursor() {
    return true;
  }

  @Override
  public ByteBuf opening(@Nullable String cursor, int retryMillis, @Nullable String note) {
    ByteBuf out = JsonBytes.buffer();
    if (note != null) {
      ascii(out, ": " + note + "\n");
    }
    ascii(out, "retry: " + retryMillis + "\n");
    if (cursor != null) {
      ascii(out, "id: " + cursor + "\n");
    }
    out.writeByte('\n');
    return out;
  }

  @Override
  public ByteBuf publicationFrame(Publication publication, String cursor) {
    ByteBuf out = JsonBytes.bufferFor(publication);
    id(out, cursor);
    if (envelope) {
      ascii(out, "data: ");
      JsonBytes.writeEnvelope(out, publication, cursor);
      out.writeByte('\n');
    } else if (publication.deleted()) {
      tombstone(out, publication);
    } else {
      if (publication.event() != null) {
        ascii(out, "event: ");
        out.writeCharSequence(publication.event(), StandardCharsets.UTF_8);
        out.writeByte('\n');
      }
      payload(out, publication);
    }
    out.writeByte('\n');
    if (publication.end()) {
      writeChannelEnded(out, publication.channel(), cursor);
    }
    return out;
  }

  @Override
  public ByteBuf gap(Gap gap, @Nullable String cursor) {
    ByteBuf out = JsonBytes.buffer();
    id(out, cursor);
    ascii(out, "event: duet.gap\ndata: ");
    JsonBytes.writeGap(out, gap);
    ascii(out, "\n\n");
    return out;
  }

  @Override
  public ByteBuf live(Collection<String> channels, String cursor) {
    ByteBuf out = JsonBytes.buffer();
    id(out, cursor);
    ascii(out, "event: duet.live\ndata: {\"cursor\":\"" + cursor + "\"}\n\n");
    return out;
  }

  @Override
  public ByteBuf channelEnded(String channel, @Nullable String cursor) {
    ByteBuf out = JsonBytes.buffer();
    writeChannelEnded(out, channel, cursor);
    return out;
  }

  @Override
  public ByteBuf end(Ending ending) {
    ByteBuf out = JsonBytes.buffer();
    int retry = ending.retryMillis();
    ascii(out, "retry: " + retry + "\nevent: duet.end\ndata: {\"reason\":\"");
    ascii(out, ending.reason().text() + "\",\"retry\":" + retry + "}\n\n");
    return out;
  }

  @Override
  public ByteBuf heartbeat(@Nullable String cursor) {
    ByteBuf out = JsonBytes.buffer();
    if (cursor == null) {
      ascii(out, ":\n\n");
    } else {
      id(out, cursor);
      out.writeByte('\n');
    }
    return out;
  }

  private static void id(ByteBuf out, @Nullable String cursor) {
    if (cursor != null) {
      ascii(out, "id: ");
      ascii(out, cursor);
      out.writeByte('\n');
    }
  }

  private static void tombstone(ByteBuf out, Publication publication) {
    ascii(out, "event: duet.delete\ndata: {\"channel\":\"" + publication.channel() + "\",\"key\":");
    String key = publication.key();
    JsonBytes.string(out, key == null ? "" : key);
    ascii(out, ",\"offset\":" + publication.offset() + "}\n");
  }

  private static void writeChannelEnded(ByteBuf out, String channel, @Nullable String cursor) {
    id(out, cursor);
    ascii(out, "event: duet.end\ndata: {\"channel\":\"" + channel + "\",\"reason\":\"ended\"}\n\n");
  }

  private static void payload(ByteBuf out, Publication publication) {
    byte[] data = publication.data();
    switch (publication.type()) {
      case JSON -> {
        ascii(out, "data: ");
        out.writeBytes(data);
        out.writeByte('\n');
      }
      case TEXT -> lines(out, data);
      case BYTES -> {
        ascii(out, "data: data:application/octet-stream;base64,");
        out.writeBytes(Base64.getEncoder().encode(data));
        out.writeByte('\n');
      }
    }
  }

  /// A `data:` line for each line of the text, whatever ends it: LF, CR or CRLF (section 9.2.5).
  private static void lines(ByteBuf out, byte[] text) {
    int from = 0;
    for (int i = 0; i <= text.length; i++) {
      if (i == text.length || text[i] == '\n' || text[i] == '\r') {
        ascii(out, "data: ");
        out.writeBytes(text, from, i - from);
        out.writeByte('\n');
        if (i + 1 < text.length && text[i] == '\r' && text[i + 1] == '\n') {
          i++;
        }
        from = i + 1;
      }
    }
  }
}
