package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.http.Live.Raw;
import dev.duet.server.transport.TrustedProxies;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may talk to the server at all, what it says across origins, and what is at paths that are no
/// channel.
class GateWireTest {
  private static final String SOCKET =
      "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
          + "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
  private static Live live;
  private static Live open;

  @BeforeAll
  static void start() {
    live =
        new Live(
            settings ->
                settings.withAllowed(
                    new AllowedPlaces(
                        List.of("Duet.example", "::2"), List.of("https://App.example"))));
    open =
        new Live(settings -> settings.withAllowed(new AllowedPlaces(List.of("*"), List.of("*"))));
  }

  @AfterAll
  static void stop() {
    live.close();
    open.close();
  }

  private static String ask(Live server, String line, String fields) {
    try (Raw raw = new Raw(server.port)) {
      return raw.send(line + "\r\n" + fields + "connection: close\r\n\r\n").rest();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost,200",
    "LOCALHOST:1,200",
    "a.localhost,200",
    "127.0.0.1:8080,200",
    "127.9.9.9,200",
    "[::1],200",
    "[::1]:8080,200",
    "duet.example,200",
    "duet.example:444,200",
    "[::2]:80,200",
    "evil.example,403",
    "localhost.evil.example,403",
    "127.0.0.1.evil.example,403",
    "[::3],403",
    "192.168.0.1,403"
  })
  void theHostMustBeLoopbackOrConfigured(String host, int status) {
    String answer = ask(live, "GET /cursor HTTP/1.1", "host: " + host + "\r\n");
    assertThat(answer).startsWith("HTTP/1.1 " + status);
    if (status == 403) {
      assertThat(answer).contains("\"code\":\"forbidden-host\"", "server.allowed-hosts", "nosniff");
    }
    assertThat(ask(open, "GET /cursor HTTP/1.1", "host: " + host + "\r\n"))
        .startsWith("HTTP/1.1 200");
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:8080,localhost:8080,200",
    "http://localhost,localhost:80,200",
    "https://localhost,localhost,200",
    "https://app.example,localhost,200",
    "http://localhost:8081,localhost:8080,403",
    "http://app.example,localhost,403",
    "https://app.example.evil,localhost,403",
    "null,localhost,403",
    "https://evil.example,localhost,403"
  })
  void aPageOfAnotherOriginGetsNothingOfAnything(String origin, String host, int status) {
    String fields = "host: " + host + "\r\norigin: " + origin + "\r\n";
    for (String line :
        List.of(
            "GET /cursor HTTP/1.1",
            "HEAD /channels/hello HTTP/1.1",
            "OPTIONS /channels/hello HTTP/1.1",
            "POST /channels/hello HTTP/1.1",
            "GET /nowhere HTTP/1.1")) {
      String answer = ask(live, line, fields);
      if (status == 403) {
        assertThat(answer).startsWith("HTTP/1.1 403").doesNotContain("access-control");
        if (!line.startsWith("HEAD")) {
          assertThat(answer).contains("server.allowed-origins");
        }
      } else {
        assertThat(answer).doesNotStartWith("HTTP/1.1 403");
      }
    }
    try (Raw raw = new Raw(live.port)) {
      String answer =
          raw.send("GET /channels/hello HTTP/1.1\r\n" + fields + SOCKET + "\r\n").until("\r\n");
      assertThat(answer).startsWith("HTTP/1.1 " + (status == 403 ? 403 : 101));
    }
  }

  @Test
  void anAllowedOriginMayReadTheAnswerWithCredentials() {
    String answer =
        ask(live, "GET /cursor HTTP/1.1", "host: localhost\r\norigin: https://app.example\r\n");
    assertThat(answer)
        .contains(
            "access-control-allow-origin: https://app.example\r\n",
            "access-control-allow-credentials: true\r\n",
            "vary: Accept, Origin\r\n");
    String error =
        ask(live, "GET /nowhere HTTP/1.1", "host: localhost\r\norigin: https://app.example\r\n");
    assertThat(error)
        .startsWith("HTTP/1.1 404")
        .contains("access-control-allow-origin: https://app.example\r\n");
    assertThat(ask(open, "GET /cursor HTTP/1.1", "host: localhost\r\norigin: null\r\n"))
        .contains("access-control-allow-origin: *\r\n")
        .doesNotContain("credentials");
  }

  @Test
  void aPreflightIsAnswered() {
    String answer =
        ask(
            live,
            "OPTIONS /channels/hello HTTP/1.1",
            "host: localhost\r\norigin: https://app.example\r\n"
                + "access-control-request-method: POST\r\n");
    assertThat(answer)
        .startsWith("HTTP/1.1 204")
        .contains(
            "access-control-allow-methods: GET, HEAD, POST, DELETE, OPTIONS\r\n",
            "Last-Event-ID",
            "Idempotency-Key",
            "access-control-max-age: 600\r\n");
    assertThat(ask(live, "OPTIONS * HTTP/1.1", "host: localhost\r\n")).startsWith("HTTP/1.1 204");
  }

  @ParameterizedTest
  @CsvSource({
    "PUT,/channels/hello,405",
    "PATCH,/channels/hello,405",
    "POST,/cursor,405",
    "DELETE,/,405",
    "POST,/health,405",
    "GET,/channels,404",
    "GET,/nowhere,404",
    "GET,/channels/,400",
    "GET,/channels/a%20b,400",
    "GET,/channels/%ff,400",
    "GET,/channels/%zz,400",
    "GET,/channels/elsewhere,404",
    "GET,/cursor?x=1,400",
    "GET,/assets/../secret,404",
    "GET,/ws,426"
  })
  void whatIsNotThereIsAProblem(String method, String path, int status) {
    HttpResponse<String> answer =
        path.contains("%zz") ? null : live.send(method, path, new byte[0]);
    String body =
        answer == null
            ? ask(live, method + " " + path + " HTTP/1.1", "host: localhost\r\n")
            : answer.body();
    assertThat(body).contains("\"status\":" + status, "\"code\":", "\"detail\":\"");
    if (answer != null && status == 405) {
      assertThat(answer.headers().firstValue("allow"))
          .hasValueSatisfying(allow -> assertThat(allow).contains("GET").doesNotContain(method));
    }
  }

  @Test
  void anUnknownFormIsNotAcceptable() {
    HttpResponse<String> answer = live.get("/channels/hello", "Accept", "image/png");
    assertThat(answer.statusCode()).isEqualTo(406);
    assertThat(answer.body()).contains("text/event-stream", "application/x-ndjson");
  }

  @Test
  void healthAndCursorAnswer() {
    assertThat(live.get("/health").body())
        .isEqualTo("{\"status\":\"ok\",\"live\":true,\"ready\":true}\n");
    assertThat(live.get("/cursor").body()).matches("\\{\"cursor\":\"[a-z0-9]{5}\\.[0-9]+\"}\n");
  }

  @Test
  void theStartPageSaysWhatIsRunningToThoseWhoAskForJson() {
    HttpResponse<String> about = live.page("/");
    assertThat(about.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(about.body())
        .matches(
            "\\{\"server\":\"Duet\",\"version\":\"[^\"]+\",\"protocols\":\\[\"HTTP/1.1\",\"WebSocket\"],\"started\":\"20[0-9T:-]+Z\",\"uptime\":[0-9]+}\n");
    assertThat(live.get("/").body()).startsWith("<!doctype html>");
  }

  @Test
  void peopleGetPagesWithAStrictPolicy() {
    for (String path : new String[] {"/", "/channels/hello"}) {
      HttpResponse<String> page =
          live.get(path, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
      assertThat(page.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
      assertThat(page.headers().firstValue("content-security-policy"))
          .hasValueSatisfying(
              policy ->
                  assertThat(policy)
                      .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
                      .contains("connect-src 'self' ws://127.0.0.1:" + live.port + " wss://")
                      .doesNotContain("unsafe", "*"));
      assertThat(page.body()).doesNotContainPattern("<script>|<style|style=|onclick");
      for (String asset : page.body().split("\"/assets/", -1)) {
        if (!asset.startsWith("<!doctype")) {
          String name = "/assets/" + asset.substring(0, asset.indexOf('"'));
          assertThat(live.get(name).statusCode()).as(name).isEqualTo(200);
        }
      }
    }
  }

  /// A proxy that sends its own `Host` says in `X-Forwarded-Host` what the client addressed.
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:8080,duet.example,https://duet.example,200",
    "127.0.0.1:8080,duet.example:8443,https://duet.example:8443,200",
    "127.0.0.1:8080,duet.example,https://evil.example,403",
    "127.0.0.1:8080,duet.example,http://127.0.0.1:8080,403",
    "127.0.0.1:8080,evil.example,,403",
    "evil.example,duet.example,,403",
    "duet.example,,https://duet.example,200"
  })
  void behindATrustedProxyTheForwardedHostCountsAsWell(
      String host, String forwarded, String origin, int status) {
    String fields =
        "host: "
            + host
            + (forwarded == null ? "" : "\r\nx-forwarded-host: " + forwarded)
            + (origin == null ? "" : "\r\norigin: " + origin)
            + "\r\n";
    try (var behind =
        new Live(
            settings ->
                settings
                    .withAllowed(new AllowedPlaces(List.of("duet.example"), List.of()))
                    .withTransport(
                        settings.transport().withProxies(TrustedProxies.at("127.0.0.1"))))) {
      assertThat(ask(behind, "GET /cursor HTTP/1.1", fields)).startsWith("HTTP/1.1 " + status);
    }
  }

  @Test
  void aForwardedHostOfAnybodyElseDoesNotCount() {
    assertThat(
            ask(
                live,
                "GET /cursor HTTP/1.1",
                "host: localhost\r\nx-forwarded-host: duet.example\r\n"
                    + "origin: https://duet.example\r\n"))
        .startsWith("HTTP/1.1 403");
    assertThat(
            ask(
                live,
                "GET /cursor HTTP/1.1",
                "host: evil.example\r\nx-forwarded-host: duet.example\r\n"))
        .startsWith("HTTP/1.1 403");
  }
}
