package dev.duet.server.transport;

import dev.duet.server.exchange.Exchange;
import dev.duet.server.exchange.ExchangeHandler;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketFrames;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.exchange.SocketReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/// Accepts WebSockets and sends each message back; some texts are commands.
final class SocketHandler implements ExchangeHandler {
  final Queue<String> protocols = new ConcurrentLinkedQueue<>();
  final Queue<String> messages = new ConcurrentLinkedQueue<>();
  final AtomicInteger outletGone = new AtomicInteger();
  final SocketLimits limits;
  volatile @Nullable Socket socket;
  volatile @Nullable Executor loop;
  private final BlockingQueue<String> closed = new LinkedBlockingQueue<>();

  SocketHandler() {
    this(SocketLimits.DEFAULT);
  }

  SocketHandler(SocketLimits limits) {
    this.limits = limits;
  }

  @Override
  public void handle(Exchange exchange) {
    loop = exchange.loop();
    exchange.accept(List.of("duet.v1", "duet.v0"), limits, new Echo());
  }

  void onLoop(Consumer<Socket> action) {
    CompletableFuture.runAsync(() -> action.accept(socket), loop).join();
  }

  void awaitClosed(String codeAndReason) {
    try {
      Assertions.assertThat(closed.poll(60, TimeUnit.SECONDS)).isEqualTo(codeAndReason);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Bytes that wait to be drained, as the transport's own accounts have them.
  long waiting() {
    return CompletableFuture.supplyAsync(
            () -> {
              var outlet = (PacedOutlet) socket.outlet();
              return outlet.connection.socket.unsafe().outboundBuffer().totalPendingWriteBytes();
            },
            loop)
        .join();
  }

  private final class Echo implements SocketReceiver {
    private @Nullable Socket mine;

    @Override
    public void opened(Socket opened, String protocol) {
      mine = opened;
      socket = opened;
      protocols.add(protocol);
      opened
          .outlet()
          .listen(
              new Outlet.Listener() {
                @Override
                public void ready() {}

                @Override
                public void gone() {
                  outletGone.incrementAndGet();
                }
              });
    }

    @Override
    public void text(byte[] message) {
      String text = new String(message, StandardCharsets.UTF_8);
      messages.add(text);
      if (text.startsWith("close:")) {
        String[] parts = text.split(":", 3);
        mine.close(Integer.parseInt(parts[1]), parts[2]);
      } else if (text.equals("pause")) {
        mine.pauseReading(true);
      } else if (text.equals("fail")) {
        throw new IllegalStateException("asked for");
      } else {
        send(SocketFrames.TEXT, message);
      }
    }

    @Override
    public void binary(byte[] message) {
      send(SocketFrames.BINARY, message);
    }

    private void send(int opcode, byte[] message) {
      ByteBuf frame =
          UnpooledByteBufAllocator.DEFAULT.directBuffer(SocketFrames.MAX_HEAD + message.length);
      SocketFrames.writeHead(frame, opcode, message.length);
      frame.writeBytes(message);
      mine.outlet().offer(frame);
      mine.outlet().flush();
      frame.release();
    }

    @Override
    public void closed(int code, String reason) {
      closed.add(code + " " + reason);
    }
  }
}
