package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.duet.broker.Follower;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Publication;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.access.Access;
import dev.duet.server.access.Action;
import dev.duet.server.access.Decision;
import dev.duet.server.presence.Member;
import dev.duet.server.presence.PresenceSettings;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who is there, over every transport. Where a member is to leave there is no grace period; where
/// it is to stay, one that no test outlasts.
class PresenceWireTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LONG = Duration.ofMinutes(10);

  private static Live live(Duration grace, int most) {
    return new Live(
        settings ->
            settings.withPresence(PresenceSettings.DEFAULT.withGrace(grace).withMaxMembers(most)));
  }

  /// Members, as the server's application sees them.
  private static List<String> keys(Live live, String channel) {
    return live.duet.presence(channel).members().stream().map(Member::key).toList();
  }

  private static void awaitMembers(Live live, String channel, String... keys) {
    await().atMost(PATIENCE).until(() -> keys(live, channel).equals(List.of(keys)));
  }

  /// One who sees who comes and goes.
  private static Live.Raw watcher(Live live, String channel) {
    Live.Raw watcher = live.events("/channels/" + channel + "~presence");
    watcher.until("event: duet.live\ndata: ");
    watcher.until("\n\n");
    return watcher;
  }

  /// Ways of being a member of `hello.p` as `c1`, until closed.
  private enum Transport {
    EVENTS {
      @Override
      AutoCloseable open(Live live) {
        return live.events("/channels/hello.p?presence=c1");
      }
    },
    LINES {
      @Override
      AutoCloseable open(Live live) {
        return live.open("/channels/hello.p?presence=c1", "accept: application/x-ndjson");
      }
    },
    POLL {
      @Override
      AutoCloseable open(Live live) {
        return live.open("/channels/hello.p?presence=c1&wait=50s", "accept: application/json");
      }
    },
    SOCKET {
      @Override
      AutoCloseable open(Live live) {
        WebSocket socket = socket(live, "/channels/hello.p?presence=c1");
        return socket::abort;
      }
    },
    SESSION {
      @Override
      AutoCloseable open(Live live) {
        var client = new SessionClient(live);
        client.ask("{\"type\":\"subscribe\",\"channel\":\"hello.p\",\"presence\":\"c1\"}");
        return client;
      }
    };

    abstract AutoCloseable open(Live live);
  }

  private static WebSocket socket(Live live, String path) {
    return live.client
        .newWebSocketBuilder()
        .buildAsync(URI.create("ws://127.0.0.1:" + live.port + path), new WebSocket.Listener() {})
        .join();
  }

  @ParameterizedTest
  @EnumSource
  void whoAsksIsAMemberAsLongAsItIsConnected(Transport transport) throws Exception {
    try (Live live = live(Duration.ZERO, 10);
        Live.Raw watcher = watcher(live, "hello.p")) {
      AutoCloseable member = transport.open(live);
      assertThat(watcher.until("\n\n"))
          .contains("data: {\"key\":\"c1\",\"client\":\"c1\",\"since\":");
      assertThat(keys(live, "hello.p")).containsExactly("c1");
      member.close();
      assertThat(watcher.until("\n\n"))
          .contains("event: duet.delete", "\"channel\":\"hello.p~presence\",\"key\":\"c1\"");
      assertThat(keys(live, "hello.p")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoComesBackInTimeOverAnyTransportIsNotToldTwice(Transport transport) throws Exception {
    try (Live live = live(LONG, 10)) {
      live.events("/channels/hello.p?presence=c1").close();
      for (int i = 0; i < 3; i++) {
        transport.open(live).close();
      }
      live.events("/channels/hello.p?presence=other").close();
      awaitMembers(live, "hello.p", "c1", "other");
      String page = live.page("/channels/hello.p~presence?since=start").body();
      assertThat(page.split("\"key\":\"c1\",\"client\"", -1)).hasSize(2);
      assertThat(page).doesNotContain("deleted");
    }
  }

  @Test
  void whoDoesNotAskIsNoMember() {
    try (Live live = live(LONG, 10);
        Live.Raw events = live.events("/channels/hello.q")) {
      events.until("\n\n");
      assertThat(live.send("HEAD", "/channels/hello.q?presence=c1", new byte[0]).statusCode())
          .isEqualTo(200);
      assertThat(live.duet.presence("hello.q").count()).isZero();
    }
  }

  @Test
  void theListIsReadOverHttpAndOverASession() {
    try (Live live = live(LONG, 10);
        var client = new SessionClient(live)) {
      String info = "%7B%22name%22:%22Ann%22%7D";
      live.events("/channels/hello.l?presence=a&info=" + info).close();
      live.events("/channels/hello.l?presence=b").close();
      HttpResponse<String> first = live.get("/channels/hello.l?presence&limit=1");
      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(first.headers().firstValue("content-type")).contains("application/json");
      assertThat(first.body())
          .matches(
              "\\{\"channel\":\"hello.l\",\"count\":2,\"members\":\\[\\{\"key\":\"a\",\"client\":\"a\","
                  + "\"since\":[0-9]+,\"info\":\\{\"name\":\"Ann\"}}],\"more\":true}");
      assertThat(live.get("/channels/hello.l?presence&after=a").body())
          .contains("\"members\":[{\"key\":\"b\"", "\"more\":false");
      assertThat(
              client.ask(
                  "{\"type\":\"presence\",\"id\":7,\"channel\":\"hello.l\",\"limit\":1,\"after\":\"a\"}"))
          .matches(
              "\\{\"type\":\"presence\",\"id\":7,\"channel\":\"hello.l\",\"count\":2,\"members\":"
                  + "\\[\\{\"key\":\"b\",\"client\":\"b\",\"since\":[0-9]+}],\"more\":false}");
      assertThat(live.get("/channels/hello.never?presence").body())
          .isEqualTo("{\"channel\":\"hello.never\",\"count\":0,\"members\":[],\"more\":false}");
    }
  }

  @Test
  void whoFollowsGetsTheStateThenTheChangesAndResumes() {
    try (Live live = live(Duration.ZERO, 10);
        Live.Raw ann = live.events("/channels/hello.s,hello.t?presence=ann");
        Live.Raw bob = live.events("/channels/hello.s?presence=bob")) {
      awaitMembers(live, "hello.s", "ann", "bob");
      awaitMembers(live, "hello.t", "ann");
      String cursor;
      try (Live.Raw watcher =
          live.events("/channels/hello.s~presence,hello.t~presence?envelope=json")) {
        String state = watcher.until("duet.live");
        assertThat(state)
            .contains("\"channel\":\"hello.s~presence\"", "\"channel\":\"hello.t~presence\"")
            .contains("\"key\":\"bob\"")
            .doesNotContain("duet.gap");
        bob.close();
        watcher.until("\"deleted\":true");
        cursor = live.cursor();
      }
      try (Live.Raw cat = live.events("/channels/hello.s?presence=cat")) {
        awaitMembers(live, "hello.s", "ann", "cat");
        String page = live.page("/channels/hello.s~presence?since=" + cursor).body();
        assertThat(page).contains("\"key\":\"cat\"").doesNotContain("\"ann\"", "\"bob\"");
        assertThat(page).contains("\"gaps\":[]");
        String foreign = live.page("/channels/hello.s~presence?since=zzzzz.5").body();
        assertThat(foreign).contains("\"state\":true", "\"key\":\"ann\"", "\"key\":\"cat\"");
        cat.until("\n\n");
      }
      ann.until("\n\n");
    }
  }

  @Test
  void aSessionIsAMemberOfWhatItFollows() {
    try (Live live = live(Duration.ZERO, 10);
        var client = new SessionClient(live)) {
      client.ask(
          "{\"type\":\"subscribe\",\"channels\":[\"hello.u\",{\"channel\":\"hello.v\",\"since\":"
              + "\"start\"}],\"presence\":{\"client\":\"tab\",\"info\":{\"n\":1}}}");
      awaitMembers(live, "hello.u", "tab");
      awaitMembers(live, "hello.v", "tab");
      assertThat(live.duet.presence("hello.u").members().getFirst().info()).isEqualTo("{\"n\":1}");
      client.send("{\"type\":\"unsubscribe\",\"channel\":\"hello.u\"}").next("unsubscribed");
      awaitMembers(live, "hello.u");
      assertThat(keys(live, "hello.v")).containsExactly("tab");
      client.send("{\"type\":\"subscribe\",\"channel\":\"hello.w\"}").next("subscribed");
      assertThat(live.duet.presence("hello.w").count()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"presence\":\"\"",
        "\"presence\":\"a b\"",
        "\"presence\":1",
        "\"presence\":{}",
        "\"presence\":{\"client\":\"c\",\"user\":\"ann\"}",
        "\"presence\":{\"client\":\"c\",\"info\":[]}",
        "\"channels\":[\"hello\"],\"presence\":\"c\"",
      })
  void aSessionIsToldWhatIsWrongAndFollowsNothing(String members) {
    try (Live live = live(LONG, 10);
        var client = new SessionClient(live)) {
      assertThat(
              client.ask(
                  "{\"type\":\"subscribe\",\"id\":1,\"channel\":\"hello.x\"," + members + "}"))
          .contains("\"type\":\"error\",\"id\":1,\"code\":\"bad-parameter\"");
      assertThat(live.duet.presence("hello.x").count()).isZero();
    }
  }

  @Test
  void whereThereIsNoRoomForAMemberEachIsToldInItsWay() throws Exception {
    try (Live live = live(LONG, 1);
        Live.Raw first = live.events("/channels/hello.full?presence=a")) {
      first.until("\n\n");
      awaitMembers(live, "hello.full", "a");
      String path = "/channels/hello.full?presence=b";
      HttpResponse<String> lines = live.get(path, "Accept", "application/x-ndjson");
      assertThat(lines.statusCode()).isEqualTo(409);
      assertThat(lines.body()).contains("\"code\":\"too-many-members\"");
      assertThat(lines.headers().firstValue("retry-after")).isPresent();
      assertThat(live.page(path).statusCode()).isEqualTo(409);
      try (Live.Raw events = live.events(path)) {
        assertThat(events.rest())
            .contains("retry: ", "event: duet.end", "\"reason\":\"unavailable\"");
      }
      assertThatThrownBy(() -> socket(live, path))
          .cause()
          .isInstanceOfSatisfying(
              WebSocketHandshakeException.class,
              e -> assertThat(e.getResponse().statusCode()).isEqualTo(409));
      try (var client = new SessionClient(live)) {
        assertThat(
                client.ask(
                    "{\"type\":\"subscribe\",\"id\":1,\"channel\":\"hello.full\",\"presence\":\"b\"}"))
            .contains("\"type\":\"error\"", "\"code\":\"too-many-members\"", "\"retry\":");
        assertThat(client.ask("{\"type\":\"subscribe\",\"channel\":\"hello.full\"}"))
            .contains("\"type\":\"subscribed\"");
      }
      assertThat(keys(live, "hello.full")).containsExactly("a");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/channels/hello?presence=a%20b",
        "/channels/hello?info=%7B%7D",
        "/channels/hello?presence=a&info=1",
        "/channels/hello?presence&since=start",
        "/channels/hello?presence&limit=0",
        "/channels/hello,hello.b?presence",
      })
  void whatIsNotLegalIsRefused(String path) {
    try (Live live = live(LONG, 10)) {
      HttpResponse<String> answer = live.get(path, "Accept", "application/x-ndjson");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }
  }

  @Test
  void nobodySpeaksForTheServer() {
    try (Live live = live(LONG, 10)) {
      assertThat(live.post("/channels/hello~presence?key=ann", "x").statusCode()).isEqualTo(403);
      assertThat(live.get("/channels/hello~presence?presence=a").statusCode()).isEqualTo(403);
      assertThat(live.get("/channels/hello~presence?presence").statusCode()).isEqualTo(403);
      assertThat(live.get("/channels/unknown?presence").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void theUserIsTheOneThatAccessFound() {
    Access byName =
        question -> {
          String user = question.caller().bearer();
          boolean asks = question.action() == Action.PRESENCE;
          return CompletableFuture.completedStage(
              asks && user == null ? Decision.unauthorized("who asks?") : allow(user));
        };
    try (Live live =
            new Live(
                settings ->
                    settings
                        .withAccess(byName)
                        .withPresence(PresenceSettings.DEFAULT.withGrace(LONG)));
        Live.Raw ann = live.events("/channels/hello.y?presence=tab", "authorization: Bearer ann");
        Live.Raw bob = live.events("/channels/hello.y?presence=tab", "authorization: Bearer bob");
        Live.Raw no = live.events("/channels/hello.y?presence=tab")) {
      ann.until("\n\n");
      bob.until("\n\n");
      no.until("\n\n");
      awaitMembers(live, "hello.y", "ann/tab", "bob/tab", "tab");
      assertThat(live.get("/channels/hello.y?presence").statusCode()).isEqualTo(401);
      assertThat(live.get("/channels/hello.y?presence", "Authorization", "Bearer x").body())
          .contains("\"key\":\"ann/tab\",\"user\":\"ann\",\"client\":\"tab\"");
    }
  }

  private static Decision allow(String user) {
    return user == null ? Decision.allow() : Decision.allow(user);
  }

  @Test
  void aPollerStaysAMemberBetweenItsPolls() {
    try (Live live = live(LONG, 10)) {
      var request =
          HttpRequest.newBuilder(live.uri("/channels/hello.z?presence=poller&wait=50s"))
              .header("Accept", "application/json")
              .build();
      CompletionStage<HttpResponse<String>> poll =
          live.client.sendAsync(request, BodyHandlers.ofString());
      awaitMembers(live, "hello.z", "poller");
      live.publish("/channels/hello.z", "x");
      assertThat(poll.toCompletableFuture().join().body()).contains("\"data\":\"x\"");
      assertThat(keys(live, "hello.z")).containsExactly("poller");
    }
  }

  @Test
  void aRouteHasMembersToo() {
    try (Live live =
            new Live(settings -> settings.withRoute(Route.channel("/events", "hello.route")));
        Live.Raw events = live.events("/events?presence=c1&unknown=1")) {
      events.until("\n\n");
      awaitMembers(live, "hello.route", "c1");
      assertThat(live.get("/events?presence").body()).contains("\"count\":1");
    }
  }

  /// A publication that does not come to its end keeps the server for a while, in which its timers
  /// go on.
  @Test
  void aStopPublishesNoLeaves() {
    var told = new CopyOnWriteArrayList<Publication>();
    var broker = new MemoryBroker(MemorySettings.of(Live.NAMESPACES));
    var following =
        broker
            .logs()
            .getFirst()
            .follow(
                new Follower() {
                  @Override
                  public void advanced(List<Publication> publications, long upTo) {
                    told.addAll(publications);
                  }

                  @Override
                  public void lost(long from, long to) {}
                });
    DuetSettings settings =
        DuetSettings.DEFAULT
            .withPort(0)
            .withNamespaces(Live.NAMESPACES)
            .withStopTimeout(Duration.ofSeconds(2))
            .withPresence(PresenceSettings.DEFAULT.withGrace(Duration.ZERO));
    try (Duet duet = Duet.start(settings, broker);
        Live.Raw member = new Live.Raw(duet.port());
        Live.Raw publisher = new Live.Raw(duet.port())) {
      assertThat(following.position()).isPositive();
      String fields = " HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n";
      publisher.send("POST /channels/hello.stop" + fields + "content-length: 9\r\n\r\nhalf");
      member.send("GET /channels/hello.stop?presence=c1" + fields + "\r\n");
      member.until("duet.live");
      assertThat(told).hasSize(1).noneMatch(Publication::deleted);
      duet.close();
      assertThat(member.rest()).contains("\"reason\":\"restart\"");
      assertThat(told).hasSize(1);
    }
  }
}
