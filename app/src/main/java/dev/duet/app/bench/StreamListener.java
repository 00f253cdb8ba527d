package dev.duet.app.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A subscriber whose connection stays: an endless answer, or a WebSocket.
final class StreamListener extends Listener {
  /// Any key will do for a client that is no browser (RFC 6455 section 4.1): this is the RFC's
  /// example, and its answer.
  static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

  private static final int OK = 200;
  private static final int SWITCHING = 101;
  private static final int TEXT = 0x81;
  private static final int PONG = 0x8a;
  private static final int MASKED = 0x80;
  private static final int SHORT = 125;
  private static final int TWO_BYTES = 126;
  private static final int EIGHT_BYTES = 127;

  private @Nullable Head head = new Head();
  private @Nullable Body body;

  StreamListener(Audience audience, int channel) {
    super(audience, channel);
  }

  private boolean isSocket() {
    return audience.target().form().isSocket();
  }

  @Override
  void ask(ChannelHandlerContext socket) {
    var more =
        isSocket()
            ? "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: "
                + KEY
                + "\r\n"
            : "";
    write(socket, audience.request(channel, "", more));
  }

  @Override
  void take(ChannelHandlerContext socket, ByteBuf in) {
    if (head != null) {
      if (!head.take(in)) {
        return;
      }
      if (head.status() != (isSocket() ? SWITCHING : OK)) {
        refused(socket, head, in);
        return;
      }
      begin(socket, head);
      head = null;
    }
    if (body != null) {
      body.take(in);
    }
  }

  private void begin(ChannelHandlerContext socket, Head answer) {
    if (isSocket()) {
      if (!answer.field("Sec-WebSocket-Accept").equals(ACCEPT)) {
        throw new BenchException("the server's Sec-WebSocket-Accept does not fit the key");
      }
      boolean answered = audience.target().form() == Form.DUET_V1;
      body = new FrameBody(scanner, new Answers(socket), answered);
      String hello = audience.hello(channel);
      if (!hello.isEmpty()) {
        send(socket, TEXT, ByteBufUtil.writeUtf8(socket.alloc(), hello));
      }
      if (answered) {
        return;
      }
    } else {
      body = answer.chunked() ? new ChunkedBody(scanner) : Body.plain(scanner);
    }
    opened();
  }

  /// A client's frames are masked; a mask of zeros leaves the payload as it is (RFC 6455 section
  /// 5.3).
  private static void send(ChannelHandlerContext socket, int first, ByteBuf payload) {
    int length = payload.readableBytes();
    ByteBuf frame = socket.alloc().buffer(length + 14).writeByte(first);
    if (length <= SHORT) {
      frame.writeByte(MASKED | length);
    } else if (length <= 0xffff) {
      frame.writeByte(MASKED | TWO_BYTES).writeShort(length);
    } else {
      frame.writeByte(MASKED | EIGHT_BYTES).writeLong(length);
    }
    frame.writeInt(0).writeBytes(payload);
    payload.release();
    socket.writeAndFlush(frame, socket.voidPromise());
  }

  private final class Answers implements FrameBody.Control {
    private final ChannelHandlerContext socket;

    Answers(ChannelHandlerContext socket) {
      this.socket = socket;
    }

    @Override
    public void greeting(ByteBuf beginning) {
      String said = beginning.toString(StandardCharsets.UTF_8);
      if (said.startsWith("{\"type\":\"subscribed\"")) {
        opened();
      } else {
        broken(socket, "the server answered to subscribe: " + said);
      }
    }

    @Override
    public void ping(ByteBuf payload) {
      send(socket, PONG, payload);
    }

    @Override
    public void close(int code) {
      broken(socket, "the server closed the WebSocket with " + code);
    }
  }
}
