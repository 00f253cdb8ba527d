package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.duet.server.exchange.Response;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Starting, stopping and being full.
class StopWireTest {
  private final EchoHandler handler = new EchoHandler();
  private final Wire wire = new Wire(handler, options -> options.withEpoll(epoll()).withLoops(1));

  boolean epoll() {
    return true;
  }

  @AfterEach
  void stop() {
    wire.close();
  }

  @Test
  void stopsInOrder() throws Exception {
    try (Wire.Raw idle = wire.connect();
        Wire.Raw busy = wire.connect();
        Wire.Raw late = wire.connect();
        Wire.Raw stream = wire.connect()) {
      idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").answer();
      stream.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").until("hello\n");
      busy.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
      late.send("GET / HTTP/1.1\r\n");
      await().until(() -> !handler.held.isEmpty());
      wire.settle();
      var stopped = wire.transport.stop();
      assertThat(idle.rest()).isEmpty();
      assertThatThrownBy(wire::connect).isInstanceOf(UncheckedIOException.class);
      assertThat(late.send("Host: x\r\n\r\n").rest())
          .contains("connection: close")
          .endsWith("GET / ");
      assertThat(stopped).isNotDone();
      var exchange = handler.held.remove();
      exchange.loop().execute(() -> exchange.respond(Response.text(200, "text/plain", "last")));
      assertThat(busy.rest()).contains("connection: close").endsWith("last");
      handler.loop.execute(() -> handler.streams.remove().abort());
      stream.awaitEnd();
      // Their clients have not closed yet.
      wire.pass(Duration.ofSeconds(3));
      stopped.get(60, TimeUnit.SECONDS);
      assertThat(wire.transport.connections()).isZero();
    }
  }

  @Test
  void aStreamIsWaitedForUntilCloseCuts() {
    try (Wire.Raw stream = wire.connect()) {
      stream.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").until("hello\n");
      var stopped = wire.transport.stop();
      assertThat(stopped).isNotDone();
      assertThat(wire.transport.connections()).isOne();
      wire.transport.close();
      stream.awaitEnd();
      wire.transport.close();
    }
  }

  @Test
  void connectionsBeyondTheMostAreClosed() {
    try (Wire small = new Wire(handler, options -> options.withMaxConnections(2).withLoops(1))) {
      try (Wire.Raw one = small.connect();
          Wire.Raw two = small.connect()) {
        String get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        one.send(get).answer();
        two.send(get).answer();
        small.connect().awaitEnd();
        assertThat(one.send(get).answer()).endsWith("GET / ");
      }
      small.awaitConnections(0);
      assertThat(small.talk("GET / HTTP/1.0\r\n\r\n")).endsWith("GET / ");
    }
  }

  @Test
  void severalAddressesAndOneThatIsTaken() {
    var any = new InetSocketAddress("127.0.0.1", 0);
    try (Wire two = new Wire(handler, options -> options.withAddresses(List.of(any, any)))) {
      assertThat(two.transport.addresses()).hasSize(2).doesNotHaveDuplicates();
      var taken = TransportOptions.on("127.0.0.1", two.transport.port());
      assertThatThrownBy(() -> Transport.start(taken, handler))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("cannot listen on 127.0.0.1:");
    }
  }

  @Test
  void theLoopOfAnExchangeIsOneOfTheLoops() {
    try (Wire two = new Wire(handler, options -> options.withLoops(2))) {
      assertThat(two.transport.loops()).hasSize(2);
      two.talk("GET / HTTP/1.0\r\n\r\n");
      assertThat(two.transport.loops()).anySatisfy(loop -> assertThat(loop).isSameAs(handler.loop));
    }
  }
}
