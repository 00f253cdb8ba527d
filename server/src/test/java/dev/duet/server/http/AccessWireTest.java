package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.access.Access;
import dev.duet.server.access.AccessSettings;
import dev.duet.server.access.Action;
import dev.duet.server.access.Decision;
import dev.duet.server.access.Question;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Who may what: what each request is asked, what comes of each answer, and what ends when.
class AccessWireTest {
  private static final String ANN = "Bearer ann";
  private static final String BOB = "Bearer bob";

  /// Whoever says a name is that user; nobody may use `hello.secret`.
  private static Decision byName(Question question) {
    String user = question.caller().bearer();
    if (user == null) {
      return Decision.unauthorized("say who you are");
    }
    return question.channels().contains("hello.secret")
        ? Decision.forbidden("not for " + user)
        : Decision.allow(user);
  }

  private static Live live(Access access) {
    return new Live(settings -> settings.withAccess(access));
  }

  private static Live byName() {
    return live(Access.blocking(AccessWireTest::byName));
  }

  /// A WebSocket, and what it hears.
  private static final class Client implements WebSocket.Listener {
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    final CompletableFuture<String> closed = new CompletableFuture<>();
    final WebSocket socket;

    Client(Live server, String path, String authorization) {
      socket =
          server
              .client
              .newWebSocketBuilder()
              .header("authorization", authorization)
              .buildAsync(URI.create("ws://127.0.0.1:" + server.port + path), this)
              .join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      heard.add(data.toString());
      from.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closed.complete(code + " " + reason);
      return null;
    }

    String next() throws InterruptedException {
      return heard.poll(60, TimeUnit.SECONDS);
    }

    String closed() throws Exception {
      return closed.get(60, TimeUnit.SECONDS);
    }
  }

  // ---- answers

  @Test
  void whoIsNotKnownGets401AndWhoMayNotGets403() {
    try (Live live = byName()) {
      for (String accept :
          List.of("text/event-stream", "application/x-ndjson", "application/json")) {
        HttpResponse<String> unknown = live.get("/channels/hello", "Accept", accept);
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(unknown.headers().firstValue("www-authenticate")).contains("Bearer");
        assertThat(unknown.body()).contains("\"code\":\"unauthorized\"", "say who you are");
        HttpResponse<String> known =
            live.get("/channels/hello.secret", "Accept", accept, "Authorization", ANN);
        assertThat(known.statusCode()).isEqualTo(403);
        assertThat(known.body()).contains("\"code\":\"forbidden\"", "not for ann");
      }
      assertThat(live.post("/channels/hello", "x").statusCode()).isEqualTo(401);
      assertThat(live.post("/channels/hello,hello.secret", "x", "Authorization", ANN).statusCode())
          .isEqualTo(403);
      assertThat(live.send("DELETE", "/channels/hello?before=now", new byte[0]).statusCode())
          .isEqualTo(401);
      assertThat(live.send("HEAD", "/channels/hello", new byte[0]).statusCode()).isEqualTo(401);
      assertThatThrownBy(() -> new Client(live, "/channels/hello.secret", ANN))
          .hasCauseInstanceOf(WebSocketHandshakeException.class)
          .cause()
          .extracting(e -> ((WebSocketHandshakeException) e).getResponse().statusCode())
          .isEqualTo(403);
      assertThat(live.page("/channels/hello?since=start").statusCode()).isEqualTo(401);
      assertThat(
              live.get(
                      "/channels/hello?since=start",
                      "Accept",
                      "application/json",
                      "Authorization",
                      ANN)
                  .body())
          .as("nothing was published")
          .contains("\"publications\":[]");
    }
  }

