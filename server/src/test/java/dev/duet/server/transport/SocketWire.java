package dev.duet.server.transport;

import static dev.duet.server.transport.Frames.handshake;
import static dev.duet.server.transport.Frames.receive;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.exchange.SocketLimits;
import org.junit.jupiter.api.AfterEach;

/// What tests of WebSockets on real sockets share.
abstract class SocketWire {
  final SocketHandler handler = new SocketHandler(socketLimits());
  final Wire wire = new Wire(handler, options -> options.withEpoll(epoll()));

  boolean epoll() {
    return true;
  }

  SocketLimits socketLimits() {
    return SocketLimits.DEFAULT;
  }

  @AfterEach
  void stop() {
    wire.close();
  }

  Wire.Raw open() {
    Wire.Raw raw = wire.connect().send(handshake("/ws"));
    raw.until("\r\n\r\n");
    return raw;
  }

  void closesWith(Wire.Raw raw, int code) {
    Frames.Received frame = receive(raw);
    assertThat(frame.first()).isEqualTo(0x88);
    assertThat(frame.code()).isEqualTo(code);
    assertThat(raw.restBytes()).isEmpty();
  }

  void failsWith(int code, byte[] bytes) {
    try (Wire.Raw raw = open().send(bytes)) {
      closesWith(raw, code);
    }
  }
}
