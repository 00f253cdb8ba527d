package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kind of request, cut at every byte: into two writes, and by a client that leaves there.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http1CutWireTest {
  private final Wire wire =
      new Wire(
          exchange -> {
            if (exchange.head().wantsWebSocket()) {
              new SocketHandler().handle(exchange);
            } else {
              new EchoHandler().handle(exchange);
            }
          },
          options -> options.withEpoll(epoll()));

  boolean epoll() {
    return true;
  }

  @AfterAll
  void stop() {
    wire.close();
  }

  /// A conversation that ends in the close of the connection, and what comes back, without dates.
  record Talk(byte[] bytes, String answers) {
    @Override
    public String toString() {
      return new String(bytes, StandardCharsets.ISO_8859_1).split("\r\n", 2)[0];
    }
  }

  Stream<Talk> talks() {
    String close = "Connection: close\r\n";
    return Stream.of(
            "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n" + close + "\r\n",
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n" + close + "\r\nhello",
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                + close
                + "\r\n5;a=b\r\nhello\r\n3\r\n!!!\r\n0\r\nT: u\r\n\r\n",
            "POST /ignore HTTP/1.1\r\n"
                + "Host: x\r\n"
                + "Content-Length: 5\r\n\r\n"
                + "helloGET / HTTP/1.0\r\n\r\n",
            "HEAD /a HTTP/1.1\r\nHost: x\r\n" + close + "\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n")
        .map(EchoHandler::latin)
        .flatMap(bytes -> Stream.of(new Talk(bytes, answers(bytes))))
        .flatMap(
            talk ->
                Stream.concat(
                    Stream.of(talk), talk.bytes[0] == 'H' ? Stream.of(webSocket()) : Stream.of()));
  }

  private Talk webSocket() {
    byte[] bytes =
        Frames.join(
            EchoHandler.latin(Frames.handshake("/ws")),
            Frames.text("µ!"),
            Frames.fragment(1, false, EchoHandler.latin("a")),
            Frames.frame(9, EchoHandler.latin("p")),
            Frames.fragment(0, true, EchoHandler.latin("b")),
            Frames.close(1000, "x"));
    return new Talk(bytes, answers(bytes));
  }

  private String answers(byte[] bytes) {
    return undated(wire.talk(new String(bytes, StandardCharsets.ISO_8859_1)));
  }

  private static String undated(String answers) {
    return answers.replaceAll("date: [^\r]*", "date");
  }

  @ParameterizedTest
  @MethodSource("talks")
  void inTwoWrites(Talk talk) {
    assertThat(talk.answers).isNotEmpty();
    byte[] bytes = talk.bytes;
    for (int cut = 1; cut < bytes.length; cut++) {
      try (Wire.Raw raw = wire.connect()) {
        raw.send(bytes, 0, cut);
        wire.settle();
        assertThat(undated(raw.send(bytes, cut, bytes.length).rest()))
            .as("cut at %d", cut)
            .isEqualTo(talk.answers);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("talks")
  void byAClientThatLeaves(Talk talk) {
    byte[] bytes = talk.bytes;
    for (int cut = 0; cut < bytes.length; cut++) {
      try (Wire.Raw raw = wire.connect()) {
        raw.send(bytes, 0, cut);
      }
    }
    wire.pass(Duration.ofSeconds(11));
    wire.awaitConnections(0);
    assertThat(answers(bytes)).isEqualTo(talk.answers);
  }

  @Test
  void inSingleBytes() {
    talks()
        .forEach(
            talk -> {
              try (Wire.Raw raw = wire.connect()) {
                for (int i = 0; i < talk.bytes.length; i++) {
                  raw.send(talk.bytes, i, i + 1);
                }
                assertThat(undated(raw.rest())).isEqualTo(talk.answers);
              }
            });
  }
}
