package dev.duet.server.session;

import dev.duet.server.exchange.SocketFrames;
import dev.duet.server.hub.JsonBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// A message of the server, as it is written: `type` first, then `id`. Its owner takes [#frame] or
/// [#binaryFrame] once, or lets go with [#release].
public final class Message {
  /// What may stand before the members: the head of a frame, and the length of a header.
  private static final int RESERVED = SocketFrames.MAX_HEAD + 2;

  private final ByteBuf out;

  private Message(ByteBuf out) {
    this.out = out;
  }

  /// @param id as JSON text; left out if null
  public static Message of(String type, @Nullable String id) {
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(256);
    out.writeZero(RESERVED);
    JsonBytes.ascii(out, "{\"type\":\"" + type + "\"");
    var message = new Message(out);
    if (id != null) {
      JsonBytes.ascii(out, ",\"id\":");
      out.writeCharSequence(id, StandardCharsets.UTF_8);
    }
    return message;
  }

  /// A member that is a string; left out if null.
  public Message text(String name, @Nullable String value) {
    if (value != null) {
      name(name);
      JsonBytes.string(out, value);
    }
    return this;
  }

  /// A member that is a number.
  public Message number(String name, long value) {
    name(name);
    JsonBytes.ascii(out, Long.toString(value));
    return this;
  }

  /// A member that is true or false.
  public Message flag(String name, boolean value) {
    name(name);
    JsonBytes.ascii(out, Boolean.toString(value));
    return this;
  }

  /// A member that is a list of channels' names.
  public Message channels(String name, Collection<String> values) {
    name(name);
    String separator = "[";
    for (String value : values) {
      JsonBytes.ascii(out, separator + "\"" + value + "\"");
      separator = ",";
    }
    JsonBytes.ascii(out, values.isEmpty() ? "[]" : "]");
    return this;
  }

  /// Where the caller writes further members as JSON, each with a comma before it.
  public ByteBuf members() {
    return out;
  }

  private void name(String name) {
    JsonBytes.ascii(out, ",\"" + name + "\":");
  }

  /// The whole message as a text frame; the caller's from now on.
  public ByteBuf frame() {
    out.writeByte('}');
    return framed(RESERVED, SocketFrames.TEXT);
  }

  /// The message as the header of a binary frame, and the payload after it; the caller's from now
  /// on.
  public ByteBuf binaryFrame(byte[] payload) {
    out.writeByte('}');
    out.setShort(RESERVED - 2, out.readableBytes() - RESERVED);
    out.writeBytes(payload);
    return framed(RESERVED - 2, SocketFrames.BINARY);
  }

  private ByteBuf framed(int from, int opcode) {
    int length = out.readableBytes() - from;
    int start = from - SocketFrames.headLength(length);
    int end = out.writerIndex();
    out.writerIndex(start);
    SocketFrames.writeHead(out, opcode, length);
    return out.setIndex(start, end);
  }

  /// It is not sent.
  public void release() {
    out.release();
  }

  /// A JSON string.
  static String quoted(String text) {
    ByteBuf out = Unpooled.buffer(text.length() + 2);
    JsonBytes.string(out, text);
    return out.toString(StandardCharsets.UTF_8);
  }
}
