package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.memory.LateBroker;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketFrames;
import dev.duet.server.exchange.SocketReceiver;
import io.netty.buffer.Unpooled;
import java.net.URI;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// WebSockets on channels, and on paths of the application's own.
class ChannelSocketWireTest {
  private static Live live;

  @BeforeAll
  static void start() {
    live = new Live();
  }

  @AfterAll
  static void stop() {
    live.close();
  }

  /// The JDK's client, which collects what it hears.
  private static final class Client implements WebSocket.Listener {
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    final CompletableFuture<String> closed = new CompletableFuture<>();
    private final StringBuilder part = new StringBuilder();
    final WebSocket socket;

    Client(Live server, String path) {
      socket =
          server
              .client
              .newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + server.port + path), this)
              .join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      part.append(data);
      if (last) {
        heard.add(part.toString());
        part.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
      heard.add("bytes " + data.remaining());
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
        String message = heard.poll(60, TimeUnit.SECONDS);
        if (message == null) {
          throw new AssertionError("nothing came; closed: " + closed);
        }
        return message;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    void send(String text) {
      socket.sendText(text, true).join();
    }

    String close() {
      return closed.orTimeout(60, TimeUnit.SECONDS).join();
    }
  }

  @Test
  void whatAClientSendsIsPublishedAndComesBackInItsOrder() {
    var client = new Client(live, "/channels/hello.order?since=start");
    for (int i = 0; i < 200; i++) {
      client.send(i % 40 == 0 ? i + " ".repeat(70_000) : "" + i);
    }
    client.socket.sendBinary(ByteBuffer.wrap(new byte[3]), true).join();
    for (int i = 0; i < 200; i++) {
      assertThat(client.next().strip()).isEqualTo("" + i);
    }
    assertThat(client.next()).isEqualTo("bytes 3");
    client.socket.sendClose(1000, "bye").join();
    assertThat(client.close()).startsWith("1000");
  }

  @Test
  void aSocketOnSeveralChannelsPublishesToEach() {
    var client = new Client(live, "/channels/hello.w1,hello.w2?envelope=json&since=now");
    assertThat(client.next()).contains("\"cursor\"");
    assertThat(client.next()).contains("duet.live");
    client.send("both");
    assertThat(client.next()).contains("\"channel\":\"hello.w1\"", "\"data\":\"both\"");
    assertThat(client.next()).contains("\"channel\":\"hello.w2\"", "\"data\":\"both\"");
    client.socket.abort();
  }

  @Test
  void withEnvelopesASocketResumes() {
    String cursor = live.cursor();
    live.publish("/channels/hello.resume", "missed");
    var client = new Client(live, "/channels/hello.resume?envelope=json&last_event_id=" + cursor);
    client.next();
    assertThat(client.next()).contains("\"data\":\"missed\"");
    client.socket.abort();
  }

  @Test
  void aSocketWithoutEnvelopeEndsAtAGap() {
    var client = new Client(live, "/channels/hello.gap?last_event_id=zzzzz.1");
    assertThat(client.close()).isEqualTo("4409 gap");
  }

  @Test
  void aSocketWithEnvelopesIsToldOfAGapAndGoesOnUnlessItAsksNotTo() {
    live.publish("/channels/hello.gap2", "held");
    var client = new Client(live, "/channels/hello.gap2?envelope=json&last_event_id=zzzzz.1");
    assertThat(client.next()).contains("duet.gap", "unknown-log");
    assertThat(client.next()).contains("\"held\"");
    client.socket.abort();
    var other = new Client(live, "/channels/hello.gap2?envelope=json&gap=end&last_event_id=zzz.1");
    assertThat(other.close()).isEqualTo("4409 gap");
  }

  @Test
  void theEndOfItsChannelClosesASocketWith1000() {
    var client = new Client(live, "/channels/hello.end?since=start");
    live.publish("/channels/hello.end?end", "bye");
    assertThat(client.next()).isEqualTo("bye");
    assertThat(client.close()).isEqualTo("1000 ended");
    var late = new Client(live, "/channels/hello.end?last_event_id=" + live.cursor());
    assertThat(late.close()).isEqualTo("1000 ended");
  }