  @Test
  void eachRequestIsAskedForWhatItIs() throws Exception {
    var asked = new LinkedBlockingQueue<Question>();
    Access access =
        question -> {
          asked.add(question);
          return CompletableFuture.completedStage(Decision.allow());
        };
    try (Live live = live(access)) {
      live.duet.socketHandler("/own", new EchoSocket());
      live.page("/channels/hello,hello2");
      live.page("/channels/hello?wait=1ms");
      live.post("/channels/hello", "x");
      live.post("/channels/hello", "{\"data\":1}", "Content-Type", "application/x-ndjson");
      live.send("DELETE", "/channels/state?key=k", new byte[0]);
      live.send("DELETE", "/channels/hello?before=now", new byte[0]);
      live.events("/channels/hello").close();
      var own = new Client(live, "/own", ANN);
      var socket = new Client(live, "/channels/hello", ANN);
      socket.socket.sendText("one", true).join();
      assertThat(socket.next()).isEqualTo("one");
      socket.socket.sendText("two", true).join();
      assertThat(socket.next()).isEqualTo("two");
      own.socket.abort();
      socket.socket.abort();
      assertThat(asked)
          .extracting(question -> question.action() + " " + question.names())
          .containsExactly(
              "HISTORY [hello, hello2]",
              "SUBSCRIBE [hello]",
              "PUBLISH [hello]",
              "PUBLISH [hello]",
              "PUBLISH [state]",
              "TRIM [hello]",
              "SUBSCRIBE [hello]",
              "CONNECT [/own]",
              "SUBSCRIBE [hello]",
              "PUBLISH [hello]");
    }
  }

  @Test
  void theCallerIsWhatTheRequestSays() {
    Access access =
        question ->
            CompletableFuture.completedStage(
                Decision.forbidden(
                    String.join(
                        "|",
                        question.caller().cookie("session"),
                        question.caller().query("lastEventId"),
                        question.caller().header("x-who"),
                        question.caller().bearer(),
                        question.caller().rawPath(),
                        String.valueOf(question.caller().query("none")),
                        question.caller().remote().getAddress().getHostAddress())));
    try (Live live = live(access)) {
      HttpResponse<String> answer =
          live.get(
              "/channels/hello?lastEventId=a%20b",
              "Cookie", "other=1; session=\"s1\"", "X-Who", "w", "Authorization", "bearer t1");
      assertThat(answer.body()).contains("s1|a b|w|t1|/channels/hello|null|127.0.0.1");
    }
  }

  @Test
  void theUserIsTheFromOfWhatItPublishes() throws Exception {
    try (Live live = byName()) {
      String path = "/channels/hello";
      live.publish(path, "one", "Authorization", ANN);
      live.publish(path, "{\"from\":\"eve\"}", "Authorization", BOB);
      live.post(
          path,
          "{\"data\":\"three\"}",
          "Content-Type",
          "application/x-ndjson",
          "Authorization",
          ANN);
      var socket = new Client(live, path + "?envelope=json", BOB);
      socket.socket.sendText("four", true).join();
      assertThat(heardWith(socket, "\"four\"")).contains("\"from\":\"bob\"");
      socket.socket.abort();
      String page =
          live.get(path + "?since=start", "Accept", "application/json", "Authorization", ANN)
              .body();
      assertThat(page.split("\"from\":\"", -1))
          .hasSize(6)
          .satisfies(parts -> assertThat(parts[1]).startsWith("ann\"").contains("one"))
          .satisfies(parts -> assertThat(parts[2]).startsWith("bob\""))
          .satisfies(parts -> assertThat(parts[4]).startsWith("ann\"").contains("three"))
          .satisfies(parts -> assertThat(parts[5]).startsWith("bob\"").contains("four"));
    }
  }

  private static String heardWith(Client client, String text) throws InterruptedException {
    String heard = client.next();
    while (heard != null && !heard.contains(text)) {
      heard = client.next();
    }
    return heard;
  }

  // ---- no answer

