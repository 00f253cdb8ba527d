package dev.duet.server.transport;

import static dev.duet.server.transport.Frames.close;
import static dev.duet.server.transport.Frames.fragment;
import static dev.duet.server.transport.Frames.frame;
import static dev.duet.server.transport.Frames.handshake;
import static dev.duet.server.transport.Frames.join;
import static dev.duet.server.transport.Frames.receive;
import static dev.duet.server.transport.Frames.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.exchange.SocketFrames;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// WebSocket over HTTP/1.1 on real sockets (RFC 6455): the families of cases of the Autobahn suite.
class SocketWireTest {
  private final SocketHandler handler = new SocketHandler();
  private final Wire wire = new Wire(handler, options -> options.withEpoll(epoll()));

  boolean epoll() {
    return true;
  }

  @AfterEach
  void stop() {
    wire.close();
  }

  private Wire.Raw open() {
    Wire.Raw raw = wire.connect().send(handshake("/ws"));
    raw.until("\r\n\r\n");
    return raw;
  }

  private void closesWith(Wire.Raw raw, int code) {
    Frames.Received frame = receive(raw);
    assertThat(frame.first()).isEqualTo(0x88);
    assertThat(frame.code()).isEqualTo(code);
    assertThat(raw.restBytes()).isEmpty();
  }