  @Test
  void aMessageThatIsRefusedClosesWithTheReason() {
    live.publish("/channels/hello.refused?end", "bye");
    var client = new Client(live, "/channels/hello.other,hello.refused");
    client.send("too late");
    assertThat(client.close()).startsWith("1008 ended: channel 'hello.refused' ended at ");
  }

  @Test
  void aMessageToTheServersOwnChannelIsRefused() {
    var client = new Client(live, "/channels/hello~presence");
    client.send("x");
    assertThat(client.close()).startsWith("1008 reserved-channel: ");
  }

  @Test
  void aMessageBeyondTheLimitCloses() {
    var client = new Client(live, "/channels/hello.big");
    client.send("x".repeat((256 << 10) + 1));
    assertThat(client.close()).startsWith("1009");
  }

  @Test
  void aMessageThatCannotBeCommittedClosesWith1011() {
    var broker = new LateBroker(Live.NAMESPACES);
    try (Live late = new Live(broker)) {
      var client = new Client(late, "/channels/hello");
      client.send("x");
      while (broker.pending(0) == 0) {
        Thread.onSpinWait();
      }
      broker.fail(0);
      assertThat(client.close()).startsWith("1011 not-committed: ");
    }
  }

  @Test
  void aBusyServerStopsReadingForTenSecondsThenCloses() {
    try (Live busy = Live.busy()) {
      var client = new Client(busy, "/channels/hello");
      long began = System.nanoTime();
      client.send("x");
      assertThat(client.close()).startsWith("1013 busy: ");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofSeconds(9));
    }
  }

  @Test
  void aStopClosesWithTheTimeToReturn() {
    try (Live other = new Live()) {
      other.duet.socketHandler("/echo", head -> new Echo());
      var raw = new Client(other, "/channels/hello");
      raw.send("x");
      raw.next();
      var echo = new Client(other, "/echo");
      echo.send("hello");
      assertThat(echo.next()).isEqualTo("hello");
      other.duet.stop(Duration.ofMinutes(1));
      assertThat(raw.close()).matches("1012 [0-9]+");
      assertThat(echo.close()).matches("1012 [0-9]+");
    }
  }

  private static final class Echo implements SocketReceiver {
    private Socket socket;

    @Override
    public void opened(Socket opened, String protocol) {
      socket = opened;
    }

    @Override
    public void text(byte[] message) {
      var frame = Unpooled.directBuffer(message.length + 10);
      SocketFrames.writeHead(frame, SocketFrames.TEXT, message.length);
      frame.writeBytes(message);
      socket.outlet().offer(frame);
      frame.release();
      socket.outlet().flush();
    }

    @Override
    public void binary(byte[] message) {}

    @Override
    public void closed(int code, String reason) {}
  }

  @ParameterizedTest
  @CsvSource({
    "/channels/elsewhere,404",
    "/channels/a%20b,400",
    "/channels/hello?since=x,400",
    "/channels/hello?envelope=x,400",
    "/channels/hello?limit=1,400",
    "/nowhere,404"
  })
  void aSocketIsRefusedBefore101(String path, int status) {
    var failure =
        CompletableFuture.supplyAsync(() -> new Client(live, path)).handle((client, e) -> e).join();
    while (!(failure instanceof WebSocketHandshakeException)) {
      assertThat(failure).isNotNull();
      failure = failure.getCause();
    }
    assertThat(((WebSocketHandshakeException) failure).getResponse().statusCode())
        .isEqualTo(status);
  }

  @Test
  void onAPathThatIsOnlyForSocketsOthersAreToldSo() {
    try (Live other = new Live()) {
      other.duet.socketHandler("/echo", head -> new Echo());
      assertThat(other.get("/echo").statusCode()).isEqualTo(426);
      for (String taken : new String[] {"/echo", "/channels/x", "/cursor", "nothing"}) {
        assertThat(
                org.assertj.core.api.Assertions.catchThrowable(
                    () -> other.duet.socketHandler(taken, head -> new Echo())))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void aSocketThatIsNotOpenedWithGetIsToldHow() {
    try (Live.Raw raw = new Live.Raw(live.port)) {
      String answer =
          raw.send(
                  "POST /channels/hello HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n"
                      + "connection: upgrade\r\ncontent-length: 0\r\n\r\n")
              .until("\r\n\r\n");
      assertThat(answer).startsWith("HTTP/1.1 405").contains("allow: GET\r\n");
    }
  }
}
