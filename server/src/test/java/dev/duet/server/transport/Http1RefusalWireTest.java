package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is not a request, or not one that is served (RFC 9112): each gets its status as problem
/// details, then the connection is closed, and no second request on it is looked at.
class Http1RefusalWireTest {
  private final EchoHandler handler = new EchoHandler();
  private final Wire wire = new Wire(handler, options -> options.withEpoll(epoll()));

  boolean epoll() {
    return true;
  }

  @AfterEach
  void stop() {
    wire.close();
  }

  private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

  private void refuses(int status, String request) {
    String answer = wire.talk(request + SMUGGLED);
    assertThat(answer)
        .startsWith("HTTP/1.1 " + status + " ")
        .contains("content-type: application/problem+json\r\n")
        .contains("connection: close\r\n")
        .contains("\"status\":" + status)
        .containsOnlyOnce("content-length:");
    assertThat(handler.requests).hasValue(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "400; GET / HTTP/1.1|X: y||",
        "400; GET / HTTP/1.1|Host: x|Host: x||",
        "400; GET / HTTP/1.1|Host:||",
        "400; GET / HTTP/1.1|Host: x y||",
        "400; GET / HTTP/1.1|Host: a,b||",
        "400; GET / HTTP/1.1|Host: u@x||",
        "400; POST / HTTP/1.1|Host: x|Content-Length: 3|Transfer-Encoding: chunked||",
        "400; POST / HTTP/1.1|Host: x|Transfer-Encoding: chunked|Content-Length: 3||",
        "400; POST / HTTP/1.1|Host: x|Content-Length: 3|Content-Length: 4||",
        "400; POST / HTTP/1.1|Host: x|Content-Length: 3, 4||",
        "400; POST / HTTP/1.1|Host: x|Content-Length: +3||",
        "400; POST / HTTP/1.1|Host: x|Content-Length: -3||",
        "400; POST / HTTP/1.1|Host: x|Content-Length: 0x3||",
        "400; POST / HTTP/1.1|Host: x|Content-Length:||",
        "400; POST / HTTP/1.1|Host: x|Content-Length: 99999999999999999999||",
        "501; POST / HTTP/1.1|Host: x|Transfer-Encoding: gzip, chunked||",
        "400; POST / HTTP/1.1|Host: x|Transfer-Encoding: gzip||",
        "400; POST / HTTP/1.1|Host: x|Transfer-Encoding: chunked, identity||",
        "400; POST / HTTP/1.1|Host: x|Transfer-Encoding: xchunked||",
        "400; POST / HTTP/1.1|Host: x|Transfer-Encoding: chunked|Transfer-Encoding: chunked||",
        "400; POST / HTTP/1.0|Transfer-Encoding: chunked||",
        "400; GET / HTTP/1.1|Host: x|A: b| folded||",
        "400; GET / HTTP/1.1| Host: x||",
        "400; GET / HTTP/1.1|Host: x|A : b||",
        "400; GET / HTTP/1.1|Host: x|: b||",
        "400; GET / HTTP/1.1|Host: x|A b||",
        "400; GET / HTTP/1.1|Host: x|A: b\u0000c||",
        "400; GET / HTTP/1.1|Host: x|A: b\u007Fc||",
        "400; GET / HTTP/1.1|Host: x|A: b<CR>c||",
        "400; GET / HTTP/1.1|Host: x|A\u00E4: b||",
        "400; GET / HTTP/1.1<LF>Host: x||",
        "400; GET / HTTP/1.1|Host: x<LF>|",
        "400; GET  / HTTP/1.1|Host: x||",
        "400; GET / HTTP/1.1 |Host: x||",
        "400; GET\t/ HTTP/1.1|Host: x||",
        "400; GET /a b HTTP/1.1|Host: x||",
        "400; GET /\u00E4 HTTP/1.1|Host: x||",
        "400; GET /#top HTTP/1.1|Host: x||",
        "400; GET /|Host: x||",
        "400; GE(T / HTTP/1.1|Host: x||",
        "400; GET x HTTP/1.1|Host: x||",
        "400; GET * HTTP/1.1|Host: x||",
        "400; GET ftp://x/ HTTP/1.1|Host: x||",
        "400; GET http:///p HTTP/1.1|Host: x||",
        "400; GET http://u@x/ HTTP/1.1|Host: x||",
        "400; GET / http/1.1|Host: x||",
        "400; GET / HTTP/1|Host: x||",
        "400; GET / HTTP/1.1x|Host: x||",
        "505; GET / HTTP/2.0|Host: x||",
        "505; GET / HTTP/1.2|Host: x||",
        "505; GET / HTTP/0.9|Host: x||",
        "505; PRI * HTTP/2.0||SM||",
        "501; CONNECT x:80 HTTP/1.1|Host: x:80||",
        "417; POST / HTTP/1.1|Host: x|Content-Length: 1|Expect: a-miracle||",
      })
  void refused(int status, String request) {
    refuses(status, request.replace("|", "\r\n").replace("<CR>", "\r").replace("<LF>", "\n"));
  }

