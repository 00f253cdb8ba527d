package dev.duet.server.hub;

import static dev.duet.server.hub.JsonBytes.ascii;

import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import dev.duet.server.exchange.SocketFrames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Messages that are JSON objects, one a line or one a WebSocket text frame: publications in their
/// envelope, control events as `{"event":"duet.…","cursor":…,"data":{…}}`.
final class JsonWire implements Wire {
  /// What separates messages.
  enum Framing {
    LINES,
    SOCKET
  }

  private final Framing framing;

  JsonWire(Framing framing) {
    this.framing = framing;
  }

  @Override
  public boolean carriesCursor() {
    return true;
  }

  @Override
  public ByteBuf opening(@Nullable String cursor, int retryMillis, @Nullable String note) {
    return cursor == null ? Unpooled.EMPTY_BUFFER : heartbeat(cursor);
  }

  @Override
  public ByteBuf publicationFrame(Publication publication, String cursor) {
    ByteBuf out = JsonBytes.bufferFor(publication);
    JsonBytes.writeEnvelope(out, publication, cursor);
    ByteBuf framed = frame(out);
    if (!publication.end()) {
      return framed;
    }
    ByteBuf end = channelEnded(publication.channel(), cursor);
    framed.writeBytes(end);
    end.release();
    return framed;
  }

  @Override
  public ByteBuf gap(Gap gap, @Nullable String cursor) {
    ByteBuf out = control("duet.gap", cursor);
    JsonBytes.writeGap(out, gap);
    return close(out);
  }

  @Override
  public ByteBuf live(Collection<String> channels, String cursor) {
    ByteBuf out = control("duet.live", cursor);
    ascii(out, "{}");
    return close(out);
  }

  @Override
  public ByteBuf channelEnded(String channel, @Nullable String cursor) {
    ByteBuf out = control("duet.end", cursor);
    ascii(out, "{\"channel\":\"" + channel + "\",\"reason\":\"ended\"}");
    return close(out);
  }

  @Override
  public ByteBuf end(Ending ending) {
    ByteBuf out = control("duet.end", null);
    ascii(
        out,
        "{\"reason\":\"" + ending.reason().text() + "\",\"retry\":" + ending.retryMillis() + "}");
    return close(out);
  }

  @Override
  public ByteBuf heartbeat(@Nullable String cursor) {
    if (cursor == null) {
      return framing == Framing.LINES ? line() : SocketWire.ping();
    }
    ByteBuf out = JsonBytes.buffer();
    ascii(out, "{\"cursor\":\"" + cursor + "\"}");
    return frame(out);
  }

  private static ByteBuf line() {
    return JsonBytes.buffer().writeByte('\n');
  }

  private static ByteBuf control(String event, @Nullable String cursor) {
    ByteBuf out = JsonBytes.buffer();
    ascii(out, "{\"event\":\"" + event + "\",");
    if (cursor != null) {
      ascii(out, "\"cursor\":\"" + cursor + "\",");
    }
    ascii(out, "\"data\":");
    return out;
  }

  private ByteBuf close(ByteBuf out) {
    out.writeByte('}');
    return frame(out);
  }

  /// Frames a whole message; takes the buffer over.
  private ByteBuf frame(ByteBuf message) {
    if (framing == Framing.LINES) {
      return message.writeByte('\n');
    }
    int length = message.readableBytes();
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(length + SocketFrames.MAX_HEAD);
    SocketFrames.writeHead(out, SocketFrames.TEXT, length);
    out.writeBytes(message);
    message.release();
    return out;
  }
}
