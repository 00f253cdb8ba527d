package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.Outlet.Offer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Readers that are slow, stalled or gone: what waits for one is bounded, and he is told of or cut.
class OutletWireTest {
  private static final String GET = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final int FRAME = 8 << 10;

  private final EchoHandler handler = new EchoHandler();
  private final Wire wire = new Wire(handler, options -> options.withLoops(1).withEpoll(epoll()));
  private final ByteBuf frame =
      UnpooledByteBufAllocator.DEFAULT.directBuffer(FRAME).writeZero(FRAME);

  boolean epoll() {
    return true;
  }

  @AfterEach
  void stop() {
    wire.close();
    assertThat(frame.refCnt()).isEqualTo(1);
    frame.release();
  }

  private Wire.Raw open() {
    int before = handler.streams.size();
    Wire.Raw raw = wire.connect().send(GET);
    raw.until("hello\n");
    assertThat(handler.streams).hasSize(before + 1);
    return raw;
  }

  private <T> T onLoop(java.util.function.Supplier<T> action) {
    return CompletableFuture.supplyAsync(action, handler.loop).join();
  }

  /// Offers until the outlet takes no more.
  private int fill(Outlet outlet) {
    return onLoop(
        () -> {
          int taken = 0;
          while (outlet.offer(frame) == Offer.WRITTEN) {
            taken++;
            outlet.flush();
          }
          return taken;
        });
  }

  private long waiting(Outlet outlet) {
    return onLoop(
        () -> {
          var buffer = ((PacedOutlet) outlet).connection.socket.unsafe().outboundBuffer();
          return buffer == null ? 0 : buffer.totalPendingWriteBytes();
        });
  }

  @Test
  void aSlowReaderIsBehindAndThenReady() {
    try (Wire.Raw raw = open()) {
      Outlet outlet = handler.streams.remove();
      int taken = fill(outlet);
      assertThat(waiting(outlet)).isBetween(64L << 10, (64L << 10) + FRAME + 200);
      assertThat(onLoop(() -> outlet.offer(frame))).isEqualTo(Offer.BEHIND);
      assertThat(handler.ready).hasValue(0);
      raw.exactly(taken * FRAME);
      await().until(() -> handler.ready.get() == 1);
      assertThat(onLoop(() -> outlet.offer(frame))).isEqualTo(Offer.WRITTEN);
      onLoop(
          () -> {
            outlet.flush();
            outlet.end();
            return outlet.offer(frame);
          });
      assertThat(raw.restBytes()).hasSize(FRAME);
    }
    assertThat(handler.gone).hasValue(0);
    wire.awaitConnections(0);
  }

  @Test
  void theListenerIsNeverCalledFromWithinAnOffer() {
    try (Wire.Raw raw = open()) {
      Outlet outlet = handler.streams.remove();
      onLoop(
          () -> {
            // Nothing is flushed until it is behind; then one flush drains it below the low mark.
            while (outlet.offer(frame) == Offer.WRITTEN) {
              continue;
            }
            outlet.flush();
            assertThat(handler.ready).hasValue(0);
            return null;
          });
      await().until(() -> handler.ready.get() == 1);
      raw.exactly(8 * FRAME);
    }
  }

  @Test
  void aReaderWhoDrainsNothingIsCut() {
    try (Wire.Raw raw = open()) {
      Outlet outlet = handler.streams.remove();
      fill(outlet);
      wire.pass(Duration.ofSeconds(1));
      wire.pass(Duration.ofSeconds(58));
      assertThat(handler.gone).hasValue(0);
      wire.pass(Duration.ofSeconds(3));
      await().until(() -> handler.gone.get() == 1);
      assertThat(onLoop(() -> outlet.offer(frame))).isEqualTo(Offer.CLOSED);
      wire.awaitConnections(0);
      raw.awaitEnd();
    }
  }

  @Test
  void aReaderWhoDrainsALittleIsNot() {
    try (Wire.Raw raw = open()) {
      Outlet outlet = handler.streams.remove();
      fill(outlet);
      for (int i = 0; i < 5; i++) {
        wire.pass(Duration.ofSeconds(40));
        long before = waiting(outlet);
        raw.exactly(1 << 20);
        await().until(() -> waiting(outlet) < before || handler.ready.get() > 0);
        fill(outlet);
      }
      assertThat(handler.gone).hasValue(0);
    }
  }

  @Test
  void aStalledReaderOfAnEndedStreamIsCutToo() {
    try (Wire.Raw raw = open()) {
      Outlet outlet = handler.streams.remove();
      fill(outlet);
      onLoop(
          () -> {
            outlet.end();
            return null;
          });
      wire.pass(Duration.ofSeconds(1));
      wire.pass(Duration.ofSeconds(61));
      wire.awaitConnections(0);
      raw.awaitEnd();
    }
    assertThat(handler.gone).hasValue(0);
  }

  @Test
  void fiftyStalledReadersCostABoundedAmount() {
    List<Wire.Raw> readers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      readers.add(open());
    }
    handler.streams.forEach(this::fill);
    long all = handler.streams.stream().mapToLong(this::waiting).sum();
    assertThat(all).isLessThan(50L * ((64 << 10) + FRAME + 200));
    // What waits are references to the one frame.
    assertThat(frame.refCnt()).isGreaterThan(50 * 8);
    readers.forEach(Wire.Raw::close);
    await().until(() -> handler.gone.get() == 50);
  }

  @Test
  void abortCutsAndTellsNobody() {
    try (Wire.Raw raw = open()) {
      Outlet outlet = handler.streams.remove();
      onLoop(
          () -> {
            outlet.abort();
            return outlet.offer(frame);
          });
      raw.awaitEnd();
      wire.awaitConnections(0);
    }
    assertThat(handler.gone).hasValue(0);
  }

  @Test
  void aClientWhoKeepsTalkingIsCut() {
    try (Wire.Raw raw = open()) {
      raw.send("a little");
      wire.settle();
      assertThat(handler.gone).hasValue(0);
      AtomicInteger sent = new AtomicInteger();
      try {
        while (sent.incrementAndGet() < 1_000) {
          raw.send(new byte[64 << 10]);
        }
      } catch (java.io.UncheckedIOException cut) {
        assertThat(cut).hasMessageMatching(".*(reset|pipe).*");
      }
      await().until(() -> handler.gone.get() == 1);
    }
  }

  @Test
  void halfClosedByTheClientIsGone() {
    try (Wire.Raw raw = open().endInput()) {
      await().until(() -> handler.gone.get() == 1);
      raw.awaitEnd();
    }
  }

  @Test
  void streamForHeadIsItsHead() {
    assertThat(wire.talk("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ")
        .endsWith("\r\n\r\n");
  }
}
