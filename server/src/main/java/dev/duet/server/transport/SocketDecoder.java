package dev.duet.server.transport;

import static dev.duet.server.exchange.SocketFrames.BINARY;
import static dev.duet.server.exchange.SocketFrames.CLOSE;
import static dev.duet.server.exchange.SocketFrames.PING;
import static dev.duet.server.exchange.SocketFrames.PONG;
import static dev.duet.server.exchange.SocketFrames.TEXT;

import dev.duet.protocol.CloseCode;
import dev.duet.protocol.Utf8Validator;
import dev.duet.server.exchange.SocketLimits;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Decodes what a WebSocket client sends (RFC 6455 section 5), however it is split. What it holds
/// grows with the bytes that came, not with the length that a frame announces.
final class SocketDecoder {
  static final int NO_CODE = 1005;

  private static final int CONTINUATION = 0x0;
  private static final int MAX_CONTROL_BYTES = 125;
  private static final int FIRST_BYTES = 512;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /// Hears what came.
  interface Sink {
    void text(byte[] message);

    void binary(byte[] message);

    void ping(byte[] payload);

    void pong();

    /// The client's close frame: nothing more is decoded.
    ///
    /// @param code [#NO_CODE] if the frame has none
    void closeReceived(int code, String reason);

    /// The quota has no room for more of the message: the same bytes are to be tried again later.
    void full();

    /// The client broke a rule. Nothing more is decoded.
    void failed(CloseCode code, String why);
  }

  private final SocketLimits limits;
  private final Sink sink;
  private final Utf8Validator utf8 = new Utf8Validator();
  private boolean over;

  private final byte[] head = new byte[14];
  private int headLength;
  private int headNeeded = 2;
  private boolean inPayload;
  private boolean last;
  private int opcode;
  private int mask;
  private int maskPhase;
  private int left;

  /// Opcode of the message under way, or 0.
  private int messageOpcode;

  private byte[] message = {};
  private int messageLength;
  private int fragments;

  /// No message is wanted any more.
  private boolean discarding;

  private byte[] control = {};

  SocketDecoder(SocketLimits limits, Sink sink) {
    this.limits = limits;
    this.sink = sink;
  }

  /// Decodes until the sink has heard something or the bytes are used up. After a close frame or a
  /// failure it does nothing.
  ///
  /// @return whether the sink has heard something, so that there may be more
  boolean next(ByteBuf in) {
    while (!over) {
      if (inPayload) {
        if (payload(in)) {
          return true;
        }
        if (inPayload) {
          return false;
        }
      } else if (headLength == headNeeded) {
        if (begin()) {
          return true;
        }
      } else if (in.isReadable()) {
        head[headLength++] = in.readByte();
        if (headLength == 2 && openHead()) {
          return true;
        }
      } else {
        return false;
      }
    }
    return false;
  }

  /// From now on messages are skipped; the one under way no longer counts.
  void discard() {
    discarding = true;
    limits.quota().release(messageLength);
    message = new byte[0];
    messageLength = 0;
  }

  /// Bytes of the message under way.
  int held() {
    return messageLength;
  }

  /// Looks at the first two bytes of a head. Each of these steps says whether the sink has heard.
  private boolean openHead() {
    last = head[0] < 0;
    opcode = head[0] & 0xF;
    int shortLength = head[1] & 0x7F;
    if ((head[0] & 0x70) != 0) {
      return fail(CloseCode.PROTOCOL_ERROR, "reserved bits are set");
    }
    if ((opcode > BINARY && opcode < CLOSE) || opcode > PONG) {
      return fail(CloseCode.PROTOCOL_ERROR, "reserved opcode");
    }
    if (head[1] >= 0) {
      return fail(CloseCode.PROTOCOL_ERROR, "frame is not masked");
    }
    if (opcode >= CLOSE && (!last || shortLength > MAX_CONTROL_BYTES)) {
      return fail(CloseCode.PROTOCOL_ERROR, "control frame is fragmented or too long");
    }
    if (opcode == CONTINUATION && messageOpcode == 0) {
      return fail(CloseCode.PROTOCOL_ERROR, "continuation of nothing");
    }
    if ((opcode == TEXT || opcode == BINARY) && messageOpcode != 0) {
      return fail(CloseCode.PROTOCOL_ERROR, "message begins inside another");
    }
    headNeeded = 6 + (shortLength == 127 ? 8 : shortLength == 126 ? 2 : 0);
    return false;
  }

