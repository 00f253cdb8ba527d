package dev.duet.systemtests.proxies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.SocketReceiver;
import dev.duet.server.http.AllowedPlaces;
import dev.duet.server.http.EchoSocket;
import dev.duet.server.http.SocketHandler;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.transport.TrustedProxies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The files of docs/deploy before a server that trusts the proxy.
class ProxyDeployWireTest {
  private static final TrustedProxies TRUSTED = TrustedProxies.at("127.0.0.1");

  private static final String EVENTS = "Accept: text/event-stream";

  private static Duet server(TrustedProxies proxies) {
    DuetSettings settings = DuetSettings.DEFAULT.withPort(0);
    return Duet.start(
        settings
            .withAllowed(new AllowedPlaces(List.of("duet.example.com"), List.of()))
            .withLimits(PublishLimits.DEFAULT.withMaxBodyBytes(4 << 20))
            .withTransport(settings.transport().withProxies(proxies)));
  }

  @ParameterizedTest
  @EnumSource
  void everyTransportPasses(Product product) {
    try (Duet duet = server(TRUSTED);
        Proxy proxy = Proxy.recommended(product, duet.port());
        Talk events = Talk.events(proxy.port(), "/channels/all");
        Talk lines = Talk.open(proxy.port(), "GET /channels/all", "Accept: application/x-ndjson");
        Talk socket = Talk.webSocket(proxy.port(), "/channels/all")) {
      events.until("duet.live");
      lines.until("duet.live");
      assertThat(socket.status()).isEqualTo(101);
      socket.until("\r\n\r\n");
      String since = duet.cursor().toString();
      try (Talk poll =
              Talk.open(
                  proxy.port(),
                  "GET /channels/all?wait=25s&since=" + since,
                  "Accept: application/json");
          Talk publisher =
              Talk.open(
                  proxy.port(),
                  "POST /channels/all",
                  "Content-Type: text/plain",
                  "Content-Length: 5")) {
        publisher.send("hello");
        assertThat(publisher.status()).isEqualTo(200);

        events.until("data: hello\n\n");
        lines.until("\"data\":\"hello\"}\n");
        socket.until("hello");
        poll.until("\"data\":\"hello\"}");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void hostAndOriginAreWhatTheClientSent(Product product) {
    try (Duet duet = server(TRUSTED);
        Proxy proxy = Proxy.recommended(product, duet.port())) {
      int port = proxy.port();
      String known = "Host: duet.example.com:" + port;
      String page = "Origin: http://duet.example.com:" + port;
      assertThat(Talk.status(port, "GET /cursor", known, page)).isEqualTo(200);
      assertThat(Talk.status(port, "GET /cursor", known, "Origin: http://evil.example"))
          .isEqualTo(403);
      assertThat(Talk.status(port, "GET /cursor", "Host: evil.example")).isEqualTo(403);
      assertThat(
              Talk.status(
                  port,
                  "GET /cursor",
                  "Host: evil.example",
                  "X-Forwarded-Host: duet.example.com:" + port))
          .isEqualTo(403);
      try (Talk preflight =
          Talk.open(
              port, "OPTIONS /channels/a", known, page, "Access-Control-Request-Method: POST")) {
        assertThat(preflight.until("\r\n\r\n"))
            .contains(" 204 ")
            .containsIgnoringCase("access-control-allow-methods: GET");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void largeBodiesPassAndTooLargeOnesAreRefused(Product product) {
    try (Duet duet = server(TRUSTED);
        Proxy proxy = Proxy.recommended(product, duet.port())) {
      for (int size : new int[] {2 << 20, 4 << 20, (4 << 20) + 1}) {
        try (Talk talk = Talk.open(proxy.port(), "POST /channels/a", "Content-Length: " + size)) {
          talk.send("x".repeat(size));
          assertThat(talk.status()).isEqualTo(size <= 4 << 20 ? 200 : 413);
        }
      }
    }
  }

  /// Who asks is seen by a handler, as everything that depends on an address will see it.
  private static final class Witness implements SocketHandler {
    final BlockingQueue<RequestHead> heads = new LinkedBlockingQueue<>();

    @Override
    public SocketReceiver receiver(RequestHead head) {
      heads.add(head);
      return new EchoSocket().receiver(head);
    }

    RequestHead head() throws InterruptedException {
      RequestHead head = heads.poll(60, TimeUnit.SECONDS);
      if (head == null) {
        throw new AssertionError("nobody came");
      }
      return head;
    }
  }

  private static RequestHead witnessed(Duet duet, Proxy proxy, String... lies)
      throws InterruptedException {
    var witness = new Witness();
    duet.socketHandler("/witness", witness);
    var fields = new ArrayList<>(List.of(lies));
    fields.addAll(
        List.of(
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="));
    try (Talk talk = Talk.open(proxy.port(), "GET /witness", fields.toArray(String[]::new))) {
      assertThat(talk.status()).isEqualTo(101);
      return witness.head();
    }
  }

  /// The client lies about everything that a proxy might say. The proxy's word is 127.0.0.1, as it
  /// is where the client connects from.
  @ParameterizedTest
  @EnumSource
  void aClientCannotSayWhoItIs(Product product) throws InterruptedException {
    try (Duet duet = server(TRUSTED);
        Proxy proxy = Proxy.recommended(product, duet.port())) {
      RequestHead head =
          witnessed(
              duet,
              proxy,
              "X-Forwarded-Proto: https",
              "X-Forwarded-Host: duet.example.com",
              "Forwarded: for=203.0.113.9;proto=https");

      assertThat(head.remote().getAddress().isLoopbackAddress()).isTrue();
      assertThat(head.remote().getPort()).isZero();
      assertThat(head.scheme()).isEqualTo("http");
      assertThat(head.forwardedHost())
          .isEqualTo(product == Product.APACHE ? "localhost:" + proxy.port() : null);
    }
  }

  /// The proxy appends the address that it sees; here that one is trusted as well, being the same,
  /// and so what stands left of it counts. It shows that the chain is read.
  @ParameterizedTest
  @EnumSource
  void whatATrustedClientSaysIsReadThroughTheProxy(Product product) throws InterruptedException {
    try (Duet duet = server(TRUSTED);
        Proxy proxy = Proxy.recommended(product, duet.port())) {
      RequestHead head =
          witnessed(duet, proxy, "X-Forwarded-For: 198.51.100.7, 203.0.113.9, 127.0.0.1");

      assertThat(head.remote().getAddress().getHostAddress()).isEqualTo("203.0.113.9");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatTrustsNobodySeesTheProxy(Product product) throws InterruptedException {
    try (Duet duet = server(TrustedProxies.NONE);
        Proxy proxy = Proxy.recommended(product, duet.port())) {
      RequestHead head = witnessed(duet, proxy, "X-Forwarded-For: 203.0.113.9, 127.0.0.1");

      assertThat(head.remote().getAddress().isLoopbackAddress()).isTrue();
      assertThat(head.remote().getPort()).isPositive();
    }
  }

  /// HAProxy's `send-proxy` and `send-proxy-v2`, with its health checks. The client's port is told
  /// as well.
  @ParameterizedTest
  @EnumSource(names = "HAPROXY")
  void haProxySpeaksTheProxyProtocol(Product product) throws InterruptedException {
    for (String how : List.of("send-proxy", "send-proxy-v2")) {
      UnaryOperator<String> change =
          whole ->
              whole
                  .replace("127.0.0.1:8080", "127.0.0.1:8080 " + how)
                  .replace("option forwardfor", "");
      try (Duet duet = server(TRUSTED.withFields(TrustedProxies.Fields.NONE).withProtocol(true));
          Proxy proxy = Proxy.of(product, duet.port(), product.recommended(), change)) {
        RequestHead head = witnessed(duet, proxy, "X-Forwarded-For: 203.0.113.9");

        assertThat(head.remote().getAddress().isLoopbackAddress()).isTrue();
        assertThat(head.remote().getPort()).isPositive();
        try (Talk events = Talk.events(proxy.port(), "/channels/all")) {
          events.until("duet.live");
        }
      }
    }
  }

  /// An EventSource would give up for good at a status such as 502; the others may see it.
  @ParameterizedTest
  @EnumSource
  void whileTheServerIsAwayAnEventSourceIsToldToComeBack(Product product) {
    Duet duet = server(TRUSTED);
    try (Proxy proxy = Proxy.recommended(product, duet.port())) {
      assertThat(Talk.status(proxy.port(), "GET /cursor")).isEqualTo(200);
      duet.close();

      if (product == Product.APACHE) {
        assertThat(Talk.status(proxy.port(), "GET /channels/a", EVENTS)).isEqualTo(503);
      } else {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> Talk.status(proxy.port(), "GET /channels/a", EVENTS) == 200);
        try (Talk events = Talk.open(proxy.port(), "GET /channels/a", EVENTS)) {
          assertThat(events.until("\r\n\r\n"))
              .containsIgnoringCase("content-type: text/event-stream");
          events.until("retry: 2000\n\n");
        }
      }
      assertThat(Talk.status(proxy.port(), "GET /cursor")).isIn(502, 503);
    } finally {
      duet.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = "APACHE")
  void apacheHasAWorkerForMoreThan150Streams(Product product) {
    try (Duet duet = server(TRUSTED);
        Proxy proxy = Proxy.recommended(product, duet.port())) {
      List<Talk> streams = new ArrayList<>();
      for (int i = 0; i < 160; i++) {
        Talk stream = Talk.events(proxy.port(), "/channels/many");
        stream.until("duet.live");
        streams.add(stream);
      }
      assertThat(Talk.status(proxy.port(), "GET /cursor")).isEqualTo(200);
      streams.forEach(Talk::close);
    }
  }
}
