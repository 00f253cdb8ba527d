package dev.duet.server.http;

import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketFrames;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.exchange.SocketReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// Sends every message back as it came: for conformance tests, and to read how a handler of one's
/// own deals with a client that does not read. It holds at most one message per socket: while that
/// waits for room, nothing more is read.
public final class EchoSocket implements SocketHandler {
  /// Messages up to 16 MiB, in up to 65,536 fragments: what conformance tests send.
  public static final SocketLimits LIMITS = new SocketLimits(16 << 20, 65_536);

  @Override
  public SocketReceiver receiver(RequestHead head) {
    return new Echo();
  }

  @Override
  public SocketLimits limits() {
    return LIMITS;
  }

  private static final class Echo implements SocketReceiver, Outlet.Listener {
    private @Nullable Socket socket;
    private @Nullable ByteBuf waiting;

    @Override
    public void opened(Socket opened, String protocol) {
      socket = opened;
      opened.outlet().listen(this);
    }

    @Override
    public void text(byte[] message) {
      send(SocketFrames.TEXT, message);
    }

    @Override
    public void binary(byte[] message) {
      send(SocketFrames.BINARY, message);
    }

    private void send(int opcode, byte[] message) {
      int length = SocketFrames.headLength(message.length) + message.length;
      ByteBuf frame = ByteBufAllocator.DEFAULT.directBuffer(length);
      SocketFrames.writeHead(frame, opcode, message.length);
      waiting = frame.writeBytes(message);
      ready();
    }

    @Override
    public void ready() {
      Socket to = socket;
      ByteBuf frame = waiting;
      if (to == null || frame == null) {
        return;
      }
      boolean behind = to.outlet().offer(frame) == Outlet.Offer.BEHIND;
      to.outlet().flush();
      if (!behind) {
        drop();
      }
      to.pauseReading(behind);
    }

    @Override
    public void gone() {
      drop();
    }

    @Override
    public void closed(int code, String reason) {
      drop();
    }

    private void drop() {
      if (waiting != null) {
        waiting.release();
        waiting = null;
      }
    }
  }
}
