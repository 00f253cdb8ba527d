package dev.duet.server.transport;

import static dev.duet.server.transport.Frames.close;
import static dev.duet.server.transport.Frames.frame;
import static dev.duet.server.transport.Frames.join;
import static dev.duet.server.transport.Frames.receive;
import static dev.duet.server.transport.Frames.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.exchange.SocketFrames;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every way in which a WebSocket ends, on real sockets.
class SocketCloseWireTest extends SocketWire {
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

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void clientThatLeavesAPausedSocketIsNoticed(boolean reset) throws Exception {
    Wire.Raw raw = open().send(join(text("pause"), text("1")));
    await().until(() -> handler.messages.contains("pause"));
    raw.send(text("2"));
    wire.settle();
    raw.socket.setSoLinger(reset, 0);
    raw.close();
    await()
        .until(
            () -> {
              wire.pass(Duration.ofSeconds(1));
              return wire.transport.connections() == 0;
            });
    handler.awaitClosed("1006 ");
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
}
