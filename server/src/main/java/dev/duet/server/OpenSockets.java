package dev.duet.server;

import dev.duet.protocol.CloseCode;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.exchange.SocketReceiver;
import dev.duet.server.http.SocketHandler;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The sockets of the application's own handlers, so that a stop closes them in order.
final class OpenSockets {
  private final Set<Tracked> open = ConcurrentHashMap.newKeySet();

  SocketHandler tracked(SocketHandler handler) {
    return new SocketHandler() {
      @Override
      public SocketReceiver receiver(RequestHead head) {
        return new Tracked(handler.receiver(head));
      }

      @Override
      public List<String> protocols() {
        return handler.protocols();
      }

      @Override
      public SocketLimits limits() {
        return handler.limits();
      }
    };
  }

  /// Closes all with 1012 and the milliseconds to wait before a return.
  void closeAll(int retryMillis) {
    open.forEach(socket -> socket.restart(retryMillis));
  }

  private final class Tracked implements SocketReceiver {
    private final SocketReceiver receiver;
    private @Nullable Socket socket;

    Tracked(SocketReceiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void opened(Socket opened, String protocol) {
      socket = opened;
      open.add(this);
      receiver.opened(opened, protocol);
    }

    void restart(int retryMillis) {
      Socket to = socket;
      if (to != null) {
        to.loop()
            .execute(
                () -> to.close(CloseCode.SERVICE_RESTART.code(), Integer.toString(retryMillis)));
      }
    }

    @Override
    public void text(byte[] message) {
      receiver.text(message);
    }

    @Override
    public void binary(byte[] message) {
      receiver.binary(message);
    }

    @Override
    public void pong() {
      receiver.pong();
    }

    @Override
    public void closed(int code, String reason) {
      open.remove(this);
      receiver.closed(code, reason);
    }
  }
}
