package dev.duet.app.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// The frames that a WebSocket server sends (RFC 6455 section 5.2): unmasked, in any fragments.
final class FrameBody implements Body {
  /// Hears of control frames, and of the first message.
  interface Control {
    /// The first frame with data has come; the beginning of it, at most 200 bytes.
    void greeting(ByteBuf beginning);

    /// The payload is the listener's to release.
    void ping(ByteBuf payload);

    /// The server closes; 1005 if it gives no code.
    void close(int code);
  }

  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int MOST_CONTROL = 125;
  private static final int NO_CODE = 1005;
  private static final int GREETING = 200;

  private final StampScanner scanner;
  private final Control control;
  private int headLeft = 2;
  private int opcode;
  private boolean lengthBegun;
  private long left;
  private ByteBuf said = Unpooled.EMPTY_BUFFER;
  private @Nullable ByteBuf greeting;

  /// @param greeted whether the first message is of interest
  FrameBody(StampScanner scanner, Control control, boolean greeted) {
    this.scanner = scanner;
    this.control = control;
    this.greeting = greeted ? Unpooled.buffer(GREETING, GREETING) : null;
  }

  @Override
  public void take(ByteBuf in) {
    while (in.isReadable()) {
      if (headLeft > 0) {
        head(in.readUnsignedByte());
      } else {
        payload(in);
      }
      if (headLeft == 0 && left == 0) {
        frameEnded();
      }
    }
  }

  private void head(int b) {
    headLeft--;
    if (!lengthBegun && headLeft == 1) {
      opcode = b & 0x0f;
      if ((b & 0x70) != 0) {
        throw new BenchException("the server uses a WebSocket extension that was not offered");
      }
    } else if (!lengthBegun) {
      lengthBegun = true;
      if (b >= 0x80) {
        throw new BenchException("the server masks its WebSocket frames");
      }
      left = b <= MOST_CONTROL ? b : 0;
      headLeft = b == 126 ? 2 : b == 127 ? 8 : 0;
      if (isControl() && b > MOST_CONTROL) {
        throw new BenchException("a control frame of the server is too long");
      }
    } else {
      left = left << 8 | b;
    }
    if (headLeft == 0 && (left < 0 || left > Integer.MAX_VALUE)) {
      throw new BenchException("a WebSocket frame of the server says that it has 2 GiB or more");
    }
  }

  private void payload(ByteBuf in) {
    int length = (int) Math.min(left, in.readableBytes());
    if (isControl()) {
      if (said.capacity() == 0) {
        said = Unpooled.buffer(MOST_CONTROL, MOST_CONTROL);
      }
      said.writeBytes(in, length);
    } else {
      if (greeting != null) {
        greeting.writeBytes(in, in.readerIndex(), Math.min(length, greeting.writableBytes()));
      }
      scanner.scan(in, in.readerIndex(), length);
      in.skipBytes(length);
    }
    left -= length;
  }

  private void frameEnded() {
    headLeft = 2;
    lengthBegun = false;
    if (!isControl()) {
      if (greeting != null) {
        ByteBuf first = greeting;
        greeting = null;
        control.greeting(first);
      }
      return;
    }
    ByteBuf payload = said;
    said = Unpooled.EMPTY_BUFFER;
    if (opcode == PING) {
      control.ping(payload);
    } else if (opcode == CLOSE) {
      control.close(payload.readableBytes() < 2 ? NO_CODE : payload.getUnsignedShort(0));
    }
  }

  private boolean isControl() {
    return opcode >= CLOSE;
  }
}
