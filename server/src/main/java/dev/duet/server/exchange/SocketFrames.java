package dev.duet.server.exchange;

import io.netty.buffer.ByteBuf;

/// Writes unmasked, unfragmented server frames (RFC 6455 section 5.2).
public final class SocketFrames {
  /// Opcode of a text message.
  public static final int TEXT = 0x1;

  /// Opcode of a binary message.
  public static final int BINARY = 0x2;

  /// Opcode of a close frame.
  public static final int CLOSE = 0x8;

  /// Opcode of a ping.
  public static final int PING = 0x9;

  /// Opcode of a pong.
  public static final int PONG = 0xA;

  /// Longest head of an unmasked frame, in bytes.
  public static final int MAX_HEAD = 10;

  private SocketFrames() {}

  /// Writes the head of a final frame whose payload of `length` bytes the caller writes after it.
  public static void writeHead(ByteBuf out, int opcode, int length) {
    out.writeByte(0x80 | opcode);
    if (length < 126) {
      out.writeByte(length);
    } else if (length < 65_536) {
      out.writeByte(126);
      out.writeShort(length);
    } else {
      out.writeByte(127);
      out.writeLong(length);
    }
  }

  /// The bytes of that head.
  public static int headLength(int length) {
    return length < 126 ? 2 : length < 65_536 ? 4 : 10;
  }
}
