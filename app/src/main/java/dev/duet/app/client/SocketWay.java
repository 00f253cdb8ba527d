package dev.duet.app.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A WebSocket: on the channels, with envelopes, or one of `duet.v1`.
final class SocketWay implements Reading.Way {
  /// What is said on it.
  interface Talk {
    URI uri(Reading reading);

    /// The first message to send, or null.
    @Nullable String opening(Reading reading);

    /// What a message of the server says.
    ///
    /// @return a [Message] for whoever reads, an [Ending] that the server told, or null
    @Nullable Object heard(String text);

    /// Whoever reads has taken what was heard last.
    void taken();
  }

  private final Talk talk;

  SocketWay(Talk talk) {
    this.talk = talk;
  }

  /// The channels' own socket: each message is a line of NDJSON.
  static SocketWay ofChannels() {
    return new SocketWay(
        new Talk() {
          @Override
          public URI uri(Reading reading) {
            return reading.uri(Map.entry("envelope", "json"));
          }

          @Override
          public @Nullable String opening(Reading reading) {
            return null;
          }

          @Override
          public Object heard(String text) {
            Message message = Message.of(text);
            return message.isEndOfStream() ? Ending.told(message) : message;
          }

          @Override
          public void taken() {
            // The newest cursor is all there is to know.
          }
        });
  }

  /// As [Lines]: the largest publication as JSON.
  private static final int MAX_CHARS = 128 << 20;

  private static final int PING_SECONDS = 5;

  private static final int NORMAL = 1000;
  private static final int RESTART = 1012;

  /// Of which the close codes say that coming back would not help (docs/protocol.md).
  private static final Set<Integer> FINAL = Set.of(1002, 1003, 1007, 1008, 1009);

  @Override
  public Ending read(Reading reading, @Nullable String cursor, Reading.Taker taker)
      throws IOException, InterruptedException {
    Remote remote = reading.remote();
    URI uri = talk.uri(reading);
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
      String opening = talk.opening(reading);
      if (opening != null) {
        socket.sendText(opening, true).get();
      }
      return messages(socket, heard, taker);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (IllegalArgumentException e) {
      throw new IOException("what came is not of this protocol", e);
    } finally {
      socket.abort();
    }
  }

  private Ending messages(WebSocket socket, Heard heard, Reading.Taker taker)
      throws IOException, InterruptedException {
    while (true) {
      socket.request(1);
      Object next = next(socket, heard);
      switch (next) {
        case Close close -> {
          return ending(close);
        }
        case String text when text.isEmpty() -> {
          // A ping, or a part of a message.
        }
        case String text -> {
          Object said = talk.heard(text);
          if (said instanceof Ending ending) {
            return ending;
          } else if (said instanceof Message message) {
            boolean more = taker.take(message);
            talk.taken();
            if (!more) {
              return new Ending.Enough();
            }
          }
        }
        case null, default -> {
          throw next instanceof Throwable broken
              ? new IOException(broken)
              : new IOException("nothing came for " + Silence.MOST.toSeconds() + " s");
        }
      }
    }
  }

  /// The next thing that is heard; null when nothing came for too long.
  ///
  /// The JDK's WebSocket may miss the end of a connection that comes within a message, so a quiet
  /// one is pinged: on a connection that has ended that fails.
  private static @Nullable Object next(WebSocket socket, Heard heard)
      throws IOException, InterruptedException {
    for (int i = 0; i < Silence.MOST.toSeconds() / PING_SECONDS; i++) {
      Object next = heard.queue.poll(PING_SECONDS, TimeUnit.SECONDS);
      if (next != null) {
        return next;
      }
      try {
        socket.sendPing(ByteBuffer.allocate(0)).get();
      } catch (ExecutionException e) {
        throw new IOException(e.getCause());
      }
    }
    return null;
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
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

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
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
      if (bytes.size() + part.remaining() > MAX_CHARS) {
        queue.add(new IOException("a message is longer than " + MAX_CHARS + " bytes"));
        return null;
      }
      var copy = new byte[part.remaining()];
      part.get(copy);
      bytes.writeBytes(copy);
      queue.add(last ? ofBinary(bytes.toByteArray()) : "");
      if (last) {
        bytes.reset();
      }
      return null;
    }

    /// A header and a payload (docs/protocol.md, binary frames), as the text that has both.
    private static Object ofBinary(byte[] frame) {
      int length = frame.length < 2 ? 0 : (frame[0] & 0xFF) << 8 | frame[1] & 0xFF;
      if (length == 0 || frame.length < 2 + length || frame[1 + length] != '}') {
        return new IOException("a binary frame has no header");
      }
      String header = new String(frame, 2, length - 1, StandardCharsets.UTF_8);
      byte[] payload = Arrays.copyOfRange(frame, 2 + length, frame.length);
      return header + ",\"data64\":\"" + Base64.getEncoder().encodeToString(payload) + "\"}";
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer payload) {
      queue.add("");
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
