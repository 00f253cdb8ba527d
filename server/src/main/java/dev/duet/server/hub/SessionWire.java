package dev.duet.server.hub;

import static dev.duet.server.hub.JsonBytes.ascii;

import dev.duet.protocol.Gap;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import dev.duet.server.exchange.SocketFrames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// The messages of `duet.v1` that the hub sends, as WebSocket frames:
///
/// - `{"type":"publication","channel":…,"offset":…,"cursor":…,…}`: the members of the envelope, in
///   a text frame. If its payload is bytes, a binary frame: two bytes with the length of the JSON
///   (big-endian), the same JSON without data, the payload.
/// - `{"type":"gap","channel":…,"from":…,"to":…,"reason":…,"certain":…,"state":…,"cursor":…}`
/// - `{"type":"live","channels":[…],"cursor":…}`
/// - `{"type":"end","channel":…,"reason":"ended","cursor":…}`: a channel has ended
/// - `{"type":"end","reason":…,"retry":…}`: the connection ends
/// - `{"type":"cursor","cursor":…}`: a heartbeat; a ping where there is none to tell
final class SessionWire implements Wire {
  @Override
  public boolean carriesCursor() {
    return true;
  }

  /// A subscription's first words are the session's.
  @Override
  public ByteBuf opening(@Nullable String cursor, int retryMillis, @Nullable String note) {
    return Unpooled.EMPTY_BUFFER;
  }

  @Override
  public ByteBuf publicationFrame(Publication publication, String cursor) {
    boolean binary = publication.type() == PayloadType.BYTES && !publication.deleted();
    ByteBuf json = JsonBytes.bufferFor(publication);
    ascii(json, "{\"type\":\"publication\",");
    JsonBytes.writeNames(json, publication, cursor);
    if (!binary && !publication.deleted()) {
      JsonBytes.writeData(json, publication);
    }
    json.writeByte('}');
    ByteBuf framed = binary ? binaryFrame(json, publication.data()) : textFrame(json);
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
    ByteBuf out = begin("gap");
    out.writeByte(',');
    JsonBytes.writeGapMembers(out, gap);
    return end(out, cursor);
  }

  @Override
  public ByteBuf live(Collection<String> channels, String cursor) {
    ByteBuf out = begin("live");
    ascii(out, ",\"channels\":[");
    boolean first = true;
    for (String channel : channels) {
      ascii(out, first ? "\"" : ",\"");
      ascii(out, channel);
      out.writeByte('"');
      first = false;
    }
    out.writeByte(']');
    return end(out, cursor);
  }

  @Override
  public ByteBuf channelEnded(String channel, @Nullable String cursor) {
    ByteBuf out = begin("end");
    ascii(out, ",\"channel\":\"" + channel + "\",\"reason\":\"ended\"");
    return end(out, cursor);
  }

  @Override
  public ByteBuf end(Ending ending) {
    ByteBuf out = begin("end");
    ascii(out, ",\"reason\":\"" + ending.reason().text() + "\",\"retry\":" + ending.retryMillis());
    return end(out, null);
  }

  @Override
  public ByteBuf heartbeat(@Nullable String cursor) {
    return cursor == null ? SocketWire.ping() : end(begin("cursor"), cursor);
  }

  private static ByteBuf begin(String type) {
    ByteBuf out = JsonBytes.buffer();
    ascii(out, "{\"type\":\"");
    ascii(out, type);
    return out.writeByte('"');
  }

  private static ByteBuf end(ByteBuf out, @Nullable String cursor) {
    if (cursor != null) {
      ascii(out, ",\"cursor\":\"");
      ascii(out, cursor);
      out.writeByte('"');
    }
    out.writeByte('}');
    return textFrame(out);
  }

  /// Frames a whole message; takes the buffer over.
  private static ByteBuf textFrame(ByteBuf json) {
    int length = json.readableBytes();
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(length + SocketFrames.MAX_HEAD);
    SocketFrames.writeHead(out, SocketFrames.TEXT, length);
    out.writeBytes(json);
    json.release();
    return out;
  }

  private static ByteBuf binaryFrame(ByteBuf json, byte[] data) {
    int length = 2 + json.readableBytes() + data.length;
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(length + SocketFrames.MAX_HEAD);
    SocketFrames.writeHead(out, SocketFrames.BINARY, length);
    out.writeShort(json.readableBytes());
    out.writeBytes(json);
    json.release();
    return out.writeBytes(data);
  }
}
