package dev.duet.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Paths of the application's own, for channels and pages.
class RouteWireTest {
  private static final String[] UPGRADE = {
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="
  };

  private static Live live;

  @BeforeAll
  static void start() {
    live =
        new Live(
            settings ->
                settings
                    .withRoute(Route.channel("/events", "hello.clock").withSince("start"))
                    .withRoute(Route.channel("/say", "hello.said").withEnvelope().withPublish())
                    .withRoute(Route.channel("/users/{id}/events", "hello.user.{id},hello.all"))
                    .withRoute(Route.channel("/", "hello.root"))
                    .withRoute(
                        Route.page(
                            "/demo.html", "text/html; charset=utf-8", "<p>ä".getBytes(UTF_8))));
  }

  @AfterAll
  static void stop() {
    live.close();
  }

  @Test
  void aRouteIsItsChannelInEveryForm() {
    String data = "tick " + System.nanoTime();
    live.publish("/channels/hello.clock", data);
    assertThat(live.page("/events").body()).contains(data);
    try (Live.Raw events = live.events("/events");
        Live.Raw lines = live.open("/events", "accept: application/x-ndjson");
        Live.Raw plain = live.open("/events");
        Live.Raw socket = live.open("/events", UPGRADE)) {
      events.until("data: " + data + "\n");
      lines.until("\"data\":\"" + data + "\"}\n");
      plain.until("data: " + data + "\n");
      assertThat(socket.until("\r\n\r\n")).contains(" 101 ");
      socket.until(data);
    }
  }

  @Test
  void whatTheClientSaysWinsOverTheRoute() {
    live.publish("/channels/hello.clock", "old");
    String cursor = live.cursor();
    long offset = live.publish("/channels/hello.clock", "new");
    for (String query : new String[] {"since=" + cursor, "last_event_id=" + cursor, "limit=1000"}) {
      String page = live.page("/events?" + query).body();
      assertThat(page).contains("\"new\"");
      assertThat(page.contains("\"old\"")).as(query).isEqualTo(query.startsWith("limit"));
    }
    try (Live.Raw events = live.events("/events", "last-event-id: " + cursor)) {
      assertThat(events.until("\ndata: ")).contains("." + offset + "\n").doesNotContain("old");
    }
    assertThat(live.page("/events?before=now&limit=1").body()).contains("\"new\"");
    assertThat(live.page("/events?since=now").body()).contains("\"publications\":[]");
  }

  /// Who says nothing gets the second publication a minute after the first; who asks for another
  /// pace does not wait so long.
  @Test
  void aRouteMaySayThePace() {
    try (Live own = calm();
        Live.Raw calm = own.events("/calm");
        Live.Raw quick = own.events("/calm?every=100ms")) {
      calm.until("duet.live");
      quick.until("duet.live");
      own.publish("/channels/hello", "one");
      calm.until("data: one\n");
      quick.until("data: one\n");
      own.publish("/channels/hello", "two");
      quick.until("data: two\n");
      own.duet.stop(Duration.ofSeconds(1));
      assertThat(calm.rest()).doesNotContain("data: two");
    }
  }

  private static Live calm() {
    return new Live(
        settings ->
            settings.withRoute(Route.channel("/calm", "hello").withEvery(Duration.ofMinutes(1))));
  }

  /// A page has no pace, and a long poll none that is longer than its wait.
  @Test
  void thePaceOfARouteIsNoHindranceToPages() {
    try (Live own = calm()) {
      assertThat(own.page("/calm?since=start").statusCode()).isEqualTo(200);
      assertThat(own.page("/calm?wait=100ms").statusCode()).isEqualTo(200);
      assertThat(own.page("/calm?every=1s").statusCode()).isEqualTo(400);
    }
  }

  /// Its clients were made for another server.
  @Test
  void parametersThatNobodyKnowsAreIgnoredOnARoute() {
    assertThat(live.page("/events?topic=a&topic=b&token=7").statusCode()).isEqualTo(200);
    assertThat(live.page("/events?since=now&since=start").statusCode()).isEqualTo(400);
    assertThat(live.page("/events?since=nonsense").statusCode()).isEqualTo(400);
    assertThat(live.page("/channels/hello?topic=a").statusCode()).isEqualTo(400);
  }

  @Test
  void aRouteIsToBeReadUnlessItSaysOtherwise() {
    HttpResponse<String> refused = live.post("/events", "no");
    assertThat(refused.statusCode()).isEqualTo(405);
    assertThat(refused.headers().firstValue("allow")).contains("GET, HEAD, OPTIONS");
    try (Live.Raw socket = live.open("/events?since=now", UPGRADE)) {
      socket.until("\r\n\r\n");
      socket.send("\u0081\u0082\0\0\0\0no");
      socket.until("forbidden: this path is to be read, not published to");
    }
    assertThat(live.page("/events").body()).doesNotContain("\"no\"");
  }

