package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.transport.TrustedProxies.Fields;
import org.junit.jupiter.api.Test;

/// What is believed of whom on real sockets; the client of all these tests connects from 127.0.0.1.
class ProxyFieldsWireTest {
  private static final String LIES =
      "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a.example\r\n"
          + "Forwarded: for=198.51.100.7;proto=https;host=b.example\r\nX-Real-IP: 192.0.2.1\r\n";

  private static String who(TrustedProxies proxies, String fields) {
    try (Wire wire = new Wire(new EchoHandler(), options -> options.withProxies(proxies))) {
      String answer =
          wire.talk("GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields + "\r\n");
      return answer.startsWith("HTTP/1.1 200")
          ? answer.substring(answer.indexOf("\r\n\r\n") + 4)
          : answer;
    }
  }

  @Test
  void byDefaultNobodyIsBelievedNotEvenLoopback() {
    assertThat(who(TrustedProxies.NONE, LIES)).matches("http 127\\.0\\.0\\.1 [1-9]\\d* null");
  }

  @Test
  void whoComesFromElsewhereIsNotBelieved() {
    assertThat(who(TrustedProxies.at("10.0.0.0/8", "::/0"), LIES))
        .matches("http 127\\.0\\.0\\.1 [1-9]\\d* null");
  }

  @Test
  void aTrustedProxyIsBelievedInTheFormThatItSets() {
    assertThat(who(TrustedProxies.at("127.0.0.1"), LIES))
        .isEqualTo("https 203.0.113.9 0 a.example");
    assertThat(who(TrustedProxies.at("127.0.0.0/8").withFields(Fields.FORWARDED), LIES))
        .isEqualTo("https 198.51.100.7 0 b.example");
    assertThat(who(TrustedProxies.at("127.0.0.1").withFields(Fields.NONE), LIES))
        .startsWith("http 127.0.0.1 ");
  }

  @Test
  void whatAClientPutInFrontDoesNotCount() {
    assertThat(
            who(
                TrustedProxies.at("127.0.0.1"),
                "X-Forwarded-For: 10.1.1.1\r\nX-Forwarded-For: \"x, 203.0.113.9\r\n"))
        .isEqualTo("http 203.0.113.9 0 null");
  }

  @Test
  void whatATrustedProxyGarblesIsRefused() {
    assertThat(who(TrustedProxies.at("127.0.0.1"), "X-Forwarded-For: garbage\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("a trusted proxy says in X-Forwarded-For 'garbage', which is not an address");
  }
}
