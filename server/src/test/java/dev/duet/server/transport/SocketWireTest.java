package dev.duet.server.transport;

import static dev.duet.server.transport.Frames.frame;
import static dev.duet.server.transport.Frames.handshake;
import static dev.duet.server.transport.Frames.join;
import static dev.duet.server.transport.Frames.receive;
import static dev.duet.server.transport.Frames.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// WebSocket over HTTP/1.1 on real sockets (RFC 6455): its handshake, and a client that is slow.
class SocketWireTest extends SocketWire {
  @Test
  void handshakeIsAnswered() {
    try (Wire.Raw raw = wire.connect()) {
      assertThat(
              raw.send(handshake("/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n"))
                  .until("\r\n\r\n"))
          .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
          .contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
          .contains("upgrade: websocket\r\n")
          .contains("connection: Upgrade\r\n")
          .doesNotContain("content-length")
          .doesNotContain("extensions")
          .doesNotContain("sec-websocket-protocol");
    }
  }

  @Test
  void serverPicksASubProtocolByItsPreference() {
    String offer =
        "Sec-WebSocket-Protocol: chat, DUET.v1\r\nsec-websocket-protocol: duet.v0,duet.v1\r\n";
    try (Wire.Raw raw = wire.connect()) {
      assertThat(raw.send(handshake("/ws", offer)).until("\r\n\r\n"))
          .containsOnlyOnce("sec-websocket-protocol: duet.v1\r\n");
    }
    await().until(() -> handler.protocols.peek() != null);
    assertThat(handler.protocols).containsExactly("duet.v1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "405; GET /ws; POST /ws",
        "400; keep-alive, Upgrade; close",
        "426; Upgrade: websocket; Upgrade: h2c",
        "426; Version: 13; Version: 8",
        "400; Version: 13; Version: 13\\r\\nSec-WebSocket-Version: 13",
        "400; dGhlIHNhbXBsZSBub25jZQ==; dGhlIHNhbXBsZSBub25jZQ",
        "400; dGhlIHNhbXBsZSBub25jZQ==; dGhlIHNhbXBsZSBub25jZQ==\\r"
            + "\\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "400; Host: x; Host: x\\r\\nContent-Length: 3",
        "426; HTTP/1.1; HTTP/1.0",
      })
  void handshakesThatAreNotRight(int status, String old, String changed) {
    String request = handshake("/ws", "X: y\r\n").replace(old, changed.replace("\\r\\n", "\r\n"));
    try (Wire.Raw raw = wire.connect().send(request + "abc")) {
      String answer = raw.answer();
      assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
      if (status == 426) {
        assertThat(answer).contains("upgrade: websocket\r\n").contains("connection: Upgrade\r\n");
      }
      if (status == 405) {
        assertThat(answer).contains("allow: GET\r\n");
      }
    }
    assertThat(handler.protocols).isEmpty();
  }

  @Test
  void pingFloodOfAClientThatReadsNothing() {
    byte[] ping = frame(9, new byte[125]);
    byte[] many = new byte[ping.length * 1_000];
    for (int i = 0; i < 1_000; i++) {
      System.arraycopy(ping, 0, many, i * ping.length, ping.length);
    }
    try (Wire.Raw raw = open()) {
      for (int i = 0; i < 150; i++) {
        raw.send(many);
      }
      assertThat(handler.waiting()).isLessThan(300_000);
      raw.send(text("after"));
      Frames.Received frame;
      do {
        frame = receive(raw);
      } while (frame.first() == 0x8A);
      assertThat(frame.text()).isEqualTo("after");
    }
  }

  @Test
  void pausedReadingHoldsTheClientBack() {
    try (Wire.Raw raw = open()) {
      raw.send(join(text("pause"), text("1"), frame(9, new byte[0])));
      await().until(() -> handler.messages.contains("pause"));
      raw.send(text("2"));
      assertThat(handler.messages).containsExactly("pause");
      handler.onLoop(socket -> socket.pauseReading(false));
      assertThat(receive(raw).text()).isEqualTo("1");
      assertThat(receive(raw).first()).isEqualTo(0x8A);
      assertThat(receive(raw).text()).isEqualTo("2");
    }
  }

  @Test
  void javaClient() throws Exception {
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    try (HttpClient client = HttpClient.newHttpClient()) {
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .subprotocols("duet.v1")
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + wire.transport.port() + "/ws"),
                  new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(
                        WebSocket ws, CharSequence text, boolean last) {
                      got.add("text " + text.length());
                      ws.request(1);
                      return null;
                    }

                    @Override
                    public CompletionStage<?> onPong(WebSocket ws, ByteBuffer payload) {
                      got.add("pong " + payload.remaining());
                      ws.request(1);
                      return null;
                    }

                    @Override
                    public CompletionStage<?> onClose(WebSocket ws, int code, String reason) {
                      got.add("close " + code);
                      return null;
                    }
                  })
              .get(60, TimeUnit.SECONDS);
      assertThat(socket.getSubprotocol()).isEqualTo("duet.v1");
      socket.sendText("ä".repeat(1_000), false).get(60, TimeUnit.SECONDS);
      socket.sendPing(ByteBuffer.allocate(125)).get(60, TimeUnit.SECONDS);
      socket.sendText("!", true).get(60, TimeUnit.SECONDS);
      assertThat(got.poll(60, TimeUnit.SECONDS)).isEqualTo("pong 125");
      assertThat(got.poll(60, TimeUnit.SECONDS)).isEqualTo("text 1001");
      socket.sendClose(3000, "done").get(60, TimeUnit.SECONDS);
      assertThat(got.poll(60, TimeUnit.SECONDS)).isEqualTo("close 3000");
    }
    handler.awaitClosed("3000 done");
  }
}
