package dev.duet.app.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A WebSocket on the channels, with envelopes.
final class SocketWay implements Reading.Way {
  /// As [Lines]: the largest publication as JSON.
  private static final int MAX_CHARS = 128 << 20;

  private static final int NORMAL = 1000;
  private static final int RESTART = 1012;

  /// Of which the close codes say that coming back would not help (docs/protocol.md).
  private static final Set<Integer> FINAL = Set.of(1002, 1003, 1007, 1008, 1009);

  @Override
  public Ending read(Reading reading, @Nullable String cursor, Reading.Taker taker)
      throws IOException, InterruptedException {
    Remote remote = reading.remote();
    URI uri = reading.uri(Map.entry("envelope", "json"));
    WebSocket.Builder builder = remote.client().newWebSocketBuilder();
    remote.headers().forEach(field -> builder.header(field.getKey(), field.getValue()));
    if (cursor != null) {
      builder.header("Last-Event-ID", cursor);
    }
    var heard = new Heard();
    WebSocket socket;
    try {
      socket = builder.buildAsync(URI.create("ws" + uri.toString().substring(4)), heard).get();
    } catch (ExecutionException e) {
      return refused(e.getCause() == null ? e : e.getCause());
    }
    try {
      return messages(socket, heard, taker);
    } catch (IllegalArgumentException e) {
      throw new IOException("what came is not of this protocol", e);
    } finally {
      socket.abort();
    }
  }

  private static Ending messages(WebSocket socket, Heard heard, Reading.Taker taker)
      throws IOException, InterruptedException {
    @Nullable Ending told = null;
    while (true) {
      socket.request(1);
      Object next = heard.queue.poll(Silence.MOST.toSeconds(), TimeUnit.SECONDS);
      switch (next) {
        case null -> throw new IOException("nothing came for " + Silence.MOST.toSeconds() + " s");
        case Throwable broken -> throw new IOException(broken.getMessage(), broken);
        case Close close -> {
          return told == null ? ending(close) : told;
        }
        case String text when text.isEmpty() -> {
          // A ping, or a part of a message.
        }
        default -> {
          Message message = Message.of(next.toString());
          if (message.isEndOfStream()) {
            told = Ending.told(message);
          } else if (!taker.take(message)) {
            return new Ending.Enough();
          }
        }
      }
    }
  }

  private static Ending ending(Close close) {
    if (close.code == NORMAL) {
      return new Ending.Done();
    } else if (FINAL.contains(close.code)) {
      String text = close.reason.isEmpty() ? "closed with " + close.code : close.reason;
      return new Ending.Refused(new Failure(text, false, false, null));
    }
    boolean isTime = close.code == RESTART && close.reason.matches("[0-9]{1,7}");
    return new Ending.Again(
        "was closed with " + close.code,
        isTime ? Duration.ofMillis(Long.parseLong(close.reason)) : null);
  }

  private static Ending refused(Throwable cause) throws IOException {
    if (cause instanceof WebSocketHandshakeException refusal) {
      Object body = refusal.getResponse().body();
      return Ending.of(Failure.of(refusal.getResponse(), body instanceof String s ? s : ""));
    }
    throw cause instanceof IOException broken ? broken : new IOException(cause);
  }

  private record Close(int code, String reason) {}

  /// What came, one by one: no more is asked for before the last was taken.
  private static final class Heard implements WebSocket.Listener {
    /// Texts, an empty one for what is none, a [Close] or an error.
    final LinkedBlockingQueue<Object> queue = new LinkedBlockingQueue<>();

    private final StringBuilder parts = new StringBuilder();

    @Override
    public void onOpen(WebSocket socket) {
      // The first one is asked for by whoever takes it.
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      if (parts.length() + part.length() > MAX_CHARS) {
        queue.add(new IOException("a message is longer than " + MAX_CHARS + " characters"));
        return null;
      }
      parts.append(part);
      queue.add(last ? parts.toString() : "");
      if (last) {
        parts.setLength(0);
      }
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer payload) {
      queue.add("");
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      queue.add(new Close(code, reason));
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      queue.add(error);
    }
  }
}
