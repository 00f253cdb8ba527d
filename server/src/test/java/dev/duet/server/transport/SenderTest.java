package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.DuetException;
import dev.duet.server.transport.TrustedProxies.Fields;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who a request is from, where proxies at 10.0.0.0/8 are trusted.
class SenderTest {
  private static final TrustedProxies TRUSTED = TrustedProxies.at("10.0.0.0/8");
  private static final TrustedProxies STANDARD = TRUSTED.withFields(Fields.FORWARDED);
  private static final InetSocketAddress PROXY = new InetSocketAddress("10.0.0.1", 7);

  private static Sender of(
      InetSocketAddress peer, TrustedProxies proxies, Map<String, List<String>> fields) {
    return Sender.of(peer, true, "http", proxies, name -> fields.getOrDefault(name, List.of()));
  }

  private static String shown(Sender sender) {
    return sender.scheme()
        + " "
        + sender.remote().getAddress().getHostAddress()
        + ":"
        + sender.remote().getPort()
        + " "
        + sender.host();
  }

  private static Sender xForwarded(String nodes, String proto, String host) {
    return of(
        PROXY,
        TRUSTED,
        Map.of(
            "x-forwarded-for", fields(nodes),
            "x-forwarded-proto", fields(proto),
            "x-forwarded-host", fields(host)));
  }

