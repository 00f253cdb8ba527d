package dev.duet.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.duet.broker.Namespaces;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.JsonMembers;
import dev.duet.server.access.AccessSettings;
import dev.duet.server.access.Guard;
import dev.duet.server.access.OperatorSettings;
import dev.duet.server.access.Operators;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.presence.Presence;
import dev.duet.server.presence.PresenceSettings;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.publish.Publisher;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/// Whatever a client of `duet.v1` sends is a request, or is refused with an error that it can read.
class SessionFuzzTest {
  private static final MemoryBroker BROKER =
      new MemoryBroker(MemorySettings.of(Namespaces.DEFAULT));
  private static final Sessions SESSIONS =
      new Sessions(
          new Guard(
              AccessSettings.OPEN,
              new Operators(OperatorSettings.DEFAULT),
              System::nanoTime,
              InstantSource.system()),
          Namespaces.DEFAULT,
          new Hub(BROKER, HubSettings.DEFAULT, System::nanoTime),
          new Publisher(BROKER, PublishLimits.DEFAULT, Runnable::run, System::nanoTime),
          new Presence(BROKER, PresenceSettings.DEFAULT, System::nanoTime, InstantSource.system()),
          SessionLimits.DEFAULT);

  @FuzzTest
  void messages(FuzzedDataProvider data) {
    boolean binary = data.consumeBoolean();
    check(SESSIONS.read(data.consumeRemainingAsBytes(), binary));
  }

  @FuzzTest
  void membersOfEachType(FuzzedDataProvider data) {
    String type =
        data.pickValue(
            new String[] {"subscribe", "unsubscribe", "publish", "history", "presence", "ping"});
    String message = "{\"type\":\"" + type + "\"," + data.consumeRemainingAsString() + "}";
    check(SESSIONS.read(message.getBytes(StandardCharsets.UTF_8), false));
  }

  private static void check(Reading reading) {
    DuetException failure = reading.failure();
    assertThat(reading.request() == null).isEqualTo(failure != null);
    if (failure != null) {
      assertThat(failure.code().status()).isBetween(400, 413);
      assertThat(failure.detail().length()).isLessThan(600);
    }
    ByteBuf frame =
        Message.of("error", reading.id())
            .text("message", failure == null ? "" : failure.detail())
            .frame();
    int length = frame.getUnsignedByte(frame.readerIndex() + 1);
    frame.skipBytes(length < 126 ? 2 : 4);
    var json = new byte[frame.readableBytes()];
    frame.readBytes(json);
    frame.release();
    JsonMembers said = JsonMembers.parse(json, ErrorCode.BAD_PARAMETER);
    assertThat(said.has("id")).isEqualTo(reading.id() != null);
  }
}