  private void failsWith(int code, byte[] bytes) {
    try (Wire.Raw raw = open().send(bytes)) {
      closesWith(raw, code);
    }
  }

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
  void framesInThePacketOfTheHandshakeAreNotLost() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send(
          join(handshake("/ws").getBytes(UTF_8), text("early"), frame(9, "p".getBytes(UTF_8))));
      raw.until("\r\n\r\n");
      assertThat(receive(raw).text()).isEqualTo("early");
      assertThat(receive(raw)).satisfies(f -> assertThat(f.first()).isEqualTo(0x8A));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 127, 128, 65_535, 65_536, 200_000})
  void messagesOfEveryLengthForm(int length) {
    byte[] payload = "x".repeat(length).getBytes(UTF_8);
    try (Wire.Raw raw = open()) {
      raw.send(frame(1, payload));
      assertThat(receive(raw))
          .satisfies(f -> assertThat(f.first()).isEqualTo(0x81))
          .satisfies(f -> assertThat(f.payload()).isEqualTo(payload));
      raw.send(frame(2, payload));
      assertThat(receive(raw))
          .satisfies(f -> assertThat(f.first()).isEqualTo(0x82))
          .satisfies(f -> assertThat(f.payload()).isEqualTo(payload));
    }
  }

  @Test
  void everythingInSingleBytes() {
    byte[] all =
        join(
            text("Hello-µ@ßöäüàá-UTF-8!!"),
            frame(9, "ping".getBytes(UTF_8)),
            fragment(1, false, "κό".getBytes(UTF_8)),
            frame(9, new byte[0]),
            fragment(0, true, "σμε".getBytes(UTF_8)),
            close(1000, "bye"));
    try (Wire.Raw raw = open()) {
      for (int i = 0; i < all.length; i++) {
        raw.send(all, i, i + 1);
      }
      assertThat(receive(raw).text()).isEqualTo("Hello-µ@ßöäüàá-UTF-8!!");
      assertThat(receive(raw).text()).isEqualTo("ping");
      assertThat(receive(raw).first()).isEqualTo(0x8A);
      assertThat(receive(raw).text()).isEqualTo("κόσμε");
      closesWith(raw, 1000);
    }
    handler.awaitClosed("1000 bye");
  }

  @Test
  void pingsAreAnsweredEachAndBeforeTheMessageEnds() {
    try (Wire.Raw raw = open()) {
      raw.send(fragment(1, false, "a".getBytes(UTF_8)));
      for (int i = 0; i < 10; i++) {
        raw.send(frame(9, ("ping " + i).getBytes(UTF_8)));
      }
      for (int i = 0; i < 10; i++) {
        assertThat(receive(raw).text()).isEqualTo("ping " + i);
      }
      raw.send(frame(10, "unasked".getBytes(UTF_8))).send(fragment(0, true, "b".getBytes(UTF_8)));
      assertThat(receive(raw).text()).isEqualTo("ab");
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0xC1, 0xA1, 0x91, 0xF1, 0xC9, 0xA8, 0x83, 0x84, 0x85, 0x86, 0x87, 0x8B, 0x8C, 0x8D, 0x8E,
        0x8F
      })
  void reservedBitsAndOpcodes(int first) {
    failsWith(1002, frame(first, "x".getBytes(UTF_8), 7, 0));
  }

  @Test
  void brokenFrames() {
    failsWith(1002, new byte[] {(byte) 0x81, 1, 'x'});
    failsWith(1002, frame(0x81, "x".getBytes(UTF_8), 7, 2));
    failsWith(1002, frame(0x81, new byte[300], 7, 8));
    failsWith(1002, frame(0x09, "x".getBytes(UTF_8), 7, 0));
    failsWith(1002, frame(0x89, new byte[126], 7, 2));
    failsWith(1002, frame(0x88, new byte[126], 7, 2));
    failsWith(1002, HexFormat.of().parseHex("82ff8000000000000001" + "00000000"));
  }

  @Test
  void brokenFragmentation() {
    failsWith(1002, fragment(0, true, "x".getBytes(UTF_8)));
    failsWith(1002, fragment(0, false, "x".getBytes(UTF_8)));
    failsWith(1002, join(fragment(1, false, new byte[0]), text("inside")));
    failsWith(1002, join(fragment(2, false, new byte[0]), fragment(2, true, new byte[0])));
  }

  @Test
  void emptyFragments() {
    try (Wire.Raw raw = open()) {
      raw.send(
          join(
              fragment(1, false, new byte[0]),
              fragment(0, false, new byte[0]),
              fragment(0, true, new byte[0])));
      assertThat(receive(raw).payload()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c080",
        "eda080",
        "f4908080",
        "f8",
        "c1bf",
        "e09f80",
        "f08f8080",
        "ff",
        "80",
        "cec0",
        "cebae1bdb9cf83cebcceb5eda080"
      })
  void invalidUtf8FailsAtItsFirstBadByte(String hex) {
    byte[] bad = HexFormat.of().parseHex(hex);
    failsWith(1007, frame(1, bad));
    // The message does not end: what is there is bad enough.
    failsWith(1007, fragment(1, false, bad));
    failsWith(1007, frame(8, join(new byte[] {3, (byte) 0xE8}, bad)));
  }

  @Test
  void textThatEndsInsideACharacter() {
    failsWith(1007, frame(1, HexFormat.of().parseHex("cebae1bd")));
    failsWith(
        1007,
        join(fragment(1, false, HexFormat.of().parseHex("ce")), fragment(0, true, new byte[0])));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535})
  void closeCodesThatAreIllegal(int code) {
    failsWith(1002, close(code, ""));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4999
      })
  void closeCodesThatAreLegal(int code) {
    failsWith(code, close(code, "r".repeat(123)));
    handler.awaitClosed(code + " " + "r".repeat(123));
  }

  @Test
  void closeFramesWithoutCodeOrCutOff() {
    failsWith(1005, frame(8, new byte[0]));
    handler.awaitClosed("1005 ");
    failsWith(1002, frame(8, new byte[1]));
  }

  @Test
  void nothingIsProcessedAfterClose() {
    failsWith(1000, join(close(1000, ""), text("late"), frame(9, new byte[0]), close(1001, "")));
    handler.awaitClosed("1000 ");
    assertThat(handler.messages).isEmpty();
  }

  @Test
  void dataBeforeCloseIsProcessed() {
    try (Wire.Raw raw = open().send(join(text("in time"), close(1000, ""))).endInput()) {
      assertThat(receive(raw).text()).isEqualTo("in time");
      closesWith(raw, 1000);
    }
  }

  @Test
  void limits() {
    failsWith(1009, HexFormat.of().parseHex("82ff7fffffffffffffff" + "00000000"));
    failsWith(1009, HexFormat.of().parseHex("82ff0000000000040001" + "00000000"));
    failsWith(
        1009, join(fragment(2, false, new byte[200_000]), frame(0x80, new byte[62_145], 1, 2)));
    byte[][] fragments = new byte[1_025][];
    for (int i = 0; i < fragments.length; i++) {
      fragments[i] = fragment(i == 0 ? 1 : 0, false, new byte[0]);
    }
    failsWith(1009, join(fragments));
  }

  @Test
  void serverClosesAndCutsItsReason() {
    try (Wire.Raw raw = open()) {
      raw.send(text("close:4409:" + "€".repeat(60)));
      Frames.Received frame = receive(raw);
      assertThat(frame.code()).isEqualTo(4409);
      assertThat(frame.payload()).hasSize(2 + 123);
      assertThat(frame.text().substring(2)).endsWith("€".repeat(41));
      raw.send(join(text("ignored"), close(4409, "")));
      assertThat(raw.restBytes()).isEmpty();
    }
    handler.awaitClosed("4409 " + "€".repeat(60));
    assertThat(handler.messages).doesNotContain("ignored");
  }

  @Test
  void clientThatDoesNotAnswerACloseIsCut() {
    try (Wire.Raw raw = open()) {
      raw.send(text("close:1000:x"));
      assertThat(receive(raw).code()).isEqualTo(1000);
      wire.pass(Duration.ofSeconds(6));
      raw.awaitEnd();
    }
    handler.awaitClosed("1000 x");
  }

  @Test
  void clientThatVanishesIs1006() {
    open().close();
    handler.awaitClosed("1006 ");
    assertThat(handler.outletGone).hasValue(1);
    open().endInput().awaitEnd();
    handler.awaitClosed("1006 ");
    await().until(() -> wire.transport.connections() == 0);
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
  void receiverThatFailsClosesWith1011() {
    try (Wire.Raw raw = open().send(text("fail"))) {
      assertThat(receive(raw).code()).isEqualTo(1011);
    }
  }

  @Test
  void endOfTheOutletIsANormalClose() {
    try (Wire.Raw raw = open()) {
      await().until(() -> handler.socket != null);
      handler.onLoop(
          socket -> {
            var frame = EchoHandler.direct("??last");
            frame.writerIndex(0);
            SocketFrames.writeHead(frame, SocketFrames.TEXT, 4);
            frame.writerIndex(6);
            socket.outlet().offer(frame);
            frame.release();
            socket.outlet().end();
          });
      assertThat(receive(raw).text()).isEqualTo("last");
      assertThat(receive(raw).code()).isEqualTo(1000);
      raw.send(close(1000, ""));
      assertThat(raw.restBytes()).isEmpty();
    }
    assertThat(handler.outletGone).hasValue(0);
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
              .get(20, TimeUnit.SECONDS);
      assertThat(socket.getSubprotocol()).isEqualTo("duet.v1");
      socket.sendText("ä".repeat(1_000), false).get(20, TimeUnit.SECONDS);
      socket.sendPing(ByteBuffer.allocate(125)).get(20, TimeUnit.SECONDS);
      socket.sendText("!", true).get(20, TimeUnit.SECONDS);
      assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo("pong 125");
      assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo("text 1001");
      socket.sendClose(3000, "done").get(20, TimeUnit.SECONDS);
      assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo("close 3000");
    }
    handler.awaitClosed("3000 done");
  }
}
