package dev.duet.systemtests.crash;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A client's WebSocket, until it ends.
final class Socket implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final CountDownLatch ended = new CountDownLatch(1);
  private final WebSocket socket;

  /// @param url with the scheme of HTTP
  /// @param take whole messages: the text and an empty buffer, or "" and the bytes of a binary one
  Socket(HttpClient http, String url, BiConsumer<String, byte[]> take)
      throws IOException, InterruptedException {
    socket =
        done(
            http.newWebSocketBuilder()
                .connectTimeout(PATIENCE)
                .buildAsync(URI.create(url.replaceFirst("http", "ws")), new Listener(take)));
  }

  private final class Listener implements WebSocket.Listener {
    private final BiConsumer<String, byte[]> take;
    private final StringBuilder text = new StringBuilder();
    private final java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();

    Listener(BiConsumer<String, byte[]> take) {
      this.take = take;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        take.accept(text.toString(), new byte[0]);
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
      var copy = new byte[part.remaining()];
      part.get(copy);
      bytes.writeBytes(copy);
      if (last) {
        take.accept("", bytes.toByteArray());
        bytes.reset();
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      ended.countDown();
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      ended.countDown();
    }
  }

  void send(String text) throws IOException, InterruptedException {
    done(socket.sendText(text, true));
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  /// Waits for its end.
  void awaitEnd() throws IOException, InterruptedException {
    while (!ended.await(1, TimeUnit.SECONDS)) {
      ping();
    }
  }

  /// Now and then the JDK does not tell that its connection was reset: a ping finds out.
  void ping() throws IOException, InterruptedException {
    done(socket.sendPing(ByteBuffer.allocate(0)));
  }

  private static <T> T done(Future<T> future) throws IOException, InterruptedException {
    try {
      return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    socket.abort();
  }
}
