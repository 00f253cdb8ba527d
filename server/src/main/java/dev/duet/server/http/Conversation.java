package dev.duet.server.http;

import dev.duet.protocol.CloseCode;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketFrames;
import dev.duet.server.exchange.SocketReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A WebSocket of the application's own, in plain blocking code:
///
/// ```java
/// duet.socketHandler("/", new Conversation((client, text) -> client.send("Echo: " + text)));
/// ```
///
/// Each client's messages are handled one after another on a virtual thread, which may block.
/// Meanwhile the client is not read, so it can make the server hold one message, and one that is
/// being sent to it. A handler that throws closes the socket with 1011; a binary message with 1003.
public final class Conversation implements SocketHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

  /// What the application does with a message.
  @FunctionalInterface
  public interface Handler {
    /// Handles one message. May block: the client's next message comes after it has returned.
    ///
    /// @throws Exception to close the socket with 1011
    void text(Client client, String text) throws Exception;
  }

  /// One who is connected. Any thread but an event loop of the server may use it.
  public interface Client {
    /// The user that access gave for the socket, or null: nobody in particular.
    @Nullable String user();

    /// Sends a text message, and waits until the client's connection has taken it.
    ///
    /// @return false if the client has gone: it was not sent
    boolean send(String text);

    /// Closes the socket; harmless if it is closed.
    ///
    /// @param code one that may be sent (RFC 6455 section 7.4)
    /// @param reason for the client, at most 123 bytes of UTF-8
    void close(int code, String reason);
  }

  private final Handler handler;

  /// One handler for all clients: it is told which of them a message is from.
  public Conversation(Handler handler) {
    this.handler = handler;
  }

  @Override
  public SocketReceiver receiver(RequestHead head) {
    return new Connected(null);
  }

  @Override
  public SocketReceiver receiver(RequestHead head, @Nullable String user) {
    return new Connected(user);
  }

  private record Outgoing(ByteBuf frame, CompletableFuture<Boolean> sent) {
    void end(boolean wasSent) {
      frame.release();
      sent.complete(wasSent);
    }
  }

  /// Its fields are the loop's alone.
  private final class Connected implements SocketReceiver, Outlet.Listener, Client {
    private final Queue<Outgoing> outgoing = new ArrayDeque<>();
    private @Nullable Socket socket;
    private volatile @Nullable Socket open;
    private final @Nullable String user;

    Connected(@Nullable String user) {
      this.user = user;
    }

    @Override
    public @Nullable String user() {
      return user;
    }

    @Override
    public void opened(Socket opened, String protocol) {
      socket = opened;
      open = opened;
      opened.outlet().listen(this);
    }

    @Override
    public void text(byte[] message) {
      Socket from = socket;
      if (from != null) {
        from.pauseReading(true);
        Thread.ofVirtual().name("duet-conversation").start(() -> handle(from, message));
      }
    }

    private void handle(Socket from, byte[] message) {
      try {
        handler.text(this, new String(message, StandardCharsets.UTF_8));
      } catch (Exception | Error e) {
        LOG.error("The handler of a WebSocket failed", e);
        close(CloseCode.INTERNAL_ERROR.code(), "the server failed");
      } finally {
        execute(from, () -> from.pauseReading(false));
      }
    }

    @Override
    public void binary(byte[] message) {
      close(CloseCode.UNSUPPORTED_DATA.code(), "text is spoken here");
    }

    @Override
    public boolean send(String text) {
      Socket to = open;
      if (to == null) {
        return false;
      }
      byte[] payload = text.getBytes(StandardCharsets.UTF_8);
      ByteBuf frame =
          ByteBufAllocator.DEFAULT.directBuffer(
              SocketFrames.headLength(payload.length) + payload.length);
      SocketFrames.writeHead(frame, SocketFrames.TEXT, payload.length);
      var message = new Outgoing(frame.writeBytes(payload), new CompletableFuture<>());
      if (!execute(to, () -> offer(message))) {
        message.end(false);
      }
      return message.sent.join();
    }

    @Override
    public void close(int code, String reason) {
      Socket to = open;
      if (to != null) {
        execute(to, () -> to.close(code, reason));
      }
    }

    /// False if its loop has ended.
    private static boolean execute(Socket on, Runnable task) {
      try {
        on.loop().execute(task);
        return true;
      } catch (RejectedExecutionException e) {
        return false;
      }
    }

    private void offer(Outgoing message) {
      outgoing.add(message);
      if (outgoing.size() == 1) {
        ready();
      }
      if (open == null) {
        drop();
      }
    }

    @Override
    public void ready() {
      Socket to = socket;
      if (to == null) {
        return;
      }
      for (Outgoing next = outgoing.peek(); next != null; next = outgoing.peek()) {
        Outlet.Offer offer = to.outlet().offer(next.frame);
        if (offer == Outlet.Offer.BEHIND) {
          break;
        }
        outgoing.remove().end(offer == Outlet.Offer.WRITTEN);
      }
      to.outlet().flush();
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
      open = null;
      for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
        next.end(false);
      }
    }
  }
}