  @Test
  void aRouteThatPublishesDoesSoWithPostAndOnSockets() {
    try (Live.Raw socket = live.open("/say", UPGRADE)) {
      socket.until("\r\n\r\n");
      socket.until("duet.live");
      socket.send("\u0081\u0082\0\0\0\0hi");
      socket.until("\"data\":\"hi\"}");
      HttpResponse<String> posted = live.post("/say?topic=x&event=e", "{\"n\":1}");
      assertThat(posted.statusCode()).isEqualTo(200);
      assertThat(posted.body()).contains("\"channel\":\"hello.said\"");
      socket.until("\"event\":\"e\"");
      socket.until("\"data\":{\"n\":1}}");
    }
    assertThat(live.send("DELETE", "/say?before=now", new byte[0]).statusCode()).isEqualTo(405);
  }

  @Test
  void aPartOfThePathIsAPartOfTheChannel() {
    live.publish("/channels/hello.user.7", "for seven");
    live.publish("/channels/hello.user.8", "for eight");
    live.publish("/channels/hello.all", "for all");
    assertThat(live.page("/users/7/events?since=start").body())
        .contains("for seven", "for all")
        .doesNotContain("for eight");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7,hello.user.8", "7%2chello", "7~presence", "a%20b", "..", "%00"})
  void whatIsNoPartOfAChannelIsRefused(String id) {
    try (Live.Raw raw =
        live.open("/users/" + id + "/events", "accept: application/json", "connection: close")) {
      assertThat(raw.rest()).containsPattern("HTTP/1.1 (400|403) ").contains("channel");
    }
  }

  @Test
  void aBrowserIsLedToTheChannelsPage() {
    HttpResponse<String> answer = live.get("/users/7/events", "Accept", "text/html");
    assertThat(answer.statusCode()).isEqualTo(302);
    assertThat(answer.headers().firstValue("location"))
        .contains("/channels/hello.all,hello.user.7");
  }

  @Test
  void atTheRootSocketsAreTakenAndThePageStays() {
    assertThat(live.get("/", "Accept", "text/html").body()).contains("<title>Duet</title>");
    try (Live.Raw socket = live.open("/?since=start", UPGRADE)) {
      assertThat(socket.until("\r\n\r\n")).contains(" 101 ");
      live.publish("/channels/hello.root", "to the root");
      socket.until("to the root");
    }
  }

  @Test
  void aHandlerAtTheRootIsBesideThePage() {
    try (var other = new Live()) {
      other.duet.socketHandler("/", new EchoSocket());
      assertThat(other.get("/", "Accept", "text/html").body()).contains("<title>Duet</title>");
      try (Live.Raw socket = other.open("/", UPGRADE)) {
        socket.until("\r\n\r\n");
        socket.send("\u0081\u0082\0\0\0\0hi").until("hi");
      }
    }
  }

  @Test
  void aPageIsServedAsItIs() {
    HttpResponse<String> page = live.get("/demo.html?v=2");
    assertThat(page.body()).isEqualTo("<p>ä");
    assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
    assertThat(live.post("/demo.html", "x").statusCode()).isEqualTo(405);
    try (var other =
        new Live(
            settings ->
                settings.withRoute(Route.page("/", "text/plain", "mine".getBytes(UTF_8))))) {
      assertThat(other.get("/").body()).isEqualTo("mine");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/events", "/demo.html", "/users/7/events"})
  void aPageOfAnotherOriginIsRefusedThereToo(String path) {
    for (String accept : new String[] {"text/event-stream", "text/html"}) {
      HttpResponse<String> answer =
          live.get(path, "Accept", accept, "Origin", "https://other.example");
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).contains("forbidden-origin");
    }
  }

  @Test
  void whatIsNotThereIsToldWithTheRoutesThatAre() {
    HttpResponse<String> answer = live.get("/event");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .contains(
            "nothing is at '/event'; there are /, /channels/<name>, /ws, /cursor, /health,"
                + " /metrics, /events, /say, /users/{id}/events, /demo.html");
  }

  @Test
  void aPathIsTakenOnceByRoutesAndHandlers() {
    assertThatThrownBy(() -> live.duet.socketHandler("/events", new EchoSocket()))
        .hasMessage("the path '/events' is taken already");
    assertThatThrownBy(() -> live.duet.socketHandler("/cursor", new EchoSocket()))
        .hasMessageContaining("is the server's own");
  }
}
