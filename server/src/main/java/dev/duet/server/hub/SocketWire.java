package dev.duet.server.hub;

import dev.duet.protocol.Gap;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import dev.duet.server.exchange.SocketFrames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// WebSocket frames with payloads as they are: JSON and text as text frames, bytes as binary ones.
/// It has no place for a cursor, a tombstone or a control event.
final class SocketWire implements Wire {
  @Override
  public boolean carriesCursor() {
    return false;
  }

  @Override
  public ByteBuf opening(@Nullable String cursor, int retryMillis, @Nullable String note) {
    return Unpooled.EMPTY_BUFFER;
  }

  @Override
  public ByteBuf publicationFrame(Publication publication, String cursor) {
    if (publication.deleted()) {
      return Unpooled.EMPTY_BUFFER;
    }
    byte[] data = publication.data();
    int opcode = publication.type() == PayloadType.BYTES ? SocketFrames.BINARY : SocketFrames.TEXT;
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(data.length + SocketFrames.MAX_HEAD);
    SocketFrames.writeHead(out, opcode, data.length);
    return out.writeBytes(data);
  }

  @Override
  public ByteBuf gap(Gap gap, @Nullable String cursor) {
    return Unpooled.EMPTY_BUFFER;
  }

  @Override
  public ByteBuf live(Collection<String> channels, String cursor) {
    return Unpooled.EMPTY_BUFFER;
  }

  @Override
  public ByteBuf channelEnded(String channel, @Nullable String cursor) {
    return Unpooled.EMPTY_BUFFER;
  }

  @Override
  public ByteBuf end(Ending ending) {
    return Unpooled.EMPTY_BUFFER;
  }

  @Override
  public ByteBuf heartbeat(@Nullable String cursor) {
    return ping();
  }

  static ByteBuf ping() {
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(2);
    SocketFrames.writeHead(out, SocketFrames.PING, 0);
    return out;
  }
}