  /// Several fields of one name are separated by `|`.
  private static List<String> fields(String value) {
    return value == null ? List.of() : List.of(value.split("\\|", -1));
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.9,,, http 203.0.113.9:0 null",
    "203.0.113.9:4711,https,a.example, https 203.0.113.9:4711 a.example",
    "[2001:db8::1]:4711,,, http 2001:db8:0:0:0:0:0:1:4711 null",
    "2001:db8::1,,, http 2001:db8:0:0:0:0:0:1:0 null",
    "'198.51.100.1, 203.0.113.9',,, http 203.0.113.9:0 null",
    "'invented, 203.0.113.9',,, http 203.0.113.9:0 null",
    "'invented|203.0.113.9, 10.0.0.2|10.0.0.3',,, http 203.0.113.9:0 null",
    "'203.0.113.9, 10.0.0.2','https, http','a.example, b.example',https 203.0.113.9:0 a.example",
    "'10.9.9.9, 203.0.113.9, 10.0.0.2','ftp, https, http',,https 203.0.113.9:0 null",
    "'203.0.113.9, 10.0.0.2',https,a.example,https 203.0.113.9:0 a.example",
    "'10.0.0.3, 10.0.0.2',,, http 10.0.0.3:0 null",
    "unknown,https,,https 10.0.0.1:7 null",
    "'203.0.113.9, unknown',,, http 10.0.0.1:7 null",
    "'203.0.113.9, unknown, 10.0.0.2',,, http 10.0.0.2:0 null",
    "' , ',wss,,https 10.0.0.1:7 null",
    ",WS,a.example:8443,http 10.0.0.1:7 a.example:8443",
    ",,, http 10.0.0.1:7 null",
  })
  void theNearestThatIsNoTrustedProxyIsTheClient(
      String nodes, String proto, String host, String sender) {
    assertThat(shown(xForwarded(nodes, proto, host))).isEqualTo(sender.strip());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "for=203.0.113.9 # http 203.0.113.9:0 null",
        "For=\"203.0.113.9:4711\";PROTO=https;host=a.example # https 203.0.113.9:4711 a.example",
        "for=203.0.113.9:4711 # http 203.0.113.9:4711 null",
        "for=\"[2001:db8::1]:4711\" # http 2001:db8:0:0:0:0:0:1:4711 null",
        "for=\"203.0.113.9:_port\" # http 203.0.113.9:0 null",
        "for=203.0.113.9 ; proto=https , for=10.0.0.2;proto=http # https 203.0.113.9:0 null",
        "for=1.1.1.1;proto=ftp, for=203.0.113.9 # http 203.0.113.9:0 null",
        "for=1.1.1.1|for=203.0.113.9|for=10.0.0.2 # http 203.0.113.9:0 null",
        "for=203.0.113.9, for=10.0.0.2;host=in.example # http 203.0.113.9:0 in.example",
        "for=_hidden;proto=https # https 10.0.0.1:7 null",
        "for=203.0.113.9, for=unknown # http 10.0.0.1:7 null",
        "for=\"1\\0.0.0.2\" # http 10.0.0.2:0 null",
        "by=10.0.0.1;secret=x # http 10.0.0.1:7 null",
        ",; , for=203.0.113.9, # http 203.0.113.9:0 null",
      })
  void theStandardFieldSaysTheSame(String field, String sender) {
    assertThat(shown(of(PROXY, STANDARD, Map.of("forwarded", fields(field))))).isEqualTo(sender);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "for",
        "for=",
        "=x",
        "fo r=1.1.1.1",
        "for=1.1.1.1;for=2.2.2.2",
        "for=\"1.1.1.1",
        "for=\"1.1.1.1\\",
        "for=\"1.1.1.1\"x",
        "for=1.1.1.1 x",
        "for=2001:db8::1",
        "for=\"[2001:db8::1\"",
        "for=1.1.1.1.1",
        "for=1.1.1.1:65536",
        "for=a.example",
        "for=1.1.1.1;proto=ftp",
        "for=1.1.1.1;host=\"a b\"",
        "for=1.1.1.1;host=\"\""
      })
  void whatCannotBeUnderstoodIsRefused(String field) {
    assertThatThrownBy(() -> of(PROXY, STANDARD, Map.of("forwarded", List.of(field))))
        .isInstanceOf(DuetException.class)
        .hasMessageContaining("trusted proxy");
  }

  @ParameterizedTest
  @CsvSource({
    "a.example,,",
    "1.1.1,,",
    "'1.1.1.1, x',,",
    "[1.1.1.1,,",
    "1.1.1.1:99999,,",
    "1.1.1.1,ftp,",
    "1.1.1.1,,a b",
    "1.1.1.1,,a@b"
  })
  void soItIsOfTheOtherFields(String nodes, String proto, String host) {
    assertThatThrownBy(() -> xForwarded(nodes, proto, host)).isInstanceOf(DuetException.class);
  }

  @Test
  void elementsAreBounded() {
    String most = "for=1.1.1.1,".repeat(ForwardedElement.MAX_ELEMENTS);
    assertThat(ForwardedElement.parse(List.of(most))).hasSize(ForwardedElement.MAX_ELEMENTS);
    assertThatThrownBy(() -> ForwardedElement.parse(List.of(most, "for=1.1.1.1")))
        .hasMessageContaining("64");
  }

  @Test
  void whoIsNotTrustedIsNotBelieved() {
    var stranger = new InetSocketAddress("203.0.113.7", 9);
    Map<String, List<String>> lies =
        Map.of(
            "x-forwarded-for", List.of("garbage"),
            "x-forwarded-proto", List.of("https"),
            "x-forwarded-host", List.of("a.example"),
            "forwarded", List.of("for=1.1.1.1;proto=https;host=a.example"));

    for (TrustedProxies proxies : List.of(TRUSTED, STANDARD, TrustedProxies.NONE)) {
      assertThat(of(stranger, proxies, lies)).isEqualTo(new Sender(stranger, "http", null));
    }
    assertThat(of(PROXY, TRUSTED.withFields(Fields.NONE), lies))
        .isEqualTo(new Sender(PROXY, "http", null));
    assertThat(Sender.of(PROXY, false, "http", TRUSTED, name -> lies.get(name)))
        .isEqualTo(new Sender(PROXY, "http", null));
  }

  @Test
  void theFormThatProxiesDoNotSetIsNotRead() {
    assertThat(of(PROXY, TRUSTED, Map.of("forwarded", List.of("for=1.1.1.1"))).remote())
        .isEqualTo(PROXY);
    assertThat(of(PROXY, STANDARD, Map.of("x-forwarded-for", List.of("1.1.1.1"))).remote())
        .isEqualTo(PROXY);
  }
}
