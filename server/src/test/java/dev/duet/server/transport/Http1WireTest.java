package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.exchange.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// HTTP/1.1 and HTTP/1.0 on real sockets (RFC 9112).
class Http1WireTest {
  private static final String GET = "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n";

  private final EchoHandler handler = new EchoHandler();
  private final Wire wire = new Wire(handler, options -> options.withEpoll(epoll()));

  boolean epoll() {
    return true;
  }

  @AfterEach
  void stop() {
    wire.close();
  }

  @Test
  void answersAndKeepsTheConnection() {
    try (Wire.Raw raw = wire.connect()) {
      assertThat(raw.send(GET).answer())
          .startsWith("HTTP/1.1 200 OK\r\ndate: ")
          .contains("content-length: 8\r\n")
          .doesNotContain("connection:")
          .endsWith("\r\n\r\nGET /a b");
      assertThat(raw.send(GET).answer()).endsWith("GET /a b");
    }
  }

  @Test
  void closesWhenAsked() {
    assertThat(wire.talk("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n"))
        .contains("connection: close\r\n")
        .endsWith("GET / ");
  }

  @Test
  void http10ClosesUnlessItIsAskedToStay() {
    assertThat(wire.talk("GET / HTTP/1.0\r\n\r\n"))
        .contains("connection: close")
        .endsWith("GET / ");
    try (Wire.Raw raw = wire.connect()) {
      String get = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
      assertThat(raw.send(get).answer()).contains("connection: keep-alive");
      assertThat(raw.send(get).answer()).endsWith("GET / ");
    }
  }

  @Test
  void headHasNoBody() {
    assertThat(wire.talk("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .contains("content-length: 8\r\n")
        .endsWith("\r\n\r\n");
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    try (Wire.Raw raw = wire.connect().send(all.toString())) {
      for (int i = 0; i < 500; i++) {
        assertThat(raw.answer()).endsWith("GET /" + i + " ");
      }
    }
  }

  @Test
  void oneExchangeAtATime() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n" + GET);
      await().until(() -> !handler.held.isEmpty());
      assertThat(handler.requests).hasValue(1);
      var exchange = handler.held.remove();
      exchange.loop().execute(() -> exchange.respond(Response.text(200, "text/plain", "held")));
      assertThat(raw.answer()).endsWith("held");
      assertThat(raw.answer()).endsWith("GET /a b");
    }
  }

  @Test
  void bodiesByLengthAndInChunks() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + GET);
      assertThat(raw.answer()).endsWith("hello");
      assertThat(raw.answer()).endsWith("GET /a b");
      raw.send(
          "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: t\r\n\r\n"
              + GET);
      assertThat(raw.answer()).endsWith("hello world");
      assertThat(raw.answer()).endsWith("GET /a b");
    }
  }

  @Test
  void defectIsAProblemAndTheServerGoesOn() {
    try (Wire.Raw raw = wire.connect()) {
      assertThat(raw.send("GET /fail HTTP/1.1\r\nHost: x\r\n\r\n").answer())
          .startsWith("HTTP/1.1 500 ")
          .contains("application/problem+json")
          .contains("\"code\":\"internal\"");
      assertThat(raw.send(GET).answer()).endsWith("GET /a b");
    }
  }

  @Test
  void streamsUntilItEnds() {
    try (Wire.Raw raw = wire.connect()) {
      String head = raw.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").until("\r\n\r\n");
      assertThat(head)
          .startsWith("HTTP/1.1 200 OK\r\n")
          .contains("connection: close\r\n")
          .doesNotContainIgnoringCase("content-length")
          .doesNotContainIgnoringCase("transfer-encoding");
      assertThat(raw.until("\n")).isEqualTo("hello\n");
      var outlet = handler.streams.remove();
      handler.loop.execute(
          () -> {
            var frame = EchoHandler.direct("bye\n");
            outlet.offer(frame);
            frame.release();
            outlet.end();
          });
      assertThat(raw.rest()).isEqualTo("bye\n");
    }
    assertThat(handler.gone).hasValue(0);
  }

  @Test
  void streamNoticesThatItsReaderLeft() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").until("hello\n");
    }
    await().until(() -> handler.gone.get() == 1);
    await().until(() -> wire.transport.connections() == 0);
  }

  @Test
  void javaClientWithItsUpgradeToH2c() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + wire.transport.port() + "/echo"))
              .timeout(Duration.ofSeconds(20))
              .POST(HttpRequest.BodyPublishers.ofString("from java"))
              .build();
      for (int i = 0; i < 3; i++) {
        assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo("from java");
      }
    }
  }
}
