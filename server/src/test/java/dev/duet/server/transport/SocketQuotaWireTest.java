package dev.duet.server.transport;

import static dev.duet.server.transport.Frames.close;
import static dev.duet.server.transport.Frames.fragment;
import static dev.duet.server.transport.Frames.receive;
import static dev.duet.server.transport.Frames.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.exchange.BodyQuota;
import dev.duet.server.exchange.SocketLimits;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The bytes of messages under way count over all sockets.
class SocketQuotaWireTest extends SocketWire {
  private static final int MOST = 1_000;

  private final AtomicInteger held = new AtomicInteger();

  @Override
  SocketLimits socketLimits() {
    return new SocketLimits(
        2 * MOST,
        16,
        new BodyQuota() {
          @Override
          public boolean take(int bytes) {
            if (counter().addAndGet(bytes) <= MOST) {
              return true;
            }
            counter().addAndGet(-bytes);
            return false;
          }

          @Override
          public void release(int bytes) {
            counter().addAndGet(-bytes);
          }
        });
  }

  private AtomicInteger counter() {
    return held;
  }

  private Wire.Raw holding(int bytes) {
    int before = held.get();
    Wire.Raw raw = open().send(fragment(1, false, new byte[bytes]));
    await().until(() -> held.get() == before + bytes);
    return raw;
  }

  @Test
  void aDeliveredMessageIsTheReceiversToRelease() {
    try (Wire.Raw raw = holding(400).send(fragment(0, true, new byte[100]))) {
      assertThat(receive(raw).payload()).hasSize(500);
      assertThat(held).hasValue(500);
      handler.socket.loop().execute(() -> held.addAndGet(-500));
    }
    await().until(() -> held.get() == 0);
  }

  @Test
  void whoFindsNoRoomWaitsUntilThereIsSome() {
    try (Wire.Raw first = holding(900);
        Wire.Raw second = open()) {
      second.send(text("x".repeat(200)));
      wire.settle();
      wire.pass(Duration.ofSeconds(5));
      assertThat(handler.messages).isEmpty();
      assertThat(held).hasValue(900);
      first.close();
      await().until(() -> held.get() == 0);
      wire.pass(Duration.ofSeconds(1));
      assertThat(receive(second).payload()).hasSize(200);
      second.send(text("y"));
      assertThat(receive(second).text()).isEqualTo("y");
    }
  }

  @Test
  void whoFindsNoRoomForTenSecondsIsClosed() {
    try (Wire.Raw first = holding(900);
        Wire.Raw second = open().send(fragment(2, false, new byte[50]))) {
      second.send(fragment(0, false, new byte[100])).send(new byte[70_000]);
      await().until(() -> held.get() == 950);
      wire.settle();
      for (int i = 0; i < 11; i++) {
        wire.pass(Duration.ofSeconds(1));
      }
      assertThat(receive(second).code()).isEqualTo(1013);
      assertThat(held).hasValue(900);
    }
    await().until(() -> held.get() == 0);
  }

  @Test
  void everyEndGivesBackWhatWasHeld() {
    holding(300).close();
    await().until(() -> held.get() == 0);
    holding(300).endInput().awaitEnd();
    await().until(() -> held.get() == 0);
    try (Wire.Raw raw = holding(300).send(close(1000, ""))) {
      closesWith(raw, 1000);
      assertThat(held).hasValue(0);
    }
    try (Wire.Raw raw = holding(300).send(text("inside"))) {
      closesWith(raw, 1002);
      assertThat(held).hasValue(0);
    }
    try (Wire.Raw raw = holding(300).send(fragment(0, false, new byte[] {-1}))) {
      closesWith(raw, 1007);
      assertThat(held).hasValue(0);
    }
    try (Wire.Raw raw = holding(300).send(fragment(0, true, new byte[] {(byte) 0xCE}))) {
      closesWith(raw, 1007);
      assertThat(held).hasValue(0);
    }
    try (Wire.Raw raw = holding(300)) {
      handler.onLoop(socket -> socket.close(1001, ""));
      assertThat(receive(raw).code()).isEqualTo(1001);
      // What comes meanwhile is skipped, and neither kept nor counted.
      raw.send(fragment(0, false, new byte[300])).send(fragment(0, true, new byte[300]));
      wire.settle();
      assertThat(held).hasValue(0);
      raw.send(close(1001, "")).awaitEnd();
    }
    assertThat(handler.messages).isEmpty();
    holding(300);
    wire.transport.close();
    await().until(() -> held.get() == 0);
  }

  @Test
  void aMessageThatComesTooSlowlyIsNotWaitedFor() {
    try (Wire.Raw raw = holding(300)) {
      wire.pass(Duration.ofSeconds(1));
      wire.pass(Duration.ofSeconds(29));
      assertThat(held).hasValue(300);
      wire.pass(Duration.ofSeconds(2));
      assertThat(receive(raw).code()).isEqualTo(1008);
      assertThat(held).hasValue(0);
    }
  }

  @Test
  void timeInWhichTheServerDoesNotReadDoesNotCount() {
    try (Wire.Raw raw = open().send(text("pause"))) {
      await().until(() -> handler.messages.contains("pause"));
      held.set(0);
      raw.send(fragment(1, false, new byte[300]));
      wire.pass(Duration.ofSeconds(300));
      wire.pass(Duration.ofSeconds(300));
      handler.onLoop(socket -> socket.pauseReading(false));
      wire.pass(Duration.ofSeconds(1));
      raw.send(fragment(0, true, new byte[1]));
      assertThat(receive(raw).payload()).hasSize(301);
    }
  }
}
