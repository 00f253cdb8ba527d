package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The PROXY protocol, versions 1 and 2 (haproxy.org/download/2.6/doc/proxy-protocol.txt), on real
/// sockets from 127.0.0.1.
class ProxyProtocolWireTest {
  private static final String WHO = "GET /who HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String LAST = "GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");

  private final EchoHandler handler = new EchoHandler();
  private final Wire wire = wire(TrustedProxies.at("127.0.0.1"));

  boolean epoll() {
    return true;
  }

  private Wire wire(TrustedProxies proxies) {
    return new Wire(
        handler, options -> options.withEpoll(epoll()).withProxies(proxies.withProtocol(true)));
  }

  @AfterEach
  void stop() {
    wire.close();
  }

  /// @param command 0x20 LOCAL, 0x21 PROXY
  /// @param family 0x11 TCP over IPv4, 0x21 over IPv6, 0x31 a UNIX stream
  private static byte[] second(int command, int family, String hex) {
    byte[] rest = HexFormat.of().parseHex(hex.replace(" ", ""));
    return ByteBuffer.allocate(16 + rest.length)
        .put(SIGNATURE)
        .put((byte) command)
        .put((byte) family)
        .putShort((short) rest.length)
        .put(rest)
        .array();
  }

  private static byte[] and(byte[] header, String requests) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(header);
    all.writeBytes(requests.getBytes(StandardCharsets.US_ASCII));
    return all.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void theFirstVersionNamesTheClientOfAllRequests() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n" + WHO);
      assertThat(raw.answer()).endsWith("\r\n\r\nhttp 203.0.113.9 4711 null");
      assertThat(raw.send(LAST).rest()).endsWith("\r\n\r\nhttp 203.0.113.9 4711 null");
    }
    assertThat(wire.talk("PROXY TCP6 2001:db8::1 ::1 4711 80\r\n" + LAST))
        .endsWith("http 2001:db8:0:0:0:0:0:1 4711 null");
  }

  @Test
  void soDoesTheSecond() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send(and(second(0x21, 0x11, "cb007109 7f000001 1267 0050"), LAST));
      assertThat(raw.rest()).endsWith("http 203.0.113.9 4711 null");
    }
    try (Wire.Raw raw = wire.connect()) {
      String addresses =
          "20010db8000000000000000000000001 00000000000000000000000000000001 1267 0050";
      raw.send(and(second(0x21, 0x21, addresses), LAST));
      assertThat(raw.rest()).endsWith("http 2001:db8:0:0:0:0:0:1 4711 null");
    }
  }

  @Test
  void aClientWhoUsedTlsIsSaidTo() {
    // PP2_TYPE_SSL: the client connected over TLS, its certificate not verified
    String tls = "20 0005 01 00000001";
    try (Wire.Raw raw = wire.connect()) {
      raw.send(and(second(0x21, 0x11, "cb007109 7f000001 1267 0050" + tls), LAST));
      assertThat(raw.rest()).endsWith("https 203.0.113.9 4711 null");
    }
  }

  @Test
  void ofItselfAProxySpeaksAsItself() {
    String lies = LAST.replace("Host", "X-Forwarded-For: 192.0.2.1\r\nHost");
    for (byte[] header :
        new byte[][] {
          ascii("PROXY UNKNOWN\r\n"),
          second(0x20, 0x00, ""),
          second(0x20, 0x11, "cb007109 7f000001 1267 0050"),
          second(0x21, 0x31, "61".repeat(216))
        }) {
      try (Wire.Raw raw = wire.connect()) {
        raw.send(and(header, lies));
        assertThat(raw.rest()).containsPattern("\r\n\r\nhttp 127.0.0.1 [1-9]\\d* null$");
      }
    }
  }

  @Test
  void theClientIsBelievedOnlyIfItIsAProxyToo() {
    String said = LAST.replace("Host", "X-Forwarded-For: 192.0.2.1\r\nHost");
    assertThat(wire.talk("PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n" + said))
        .endsWith("http 203.0.113.9 4711 null");
    try (Wire chain = wire(TrustedProxies.at("127.0.0.1", "203.0.113.0/24"))) {
      assertThat(chain.talk("PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n" + said))
          .endsWith("http 192.0.2.1 0 null");
    }
  }

  @Test
  void theHeaderMayComeByteByByte() {
    byte[] all = and(second(0x21, 0x11, "cb007109 7f000001 1267 0050"), LAST);
    try (Wire.Raw raw = wire.connect()) {
      for (int i = 0; i < all.length; i++) {
        raw.send(all, i, i + 1);
        wire.settle();
      }
      assertThat(raw.rest()).endsWith("http 203.0.113.9 4711 null");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /who HTTP/1.1\r\nHost: x\r\n\r\n",
        "PROXY TCP4 203.0.113.9 127.0.0.1 4711\r\n",
        "PROXY TCP4 203.0.113.999 127.0.0.1 4711 80\r\n",
        "PROXY TCP4 203.0.113.9 127.0.0.1 4711 65536\r\n",
        "PROXY TCP9 203.0.113.9 127.0.0.1 4711 80\r\n",
        "PROXY TCP4                                                                              "
            + "                                                       \r\n",
        "\r\n\r\n\0\r\nQUIT\n\u0031\u0011\0\u000c",
        "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\u007f\u007f"
      })
  void whatIsNoHeaderEndsTheConnectionWithoutAnAnswer(String bytes) {
    try (Wire.Raw raw = wire.connect()) {
      raw.send(bytes + " ".repeat(40 << 10));
      raw.awaitEnd();
    } catch (java.io.UncheckedIOException reset) {
      // while it was still sent
    }
    wire.awaitConnections(0);
    assertThat(handler.requests).hasValue(0);
  }

  @Test
  void aHeaderThatDoesNotComeInTimeEndsTheConnection() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send("PROXY TCP4 203.0.113.9");
      wire.awaitConnections(1);
      wire.settle();
      wire.pass(Deadlines.DEFAULT.head().minusSeconds(1));
      assertThat(wire.transport.connections()).isOne();
      wire.pass(Duration.ofSeconds(2));
      raw.awaitEnd();
    }
    wire.awaitConnections(0);
  }

  @Test
  void whoIsNoTrustedProxyMayNotConnect() {
    try (Wire closed = wire(TrustedProxies.at("10.0.0.0/8"));
        Wire.Raw raw = closed.connect()) {
      raw.awaitEnd();
    }
    assertThat(handler.requests).hasValue(0);
  }
}
