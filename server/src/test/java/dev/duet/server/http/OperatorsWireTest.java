package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.access.OperatorSettings;
import dev.duet.server.transport.AddressRange;
import dev.duet.server.transport.TrustedProxies;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may see how the server is.
class OperatorsWireTest {
  private static final String KEY = "a-key-of-operators";

  private static Live behindAProxy() {
    return new Live(
        settings ->
            settings
                .withOperators(OperatorSettings.DEFAULT.withKey(KEY))
                .withTransport(
                    settings
                        .transport()
                        .withProxies(
                            new TrustedProxies(
                                List.of(AddressRange.parse("127.0.0.1/32")),
                                TrustedProxies.Fields.X_FORWARDED,
                                false))));
  }

  @Test
  void thisMachineMay() {
    try (var live = new Live()) {
      assertThat(live.get("/metrics").statusCode()).isEqualTo(200);
    }
  }

  /// No proxy is trusted: who it speaks for is not believed, so it counts for nobody.
  @ParameterizedTest
  @CsvSource({
    "X-Forwarded-For,203.0.113.9",
    "X-Forwarded-For,127.0.0.1",
    "Forwarded,for=203.0.113.9",
    "X-Real-IP,203.0.113.9",
    "Via,1.1 proxy"
  })
  void whatAProxyPassesOnIsNotLocal(String name, String value) {
    try (var live = new Live()) {
      HttpResponse<String> refused = live.get("/metrics", name, value);
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.body()).contains("\"code\":\"forbidden\"", "operators.key");
    }
  }

  @Test
  void othersNeedTheKey() {
    try (var live = behindAProxy()) {
      String[] from = {"X-Forwarded-For", "203.0.113.9"};
      HttpResponse<String> none = live.get("/metrics", from);
      assertThat(none.statusCode()).isEqualTo(401);
      assertThat(none.headers().firstValue("www-authenticate")).hasValue("Bearer");
      assertThat(none.body()).doesNotContain(KEY).doesNotContain("duet_");
      assertThat(with(live, "Bearer " + KEY).statusCode()).isEqualTo(200);
      assertThat(with(live, "bearer " + KEY).statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer a-key-of-operator", "Bearer ", "Basic YTpi", "Bearer x"})
  void anotherKeyDoesNotHelp(String shown) {
    try (var live = behindAProxy()) {
      assertThat(with(live, shown).statusCode()).isEqualTo(401);
    }
  }

  private static HttpResponse<String> with(Live live, String authorization) {
    return live.get("/metrics", "X-Forwarded-For", "203.0.113.9", "Authorization", authorization);
  }

  /// A page of another origin that an operator's browser shows may not look.
  @Test
  void aForeignPageMayNotLookThroughAnOperatorsBrowser() {
    try (var live =
        new Live(
            settings ->
                settings.withAllowed(
                    new AllowedPlaces(List.of(), List.of("https://app.example"))))) {
      assertThat(live.get("/metrics", "Origin", "https://app.example").statusCode()).isEqualTo(403);
      assertThat(live.get("/metrics", "Origin", "http://127.0.0.1:" + live.port).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void localMayBeNotEnough() {
    try (var live =
        new Live(
            settings ->
                settings.withOperators(OperatorSettings.DEFAULT.withKey(KEY).withLocal(false)))) {
      assertThat(live.get("/metrics").statusCode()).isEqualTo(401);
      assertThat(live.get("/metrics", "Authorization", "Bearer " + KEY).statusCode())
          .isEqualTo(200);
    }
  }

  /// Probes address a server by whatever address they know.
  @ParameterizedTest
  @ValueSource(strings = {"/health", "/health/live", "/health/ready"})
  void healthIsForAnybody(String path) {
    try (var live = new Live()) {
      try (var raw = new Live.Raw(live.port)) {
        raw.send("GET " + path + " HTTP/1.1\r\nhost: 10.1.2.3:8080\r\nconnection: close\r\n\r\n");
        assertThat(raw.rest()).startsWith("HTTP/1.1 200").contains("{\"").endsWith("true}\n");
      }
      try (var raw = new Live.Raw(live.port)) {
        raw.send("GET /metrics HTTP/1.1\r\nhost: 10.1.2.3:8080\r\nconnection: close\r\n\r\n");
        assertThat(raw.rest()).startsWith("HTTP/1.1 403");
      }
    }
  }
}
