package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.exchange.Response;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Clients that are slow, silent or gone, on a clock that the test moves.
class Http1DeadlineWireTest {
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
  void slowLoris() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("GET / HTTP/1.1\r\n");
      wire.awaitConnections(1);
      for (int i = 0; i < 3; i++) {
        raw.send("X: y\r\n");
        wire.settle();
        wire.pass(Duration.ofSeconds(3));
      }
      wire.pass(Duration.ofSeconds(2));
      assertThat(raw.rest()).startsWith("HTTP/1.1 408 ").contains("connection: close");
    }
  }

  @Test
  void clientThatSaysNothing() {
    try (Wire.Raw raw = wire.connect()) {
      wire.awaitConnections(1);
      wire.pass(Duration.ofSeconds(9));
      assertThat(wire.transport.connections()).isEqualTo(1);
      wire.pass(Duration.ofSeconds(2));
      assertThat(raw.rest()).isEmpty();
    }
  }

  @Test
  void idleConnectionIsKeptForAWhile() {
    try (Wire.Raw raw = wire.connect()) {
      String get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
      raw.send(get).answer();
      wire.pass(Duration.ofSeconds(74));
      assertThat(raw.send(get + "\r\n").answer()).endsWith("GET / ");
      wire.settle();
      // An empty line is not the beginning of a head.
      wire.pass(Duration.ofSeconds(11));
      assertThat(wire.transport.connections()).isOne();
      wire.pass(Duration.ofSeconds(65));
      assertThat(raw.rest()).isEmpty();
    }
  }

  @Test
  void bodyThatStops() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc");
      await().until(() -> handler.requests.get() == 1);
      wire.settle();
      wire.pass(Duration.ofSeconds(31));
      assertThat(raw.rest()).startsWith("HTTP/1.1 408 ").contains("connection: close");
    }
  }

  @Test
  void bodyThatTrickles() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
      await().until(() -> handler.requests.get() == 1);
      for (int i = 0; i < 4; i++) {
        raw.send("x");
        wire.settle();
        wire.pass(Duration.ofSeconds(10));
      }
      assertThat(raw.rest()).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void exchangeUnderWayHasNoDeadlineHere() {
    try (Wire.Raw raw = wire.connect().send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")) {
      await().until(() -> !handler.held.isEmpty());
      wire.pass(Duration.ofHours(1));
      handler.loop.execute(() -> handler.held.remove().respond(Response.empty(204)));
      assertThat(raw.until("\r\n\r\n"))
          .startsWith("HTTP/1.1 204 ")
          .doesNotContain("content-length");
    }
  }

  @Test
  void longPollNoticesThatItsClientLeft() {
    try (Wire.Raw raw = wire.connect().send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")) {
      await().until(() -> !handler.held.isEmpty());
    }
    await().until(() -> handler.gone.get() == 1);
    wire.pass(Duration.ofSeconds(11));
    wire.awaitConnections(0);
    assertThat(handler.gone).hasValue(1);
  }

  @Test
  void clientThatShutsDownItsSideStillGetsItsAnswer() {
    try (Wire.Raw raw = wire.connect().send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n").endInput()) {
      await().until(() -> handler.gone.get() == 1);
      handler.loop.execute(
          () -> handler.held.remove().respond(Response.text(200, "text/plain", "ok")));
      assertThat(raw.rest()).contains("connection: close").endsWith("ok");
    }
    assertThat(wire.talkAndEnd("POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"))
        .endsWith("hi");
  }

  /// Of a client that reads slowly: most of the answer does not fit into the kernel's buffers.
  @Test
  void largeAnswerReachesAClientThatHasShutDownItsSide() throws Exception {
    byte[] much = new byte[24 << 20];
    try (Wire.Raw raw = wire.connect().send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n").endInput()) {
      await().until(() -> handler.gone.get() == 1);
      handler.loop.execute(
          () -> handler.held.remove().respond(Response.of(200, "text/plain", much)));
      raw.until("\r\n\r\n");
      wire.settle();
      Thread.sleep(100);
      assertThat(raw.restBytes()).hasSize(much.length);
    }
    wire.awaitConnections(0);
  }

  @Test
  void clientThatLeavesWhileItsNextRequestIsHeldIsNoticed() throws Exception {
    for (boolean reset : new boolean[] {false, true}) {
      Wire.Raw raw = wire.connect();
      raw.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await().until(() -> !handler.held.isEmpty());
      wire.settle();
      raw.socket.setSoLinger(reset, 0);
      raw.close();
      await()
          .until(
              () -> {
                wire.pass(Duration.ofSeconds(1));
                return wire.transport.connections() == 0;
              });
      handler.held.clear();
    }
    assertThat(handler.gone).hasValue(2);
  }

  @Test
  void bodyThatIsCutOff() {
    assertThat(wire.talkAndEnd("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"))
        .isEmpty();
    wire.awaitConnections(0);
  }
}
