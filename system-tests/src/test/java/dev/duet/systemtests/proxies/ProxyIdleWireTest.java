package dev.duet.systemtests.proxies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Proxies cut what is idle: nginx after 60 s, HAProxy on Debian after 50 s, Apache after 60 s (300
/// s on Debian). Here after 10 s, and Duet's heartbeat, of 25 s, is shorter by more than as much.
class ProxyIdleWireTest {
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);
  private static final Duration BEYOND_THE_CUT = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Proxy impatient(Product product, int server) {
    UnaryOperator<String> change =
        switch (product) {
          case NGINX -> whole -> whole.replace("access_log off;", "proxy_read_timeout 10s;");
          case HAPROXY -> whole -> whole.replace("50000", "10000");
          case APACHE -> whole -> whole.replace("Timeout 300", "Timeout 300\nProxyTimeout 10");
        };
    return Proxy.of(product, server, product.recommended(), change);
  }

  private static Duet server(Duration heartbeat) {
    DuetSettings settings = DuetSettings.DEFAULT.withPort(0);
    return Duet.start(settings.withHub(settings.hub().withHeartbeat(heartbeat)));
  }

  private static List<Talk> quiet(int port) {
    Talk events = Talk.events(port, "/channels/quiet");
    Talk lines = Talk.open(port, "GET /channels/quiet", "Accept: application/x-ndjson");
    Talk socket = Talk.webSocket(port, "/channels/quiet");
    events.until("duet.live");
    lines.until("duet.live");
    assertThat(socket.status()).isEqualTo(101);
    return List.of(events, lines, socket);
  }

  @ParameterizedTest
  @EnumSource
  void heartbeatsKeepAQuietStreamOpen(Product product) {
    try (Duet duet = server(HEARTBEAT);
        Proxy proxy = impatient(product, duet.port())) {
      List<Talk> quiet = quiet(proxy.port());
      assertThat(quiet.getFirst().staysOpen(BEYOND_THE_CUT)).isTrue();
      // Those have waited as long; what has come since they have yet to read.
      for (Talk talk : quiet) {
        assertThat(talk.staysOpen(Duration.ofMillis(500))).isTrue();
        talk.close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutThemTheProxyCutsIt(Product product) {
    try (Duet duet = server(Duration.ofMinutes(10));
        Proxy proxy = impatient(product, duet.port())) {
      List<Talk> quiet = quiet(proxy.port());
      // Apache has no such cut for what it has upgraded.
      boolean cutsSockets = product != Product.APACHE;
      for (Talk stream : quiet.subList(0, cutsSockets ? 3 : 2)) {
        assertThat(stream.staysOpen(PATIENCE)).isFalse();
      }
      assertThat(quiet.getLast().staysOpen(Duration.ofSeconds(1))).isEqualTo(!cutsSockets);
      quiet.forEach(Talk::close);
    }
  }
}