  enum Failing {
    THROWS(
        question -> {
          throw new IllegalStateException("planted");
        }),
    FAILS(question -> CompletableFuture.failedStage(new IllegalStateException("planted"))),
    ANSWERS_NULL(question -> CompletableFuture.completedStage(null)),
    RETURNS_NULL(question -> null),
    THROWS_WHILE_BLOCKING(
        Access.blocking(
            question -> {
              throw new IllegalStateException("planted");
            })),
    NEVER_ANSWERS(question -> new CompletableFuture<>()),
    BLOCKS(
        Access.blocking(
            question -> {
              new CountDownLatch(1).await();
              return Decision.allow();
            }));

    final Access access;

    Failing(Access access) {
      this.access = access;
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutADecisionNothingIsServed(Failing how) {
    AccessSettings failing = AccessSettings.of(how.access).withTimeout(Duration.ofMillis(200));
    try (Live live = new Live(settings -> settings.withAccess(failing))) {
      Cursor empty = live.duet.cursor();
      HttpResponse<String> published = live.post("/channels/hello", "x");
      assertThat(published.statusCode()).isEqualTo(503);
      assertThat(published.body()).contains("\"code\":\"undecided\"");
      assertThat(published.headers().firstValue("retry-after")).contains("1");
      assertThat(live.page("/channels/hello?since=start").statusCode()).isEqualTo(503);
      assertThat(live.get("/channels/hello", "Accept", "application/x-ndjson").statusCode())
          .isEqualTo(503);
      HttpResponse<String> events = live.get("/channels/hello", "Accept", "text/event-stream");
      assertThat(events.statusCode()).as("an EventSource must not stop for good").isEqualTo(200);
      assertThat(events.body())
          .contains("retry: 2000", "event: duet.end", "\"reason\":\"unavailable\"")
          .doesNotContain("data: x");
      assertThat(live.duet.cursor()).as("nothing is in the log").isEqualTo(empty);
    }
  }

  @Test
  void decisionsUnderWayAreBounded() throws Exception {
    var free = new CountDownLatch(1);
    Access access =
        Access.blocking(
            question -> {
              while (free.getCount() > 0) {
                try {
                  free.await();
                } catch (InterruptedException e) {
                  // goes on: a decision that is too late and does not end still counts
                }
              }
              return Decision.allow();
            });
    AccessSettings few = new AccessSettings(access, Duration.ofMillis(100), 2);
    try (Live live = new Live(settings -> settings.withAccess(few))) {
      assertThat(live.post("/channels/hello", "x").body()).contains("undecided");
      assertThat(live.post("/channels/hello", "x").body()).contains("undecided");
      assertThat(live.post("/channels/hello", "x").body()).contains("\"code\":\"busy\"");
      free.countDown();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      int status = 0;
      while (status != 200 && System.nanoTime() < end) {
        status = live.post("/channels/hello", "x").statusCode();
      }
      assertThat(status).isEqualTo(200);
    }
  }

  // ---- revocation and expiry

  @Test
  void aRevocationEndsAllThatRestedOnItAndNothingElse() throws Exception {
    try (Live live = byName()) {
      live.duet.socketHandler("/own", new EchoSocket());
      Live.Raw stream = live.events("/channels/hello", "authorization: " + ANN);
      Live.Raw other = live.events("/channels/hello", "authorization: " + BOB);
      stream.until("duet.live");
      other.until("duet.live");
      var socket = new Client(live, "/channels/hello", ANN);
      var own = new Client(live, "/own", ANN);
      var others = new Client(live, "/channels/hello?envelope=json", BOB);
      CompletableFuture<HttpResponse<String>> poll =
          CompletableFuture.supplyAsync(
              () ->
                  live.get(
                      "/channels/hello2?wait=20s",
                      "Accept",
                      "application/json",
                      "Authorization",
                      ANN));
      // until the poll waits as well, and all sockets are open
      int ended = 0;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (ended < 4 && System.nanoTime() < end) {
        ended += live.duet.revoke("ann").toCompletableFuture().get(60, TimeUnit.SECONDS);
        // What is being decided is asked for again at each, and refused after some.
        Thread.sleep(200);
      }
      assertThat(ended).isEqualTo(4);
      assertThat(stream.rest()).contains("event: duet.end\ndata: {\"reason\":\"revoked\"");
      assertThat(socket.closed()).isEqualTo("4403 revoked");
      assertThat(own.closed()).isEqualTo("4403 revoked");
      HttpResponse<String> answer = poll.get(60, TimeUnit.SECONDS);
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).contains("\"code\":\"revoked\"");

      live.publish("/channels/hello", "after", "Authorization", BOB);
      other.until("data: after\n");
      assertThat(heardWith(others, "after")).isNotNull();
      others.socket.abort();
      other.close();
    }
  }