  /// The head is complete.
  private boolean begin() {
    long length = 0;
    int lengthEnd = headNeeded - 4;
    for (int i = lengthEnd == 2 ? 1 : 2; i < lengthEnd; i++) {
      length = (length << 8) | (i == 1 ? head[1] & 0x7F : head[i] & 0xFF);
    }
    if (length < 0 || (lengthEnd == 4 && length < 126) || (lengthEnd == 10 && length < 65_536)) {
      return fail(CloseCode.PROTOCOL_ERROR, "length is not in its shortest form");
    }
    if (opcode < CLOSE) {
      messageOpcode = opcode == CONTINUATION ? messageOpcode : opcode;
      fragments++;
      if (length > limits.maxMessageBytes() - messageLength) {
        return fail(
            CloseCode.TOO_BIG, "message has more than " + limits.maxMessageBytes() + " bytes");
      }
      if (fragments > limits.maxFragments()) {
        return fail(
            CloseCode.TOO_BIG, "message has more than " + limits.maxFragments() + " fragments");
      }
    } else {
      control = new byte[(int) length];
    }
    mask = 0;
    for (int i = 0; i < 4; i++) {
      mask |= (head[lengthEnd + i] & 0xFF) << (8 * i);
    }
    maskPhase = 0;
    left = (int) length;
    headLength = 0;
    headNeeded = 2;
    inPayload = true;
    return false;
  }

  private boolean payload(ByteBuf in) {
    int count = Math.min(left, in.readableBytes());
    if (opcode >= CLOSE) {
      take(in, control, control.length - left, count);
    } else if (discarding) {
      in.skipBytes(count);
    } else if (count > 0) {
      if (!limits.quota().take(count)) {
        sink.full();
        return true;
      }
      reserve(count);
      take(in, message, messageLength, count);
      messageLength += count;
      if (messageOpcode == TEXT && !utf8.accept(message, messageLength - count, messageLength)) {
        return fail(CloseCode.INVALID_PAYLOAD, "text is not UTF-8");
      }
    }
    left -= count;
    if (left > 0) {
      return false;
    }
    inPayload = false;
    return opcode >= CLOSE ? control() : last && message();
  }

  private void take(ByteBuf in, byte[] to, int at, int count) {
    in.readBytes(to, at, count);
    unmask(to, at, count, Integer.rotateRight(mask, 8 * maskPhase));
    maskPhase = (maskPhase + count) & 3;
  }

  /// @param mask its first byte lowest
  static void unmask(byte[] bytes, int from, int count, int mask) {
    long wide = (mask & 0xFFFF_FFFFL) * 0x1_0000_0001L;
    int i = from;
    int end = from + count;
    for (; i + Long.BYTES <= end; i += Long.BYTES) {
      LONGS.set(bytes, i, (long) LONGS.get(bytes, i) ^ wide);
    }
    for (int shift = 0; i < end; i++, shift += 8) {
      bytes[i] ^= (byte) (mask >>> (shift & 31));
    }
  }

  /// Room for more bytes: as many as this frame has left if it is the last, else twice as many as
  /// before, so that any number of fragments costs a copy of each byte or two.
  private void reserve(int count) {
    int least = messageLength + count;
    if (least > message.length) {
      int most = last ? messageLength + left : limits.maxMessageBytes();
      int room = Math.max(least, Math.max(FIRST_BYTES, (int) Math.min(2L * message.length, most)));
      message = Arrays.copyOf(message, Math.min(room, most));
    }
  }

  private boolean message() {
    boolean text = messageOpcode == TEXT;
    if (text && !discarding && !utf8.complete()) {
      return fail(CloseCode.INVALID_PAYLOAD, "text ends inside a character");
    }
    byte[] whole =
        messageLength == message.length ? message : Arrays.copyOf(message, messageLength);
    message = new byte[0];
    messageLength = 0;
    messageOpcode = 0;
    fragments = 0;
    if (discarding) {
      return false;
    }
    if (text) {
      sink.text(whole);
    } else {
      sink.binary(whole);
    }
    return true;
  }

  private boolean control() {
    switch (opcode) {
      case PING -> sink.ping(control);
      case PONG -> sink.pong();
      default -> {
        return close();
      }
    }
    return true;
  }

  private boolean close() {
    if (control.length == 1) {
      return fail(CloseCode.PROTOCOL_ERROR, "close code is cut off");
    }
    int code = control.length == 0 ? NO_CODE : ((control[0] & 0xFF) << 8) | (control[1] & 0xFF);
    if (control.length > 0 && !legal(code)) {
      return fail(CloseCode.PROTOCOL_ERROR, "close code " + code + " is illegal");
    }
    int reasonFrom = Math.min(2, control.length);
    var reason = new Utf8Validator();
    if (!reason.accept(control, reasonFrom, control.length) || !reason.complete()) {
      return fail(CloseCode.INVALID_PAYLOAD, "close reason is not UTF-8");
    }
    over = true;
    discard();
    sink.closeReceived(
        code, new String(control, reasonFrom, control.length - reasonFrom, StandardCharsets.UTF_8));
    return true;
  }

  /// Whether a close frame may have this code (RFC 6455 section 7.4 and the IANA registry).
  static boolean legal(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }

  private boolean fail(CloseCode code, String why) {
    over = true;
    discard();
    sink.failed(code, why);
    return true;
  }
}
