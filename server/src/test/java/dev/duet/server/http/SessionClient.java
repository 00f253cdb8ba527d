package dev.duet.server.http;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A client of `duet.v1` on the JDK's WebSocket, which collects what it hears: a text frame as it
/// is, of a binary one `header|payload` in Latin-1.
final class SessionClient implements WebSocket.Listener, AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  final CompletableFuture<String> closed = new CompletableFuture<>();
  final AtomicInteger pings = new AtomicInteger();
  private final StringBuilder text = new StringBuilder();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  final WebSocket socket;

  SessionClient(Live server, String... protocols) {
    this(server, "/ws", protocols);
  }

  /// @param path with its query
  SessionClient(Live server, String path, String[] protocols) {
    var builder = server.client.newWebSocketBuilder();
    if (protocols.length > 0) {
      builder.subprotocols(
          protocols[0], java.util.Arrays.copyOfRange(protocols, 1, protocols.length));
    }
    socket = builder.buildAsync(URI.create("ws://127.0.0.1:" + server.port + path), this).join();
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      heard.add(text.toString());
      text.setLength(0);
    }
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    while (data.hasRemaining()) {
      bytes.write(data.get());
    }
    if (last) {
      byte[] message = bytes.toByteArray();
      bytes.reset();
      int header = (message[0] & 0xFF) << 8 | (message[1] & 0xFF);
      heard.add(
          new String(message, 2, header, StandardCharsets.UTF_8)
              + "|"
              + new String(
                  message, 2 + header, message.length - 2 - header, StandardCharsets.ISO_8859_1));
    }
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onPing(WebSocket from, ByteBuffer payload) {
    pings.incrementAndGet();
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code + " " + reason);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.completeExceptionally(error);
  }

  String next() {
    try {
      String message = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (message == null) {
        throw new AssertionError("nothing came; closed: " + closed);
      }
      return message;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// The next of this type; others are skipped.
  String next(String type) {
    String message = next();
    while (!type(message).equals(type)) {
      message = next();
    }
    return message;
  }

  static String type(String message) {
    return Live.member(message, "type");
  }

  SessionClient send(String text) {
    socket.sendText(text, true).join();
    return this;
  }

  SessionClient send(String header, byte[] payload) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer message = ByteBuffer.allocate(2 + json.length + payload.length);
    message.putShort((short) json.length).put(json).put(payload).flip();
    socket.sendBinary(message, true).join();
    return this;
  }

  /// Sends, and waits for the next message.
  String ask(String text) {
    return send(text).next();
  }

  String closed() {
    return closed.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    socket.abort();
  }
}