  @Test
  void aRevocationCanBeOfOneChannel() throws Exception {
    try (Live live = byName()) {
      Live.Raw both = live.events("/channels/hello,hello.room", "authorization: " + ANN);
      Live.Raw one = live.events("/channels/hello", "authorization: " + ANN);
      both.until("duet.live");
      one.until("duet.live");
      int ended =
          live.duet
              .revoke((user, channel) -> "ann".equals(user) && channel.equals("hello.room"))
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS);
      assertThat(ended).isEqualTo(1);
      assertThat(both.rest()).contains("\"reason\":\"revoked\"");
      live.publish("/channels/hello", "still", "Authorization", BOB);
      one.until("data: still\n");
      one.close();
    }
  }

  @Test
  void aDecisionThatWasUnderWayIsMadeAnewAfterARevocation() throws Exception {
    var asked = new LinkedBlockingQueue<CompletableFuture<Decision>>();
    Access access =
        question -> {
          var decision = new CompletableFuture<Decision>();
          asked.add(decision);
          return decision;
        };
    try (Live live = live(access)) {
      CompletableFuture<HttpResponse<String>> answer =
          CompletableFuture.supplyAsync(() -> live.post("/channels/hello", "x"));
      CompletableFuture<Decision> first = asked.poll(60, TimeUnit.SECONDS);
      var unused = live.duet.revoke("ann");
      first.complete(Decision.allow("ann"));
      CompletableFuture<Decision> second = asked.poll(60, TimeUnit.SECONDS);
      assertThat(second).as("asked again").isNotNull();
      second.complete(Decision.forbidden("no longer"));
      assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(403);
    }
  }

  /// What a client may is looked at again when its body has come.
  @Test
  void aBodyThatComesAfterARevocationIsNotPublished() throws Exception {
    try (Live live = byName()) {
      Cursor empty = live.duet.cursor();
      var raw =
          new Live.Raw(live.port)
              .send(
                  "POST /channels/hello HTTP/1.1\r\nhost: localhost\r\nauthorization: "
                      + ANN
                      + "\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n");
      raw.until("100 Continue\r\n\r\n");
      live.duet.revoke("ann").toCompletableFuture().get(60, TimeUnit.SECONDS);
      raw.send("hi");
      assertThat(raw.until("\n")).contains("403");
      raw.close();
      assertThat(live.duet.cursor()).as("nothing is in the log").isEqualTo(empty);
    }
  }

  @Test
  void whatHasExpiredEndsAndItsReaderComesBack() throws Exception {
    var asked = new AtomicInteger();
    Access access =
        question ->
            CompletableFuture.completedStage(
                asked.incrementAndGet() <= 3
                    ? Decision.allow("ann").until(Instant.now().plusSeconds(1))
                    : Decision.allow("ann"));
    try (Live live = live(access)) {
      Live.Raw stream = live.events("/channels/hello");
      Live.Raw lines = live.open("/channels/hello", "accept: application/x-ndjson");
      var socket = new Client(live, "/channels/hello", ANN);
      assertThat(stream.rest())
          .contains("event: duet.end\ndata: {\"reason\":\"expired\",\"retry\":2");
      assertThat(lines.rest()).contains("\"reason\":\"expired\"");
      assertThat(socket.closed()).isEqualTo("4401 expired");
      Live.Raw again = live.events("/channels/hello");
      again.until("duet.live");
      again.close();
    }
  }

