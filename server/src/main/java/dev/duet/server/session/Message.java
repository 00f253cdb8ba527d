package dev.duet.server.session;

import dev.duet.server.exchange.SocketFrames;
import dev.duet.server.hub.JsonBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// A message of the server, as it is written: a text frame with `type` first, then `id`. Its owner
/// takes [#frame] once, or lets go with [#release].
public final class Message {
  private final ByteBuf out;

  private Message(ByteBuf out) {
    this.out = out;
  }

  /// @param id as JSON text; left out if null
  public static Message of(String type, @Nullable String id) {
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(256);
    out.writeZero(SocketFrames.MAX_HEAD);
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

  /// The whole message as a frame; the caller's from now on.
  public ByteBuf frame() {
    out.writeByte('}');
    int length = out.readableBytes() - SocketFrames.MAX_HEAD;
    int start = SocketFrames.MAX_HEAD - SocketFrames.headLength(length);
    int end = out.writerIndex();
    out.writerIndex(start);
    SocketFrames.writeHead(out, SocketFrames.TEXT, length);
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
