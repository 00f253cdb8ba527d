package dev.duet.server;

import dev.duet.protocol.CloseCode;
import dev.duet.server.exchange.BodyQuota;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.exchange.SocketReceiver;
import dev.duet.server.http.SocketHandler;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// The sockets of the application's own handlers, so that a stop closes them in order.
final class OpenSockets {
  private final BodyQuota quota;
  private final Set<Tracked> open = ConcurrentHashMap.newKeySet();

  /// @param quota where messages under way count, unless their handler has one of its own
  OpenSockets(BodyQuota quota) {
    this.quota = quota;
  }

  SocketHandler tracked(SocketHandler handler) {
    return new SocketHandler() {
      @Override
      public SocketReceiver receiver(RequestHead head) {
        return receiver(head, null);
      }

      @Override
      public SocketReceiver receiver(RequestHead head, @Nullable String user) {
        return new Tracked(handler.receiver(head, user), counted(handler.limits()));
      }

      @Override
      public List<String> protocols() {
        return handler.protocols();
      }

      @Override
      public SocketLimits limits() {
        SocketLimits limits = handler.limits();
        return counted(limits)
            ? new SocketLimits(limits.maxMessageBytes(), limits.maxFragments(), quota)
            : limits;
      }
    };
  }

  private static boolean counted(SocketLimits limits) {
    return limits.quota() == BodyQuota.NONE;
  }

  /// Closes all with 1012 and the milliseconds to wait before a return, each with a number of its
  /// own.
  void closeAll(IntSupplier retryMillis) {
    open.forEach(socket -> socket.restart(retryMillis.getAsInt()));
  }

  private final class Tracked implements SocketReceiver {
    private final SocketReceiver receiver;

    /// Whether its messages count in the quota of the server, until they are handed over.
    private final boolean counted;

    private @Nullable Socket socket;

    Tracked(SocketReceiver receiver, boolean counted) {
      this.receiver = receiver;
      this.counted = counted;
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
      release(message);
      receiver.text(message);
    }

    @Override
    public void binary(byte[] message) {
      release(message);
      receiver.binary(message);
    }

    private void release(byte[] message) {
      if (counted) {
        quota.release(message.length);
      }
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