  @Test
  void anAnswerThatIsOverIsNone() {
    Access access =
        question -> CompletableFuture.completedStage(Decision.allow("ann").until(Instant.EPOCH));
    try (Live live = live(access)) {
      HttpResponse<String> answer = live.post("/channels/hello", "x");
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body()).contains("\"code\":\"expired\"");
    }
  }

  // ---- order

  @Test
  void whatOneSocketSendsStaysInOrderWhileItIsDecided() throws Exception {
    var decision = new CompletableFuture<Decision>();
    Access access =
        question ->
            question.action() == Action.PUBLISH
                ? decision
                : CompletableFuture.completedStage(Decision.allow());
    try (Live live = live(access)) {
      var socket = new Client(live, "/channels/hello", ANN);
      int messages = 200;
      for (int i = 0; i < messages; i++) {
        socket.socket.sendText("m" + i, true).join();
      }
      assertThat(socket.heard).as("nothing before the decision").isEmpty();
      decision.complete(Decision.allow("ann"));
      for (int i = 0; i < messages; i++) {
        assertThat(socket.next()).isEqualTo("m" + i);
      }
      String page = live.page("/channels/hello?since=start&limit=1000").body();
      assertThat(IntStream.range(0, messages).map(i -> page.indexOf("\"m" + i + "\"")))
          .isSorted()
          .doesNotContain(-1);
      socket.socket.abort();
    }
  }

  @Test
  void pipelinedPublicationsStayInOrderWhileTheyAreDecided() throws Exception {
    var turn = new AtomicInteger();
    Access access =
        Access.blocking(
            question -> {
              // the first takes longest
              Thread.sleep(turn.getAndIncrement() == 0 ? 300 : 0);
              return Decision.allow();
            });
    try (Live live = live(access)) {
      var raw = new Live.Raw(live.port);
      var all = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        all.append("POST /channels/hello HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nm")
            .append(10 + i);
      }
      raw.send(all.toString());
      for (int i = 0; i < 20; i++) {
        raw.until("\"duplicate\":false}\n");
      }
      raw.close();
      String page = live.page("/channels/hello?since=start").body();
      assertThat(IntStream.range(0, 20).map(i -> page.indexOf("\"m" + (10 + i) + "\"")))
          .isSorted()
          .doesNotContain(-1);
    }
  }

  @Test
  void aRefusedMessageClosesTheSocketWithTheReason() throws Exception {
    Access access =
        question ->
            CompletableFuture.completedStage(
                question.action() == Action.PUBLISH
                    ? Decision.forbidden("you only read")
                    : Decision.allow());
    try (Live live = live(access)) {
      Cursor empty = live.duet.cursor();
      var socket = new Client(live, "/channels/hello", ANN);
      socket.socket.sendText("x", true).join();
      assertThat(socket.closed()).isEqualTo("1008 forbidden: you only read");
      assertThat(live.duet.cursor()).as("nothing is in the log").isEqualTo(empty);
    }
  }

  // ---- duet.v1

  /// Whoever opens a session is ann, who may use all but `hello.secret`, and publish to `hello`
  /// alone.
  private static Decision inSession(Question question) {
    if (question.action() == Action.CONNECT) {
      return Decision.allow("ann");
    }
    boolean mayNot =
        question.channels().contains("hello.secret")
            || (question.action() == Action.PUBLISH && !question.names().equals(List.of("hello")));
    return mayNot || !"ann".equals(question.user())
        ? Decision.forbidden("not that")
        : Decision.allow();
  }

  @Test
  void aSessionIsAskedForEachOfItsRequests() {
    try (Live live = live(Access.blocking(AccessWireTest::inSession));
        var session = new SessionClient(live, "duet.v1")) {
      session.send("{\"type\":\"subscribe\",\"id\":1,\"channels\":[\"hello\",\"hello.secret\"]}");
      assertThat(session.next("error")).contains("\"id\":1", "\"code\":\"forbidden\"", "not that");
      session.send("{\"type\":\"history\",\"id\":2,\"channel\":\"hello.secret\"}");
      assertThat(session.next("error")).contains("\"id\":2", "\"code\":\"forbidden\"");
      session.send("{\"type\":\"publish\",\"id\":3,\"channel\":\"hello2\",\"data\":\"x\"}");
      assertThat(session.next("error")).contains("\"id\":3", "\"code\":\"forbidden\"");
      session.send("{\"type\":\"subscribe\",\"id\":4,\"channel\":\"hello\"}");
      session.next("subscribed");
      session.send("{\"type\":\"publish\",\"id\":5,\"channel\":\"hello\",\"data\":\"y\"}");
      String heard = session.next();
      while (!heard.contains("\"data\":\"y\"")) {
        heard = session.next();
      }
      assertThat(heard).contains("\"from\":\"ann\"");
    }
  }

  @Test
  void noSessionIsOpenedWithoutAYes() {
    try (Live live = byName()) {
      assertThatThrownBy(() -> new SessionClient(live, "duet.v1"))
          .hasCauseInstanceOf(WebSocketHandshakeException.class)
          .cause()
          .extracting(e -> ((WebSocketHandshakeException) e).getResponse().statusCode())
          .isEqualTo(401);
    }
  }

  @Test
  void aRevocationEndsASubscriptionOfASessionOrTheWholeSession() throws Exception {
    try (Live live = live(Access.blocking(AccessWireTest::inSession));
        var session = new SessionClient(live, "duet.v1")) {
      session.send("{\"type\":\"subscribe\",\"id\":1,\"channel\":\"hello\"}");
      session.next("subscribed");
      session.send("{\"type\":\"subscribe\",\"id\":2,\"channel\":\"hello2\"}");
      session.next("subscribed");
      live.duet
          .revoke((user, channel) -> channel.equals("hello2"))
          .toCompletableFuture()
          .get(60, TimeUnit.SECONDS);
      assertThat(session.next("end")).contains("\"channel\":\"hello2\"", "\"reason\":\"revoked\"");
      live.duet.publish("hello2", Draft.of(PayloadType.TEXT, new byte[] {'n'}));
      live.duet.publish("hello", Draft.of(PayloadType.TEXT, new byte[] {'y'}));
      String heard = session.next();
      while (!heard.contains("\"data\":\"y\"")) {
        assertThat(heard).doesNotContain("\"data\":\"n\"");
        heard = session.next();
      }
      live.duet.revoke("ann").toCompletableFuture().get(60, TimeUnit.SECONDS);
      assertThat(session.closed.get(60, TimeUnit.SECONDS)).isEqualTo("4403 revoked");
    }
  }

  @Test
  void whatASessionPublishesStaysInOrderWhileItIsDecided() {
    var turn = new AtomicInteger();
    Access access =
        Access.blocking(
            question -> {
              // the first publication takes longest to be decided
              if (question.action() == Action.PUBLISH && turn.getAndIncrement() == 0) {
                Thread.sleep(300);
              }
              return Decision.allow("ann");
            });
    try (Live live = live(access);
        var session = new SessionClient(live, "duet.v1")) {
      for (int i = 0; i < 40; i++) {
        session.send(
            "{\"type\":\"publish\",\"id\":"
                + i
                + ",\"channel\":\"hello\",\"data\":\"m"
                + (10 + i)
                + "\"}");
      }
      for (int i = 0; i < 40; i++) {
        session.next("published");
      }
      String page = live.page("/channels/hello?since=start").body();
      assertThat(IntStream.range(0, 40).map(i -> page.indexOf("\"m" + (10 + i) + "\"")))
          .isSorted()
          .doesNotContain(-1);
    }
  }
}
