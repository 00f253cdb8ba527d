package dev.duet.systemtests.proxies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.publish.PublishLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Proxies that were told nothing but where the server is: what works by itself, and what breaks.
class ProxyDefaultsWireTest {
  private static final Duration SILENCE = Duration.ofSeconds(2);
  private static Duet duet;

  @BeforeAll
  static void start() {
    duet =
        Duet.start(
            DuetSettings.DEFAULT
                .withPort(0)
                .withLimits(PublishLimits.DEFAULT.withMaxBodyBytes(4 << 20)));
  }

  @AfterAll
  static void stop() {
    duet.close();
  }

  private static void publish(String channel, String text) {
    duet.publish(channel, Draft.of(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8)))
        .toCompletableFuture()
        .join();
  }

  private static boolean hidesTheHost(Product product) {
    return product != Product.HAPROXY;
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsHeldBack(Product product) {
    try (Proxy proxy = Proxy.bare(product, duet.port());
        Talk events = Talk.events(proxy.port(), "/channels/now");
        Talk packed = Talk.events(proxy.port(), "/channels/now", "Accept-Encoding: gzip, br");
        Talk lines = Talk.open(proxy.port(), "GET /channels/now", "Accept: application/x-ndjson")) {
      events.until("duet.live");
      packed.until("duet.live");
      lines.until("duet.live");
      String cursor = duet.cursor().toString();
      try (Talk poll =
          Talk.open(
              proxy.port(),
              "GET /channels/now?wait=25s&since=" + cursor,
              "Accept: application/json")) {
        publish("now", "at once");

        events.until("data: at once\n\n");
        packed.until("data: at once\n\n");
        lines.until("\"data\":\"at once\"}\n");
        poll.until("\"data\":\"at once\"}");
      }
    }
  }

  @Test
  void nginxHoldsNothingBackBecauseTheAnswerSaysSo() {
    UnaryOperator<String> deaf =
        whole -> whole.replace("access_log off;", "proxy_ignore_headers X-Accel-Buffering;");
    try (Proxy proxy = Proxy.of(Product.NGINX, duet.port(), Product.NGINX.bare(), deaf);
        Talk events = Talk.events(proxy.port(), "/channels/buffered");
        Talk direct = Talk.events(duet.port(), "/channels/buffered")) {
      direct.until("duet.live");
      publish("buffered", "held back");
      direct.until("data: held back\n\n");

      assertThat(events.silentFor(SILENCE)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereItCompressesEventsItStillHoldsNothingBack(Product product) throws Exception {
    UnaryOperator<String> compressing =
        switch (product) {
          case NGINX -> w -> w.replace("gzip on;", "gzip on; gzip_types text/event-stream;");
          case HAPROXY ->
              w ->
                  w.replace(
                      "    default_backend",
                      "    compression algo gzip\n    compression type text/event-stream\n"
                          + "    default_backend");
          case APACHE -> w -> w.replace("DEFLATE text/html", "DEFLATE text/event-stream");
        };
    try (Proxy proxy = Proxy.of(product, duet.port(), product.bare(), compressing);
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(proxy.base() + "/channels/packed"))
              .header("Accept", "text/event-stream")
              .header("Accept-Encoding", "gzip")
              .build();
      HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
      boolean packed = answer.headers().firstValue("content-encoding").orElse("").equals("gzip");
      // Only HAProxy minds `Cache-Control: no-transform`.
      assertThat(packed).isEqualTo(product != Product.HAPROXY);
      try (InputStream in = packed ? new GZIPInputStream(answer.body()) : answer.body()) {
        until(in, "duet.live");
        publish("packed", "at once");
        until(in, "data: at once\n\n");
      }
      http.shutdownNow();
    }
  }

  private static void until(InputStream in, String end) throws IOException {
    var got = new StringBuilder();
    while (got.indexOf(end) < 0) {
      int b = in.read();
      assertThat(b).as("after %s", got).isNotNegative();
      got.append((char) b);
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyHaProxyPassesWebSocketsOn(Product product) {
    try (Proxy proxy = Proxy.bare(product, duet.port());
        Talk socket = Talk.webSocket(proxy.port(), "/channels/socket")) {
      assertThat(socket.status()).isEqualTo(product == Product.HAPROXY ? 101 : 200);
    }
  }

  /// nginx and Apache send their own `Host`: then Duet takes its own pages for foreign ones, and
  /// cannot tell a foreign name.
  @ParameterizedTest
  @EnumSource
  void nginxAndApacheHideTheHost(Product product) {
    try (Proxy proxy = Proxy.bare(product, duet.port())) {
      int port = proxy.port();
      assertThat(Talk.status(port, "GET /cursor", "Origin: http://localhost:" + port))
          .isEqualTo(hidesTheHost(product) ? 403 : 200);
      assertThat(Talk.status(port, "GET /cursor", "Host: evil.example"))
          .isEqualTo(hidesTheHost(product) ? 200 : 403);
      assertThat(Talk.status(port, "GET /cursor", "Origin: https://evil.example")).isEqualTo(403);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shortRequestsPass(Product product) {
    try (Proxy proxy = Proxy.bare(product, duet.port())) {
      int port = proxy.port();
      assertThat(Talk.status(port, "HEAD /channels/a", "Accept: text/event-stream")).isEqualTo(200);
      try (Talk options = Talk.open(port, "OPTIONS /channels/a")) {
        assertThat(options.until("\r\n\r\n"))
            .contains(" 204 ")
            .containsIgnoringCase("allow: GET, HEAD, POST, DELETE, OPTIONS");
      }
      try (Talk chunked = Talk.open(port, "POST /channels/a", "Transfer-Encoding: chunked")) {
        chunked.send("5\r\nhello\r\n0\r\n\r\n");
        assertThat(chunked.status()).isEqualTo(200);
      }
      try (Talk polite =
          Talk.open(port, "POST /channels/a", "Content-Length: 5", "Expect: 100-continue")) {
        assertThat(polite.until("\r\n\r\n")).startsWith("HTTP/1.1 100 ");
        polite.send("hello");
        assertThat(polite.status()).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nginxTakesNoBodyBeyondAMegabyte(Product product) {
    String body = "x".repeat(2 << 20);
    try (Proxy proxy = Proxy.bare(product, duet.port());
        Talk talk =
            Talk.open(proxy.port(), "POST /channels/a", "Content-Length: " + body.length())) {
      talk.send(body);
      assertThat(talk.status()).isEqualTo(product == Product.NGINX ? 413 : 200);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HAPROXY", "APACHE"})
  void whatIsTooLargeIsToldBeforeItIsSent(Product product) {
    String body = "x".repeat((4 << 20) + 1);
    try (Proxy proxy = Proxy.bare(product, duet.port());
        Talk talk =
            Talk.open(
                proxy.port(),
                "POST /channels/a",
                "Content-Length: " + body.length(),
                "Expect: 100-continue")) {
      assertThat(talk.status()).isEqualTo(413);
    }
  }

  /// Six processes of 25 threads.
  @Test
  void apacheHasAWorkerForEachOf150Streams() {
    try (Proxy proxy = Proxy.bare(Product.APACHE, duet.port())) {
      List<Talk> streams = new ArrayList<>();
      for (int i = 0; i < 165; i++) {
        streams.add(Talk.events(proxy.port(), "/channels/many"));
      }
      await().atMost(Duration.ofSeconds(90)).until(() -> readers("many") == 150);
      try (Talk waiting = Talk.open(proxy.port(), "GET /cursor")) {
        assertThat(waiting.silentFor(SILENCE)).isTrue();
        assertThat(readers("many")).isEqualTo(150);
        streams.forEach(Talk::close);
        publish("many", "who reads this?");
      }
    }
  }

  private static int readers(String channel) {
    try (Talk info = Talk.open(duet.port(), "GET /channels/" + channel + "?info")) {
      info.until("\"subscribers\":");
      return Integer.parseInt(info.until("}").replace("}", ""));
    }
  }
}