  @Test
  void whatIsTooLong() {
    refuses(414, "GET /" + "x".repeat(33_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    refuses(431, "GET / HTTP/1.1\r\nHost: x\r\nA: " + "x".repeat(33_000) + "\r\n\r\n");
    refuses(431, "GET / HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n".repeat(9_000) + "\r\n");
  }

  @Test
  void noise() {
    String noise = "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n";
    assertThat(wire.talk(noise)).startsWith("HTTP/1.1 400 ");
    assertThat(wire.talk("\u0000GET / HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 400 ");
  }

  @Test
  void whatIsUnusualButRight() {
    String close = "Connection: close\r\n\r\n";
    assertThat(wire.talk("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n" + close)).endsWith("GET / ");
    assertThat(wire.talk("GET http://y:1/p?q HTTP/1.1\r\nHost: x\r\n" + close))
        .endsWith("GET /p q");
    assertThat(wire.talk("GET HTTPS://y?q HTTP/1.1\r\nHost: x\r\n" + close)).endsWith("GET / q");
    assertThat(wire.talk("OPTIONS * HTTP/1.1\r\nHost: x\r\n" + close)).endsWith("OPTIONS * ");
    assertThat(wire.talk("GET /?a?b=/ HTTP/1.1\r\nHOST:\t[::1]:80 \r\n" + close))
        .endsWith("GET / a?b=/");
    assertThat(wire.talk("M-SEARCH / HTTP/1.1\r\nHost: x\r\nEmpty:\r\n" + close))
        .endsWith("M-SEARCH / ");
  }

  @Test
  void bodiesThatAreNotTaken() {
    String post = "POST /echo HTTP/1.1\r\nHost: x\r\n";
    assertThat(wire.talk(post + "Content-Length: 1001\r\n\r\n"))
        .startsWith("HTTP/1.1 413 ")
        .contains("connection: close");
    assertThat(wire.talk(post + "Content-Length: 900000\r\n\r\n" + "x".repeat(900_000)))
        .startsWith("HTTP/1.1 413 ");
    String chunks = "Transfer-Encoding: chunked\r\n\r\n";
    assertThat(wire.talk(post + chunks + "3e9\r\n" + "x".repeat(1_001) + "\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 413 ");
    assertThat(wire.talk(post + chunks + "zz\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(wire.talk(post + chunks + "-1\r\nx\r\n0\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(wire.talk(post + chunks + "1\r\nxx\r\n0\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(wire.talk(post + chunks + "1\nx\n0\n\n")).startsWith("HTTP/1.1 400 ");
  }

  /// The client reads only when it has sent all.
  @Test
  void refusalReachesAClientThatGoesOnSending() {
    String post = "POST /echo HTTP/1.1\r\nHost: x\r\n";
    try (Wire.Raw raw = wire.connect()) {
      raw.send(post + "Content-Length: 16777216\r\n\r\n");
      byte[] part = new byte[1 << 20];
      for (int i = 0; i < 16; i++) {
        raw.send(part);
        wire.settle();
        wire.pass(Duration.ofMillis(200));
      }
      assertThat(raw.rest()).startsWith("HTTP/1.1 413 ").contains("connection: close");
    }
    wire.awaitConnections(0);
    try (Wire.Raw raw = wire.connect()) {
      raw.send(post + "Transfer-Encoding: chunked\r\n\r\n");
      byte[] part = EchoHandler.latin("10000\r\n" + "x".repeat(65_536) + "\r\n");
      for (int i = 0; i < 100; i++) {
        raw.send(part);
      }
      assertThat(raw.rest()).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void refusedClientThatNeverEndsIsCut() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 16777216\r\n\r\n");
      raw.until("\r\n\r\n");
      for (int i = 0; i < 32 && wire.transport.connections() > 0; i++) {
        raw.send("x");
        wire.settle();
        wire.pass(Duration.ofSeconds(1));
      }
      wire.awaitConnections(0);
    } catch (java.io.UncheckedIOException cut) {
      wire.awaitConnections(0);
    }
  }

  @Test
  void unreadBodies() {
    String get = "GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    String post = "POST /ignore HTTP/1.1\r\nHost: x\r\n";
    assertThat(wire.talk(post + "Content-Length: 65536\r\n\r\n" + "x".repeat(65_536) + get))
        .endsWith("GET /next ");
    assertThat(wire.talk(post + "Transfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n" + get))
        .endsWith("GET /next ");
    assertThat(wire.talk(post + "Content-Length: 65537\r\n\r\n" + "x".repeat(65_537) + get))
        .contains("connection: close")
        .endsWith("POST /ignore ");
  }

  @Test
  void expectedContinueIsSentWhenTheBodyIsAskedFor() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send(
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n");
      assertThat(raw.until("\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      assertThat(raw.send("ok").answer()).startsWith("HTTP/1.1 200 ").endsWith("ok");
      raw.send(
          "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
      assertThat(raw.rest()).startsWith("HTTP/1.1 200 ").contains("connection: close");
    }
    assertThat(
            wire.talk("POST /echo HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok"))
        .startsWith("HTTP/1.1 200 ");
  }
}
