package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Draft;
import dev.duet.server.access.Access;
import dev.duet.server.access.Decision;
import dev.duet.server.access.Question;
import dev.duet.server.rpc.RpcAnswer;
import dev.duet.server.rpc.RpcException;
import dev.duet.server.rpc.RpcHandler;
import dev.duet.server.rpc.RpcLimits;
import dev.duet.server.rpc.RpcRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Calls of methods, over HTTP and `duet.v1`.
@Timeout(300)
class RpcWireTest {
  /// Not the common pool, which the client may need.
  private static final Executor THREADS = task -> Thread.ofPlatform().daemon().start(task);

  /// A method that waits until it is let go, or interrupted.
  static final class Gate implements RpcHandler {
    final BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    final CountDownLatch open = new CountDownLatch(1);
    final CountDownLatch interrupted = new CountDownLatch(1);

    @Override
    public RpcAnswer call(RpcRequest request) throws Exception {
      begun.add(request.text());
      try {
        open.await();
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw e;
      }
      return RpcAnswer.text("done " + request.text());
    }

    void awaitBegun() throws InterruptedException {
      assertThat(begun.poll(60, TimeUnit.SECONDS)).isNotNull();
    }

    void awaitInterrupted() throws InterruptedException {
      assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static Live live() {
    return live(new Live());
  }

  private static Live live(Live live) {
    live.duet
        .rpc(
            "echo",
            request ->
                switch (request.type()) {
                  case JSON -> RpcAnswer.json("{\"got\":\n" + request.json() + "}");
                  case TEXT -> RpcAnswer.text("got \"" + request.text() + "\"");
                  case BYTES -> RpcAnswer.bytes(request.bytes());
                })
        .rpc("done", request -> RpcAnswer.DONE)
        .rpc(
            "refuse",
            request -> {
              throw new RpcException(409, "sold-out", "no seat in \"" + request.text() + "\"");
            })
        .rpc(
            "fail",
            request -> {
              throw new IllegalStateException("secret");
            })
        .rpc(
            "who", request -> RpcAnswer.text(request.user() + " " + request.remote().getAddress()));
    return live;
  }

  private static RpcLimits limits(int calls, Duration timeout) {
    return RpcLimits.DEFAULT.withMaxCalls(calls).withTimeout(timeout);
  }

  private static String type(HttpResponse<?> answer) {
    return answer.headers().firstValue("content-type").orElse("");
  }

  // ---- over HTTP

  @Test
  void aMethodIsAUrl() {
    try (Live live = live()) {
      HttpResponse<String> json =
          live.post("/rpc/echo", "{\"n\":1}", "Content-Type", "application/json");
      assertThat(json.statusCode()).isEqualTo(200);
      assertThat(type(json)).isEqualTo("application/json");
      assertThat(json.body()).isEqualTo("{\"got\": {\"n\":1}}");
      HttpResponse<String> text =
          live.post("/rpc/echo", "hi", "Content-Type", "application/x-www-form-urlencoded");
      assertThat(type(text)).isEqualTo("text/plain; charset=utf-8");
      assertThat(text.body()).isEqualTo("got \"hi\"");
      HttpResponse<String> bytes =
          live.post("/rpc/echo", "raw", "Content-Type", "application/octet-stream");
      assertThat(type(bytes)).isEqualTo("application/octet-stream");
      assertThat(bytes.body()).isEqualTo("raw");
      assertThat(live.post("/rpc/echo", "").body()).as("nothing is text").isEqualTo("got \"\"");
      assertThat(live.post("/rpc/done", "").statusCode()).isEqualTo(204);
      assertThat(json.headers().firstValue("x-content-type-options")).contains("nosniff");
    }
  }

  @Test
  void aBodyHasTheRulesOfAPublication() {
    try (Live live = live(new Live(set -> set.withLimits(set.limits().withMaxBodyBytes(1_000))))) {
      assertThat(live.post("/rpc/echo", "{", "Content-Type", "application/json").body())
          .contains("\"code\":\"bad-json\"");
      assertThat(live.post("/rpc/echo", "x", "Content-Type", "multipart/form-data").statusCode())
          .isEqualTo(415);
      assertThat(live.post("/rpc/echo", "x".repeat(1_000)).statusCode()).isEqualTo(200);
      HttpResponse<String> large = live.post("/rpc/echo", "x".repeat(1_001));
      assertThat(large.statusCode()).isEqualTo(413);
      assertThat(large.body()).contains("limits.publication");
      try (var client = new SessionClient(live)) {
        assertThat(
                client.ask(
                    "{\"type\":\"rpc\",\"id\":1,\"method\":\"echo\",\"data\":\""
                        + "x".repeat(1_001)
                        + "\"}"))
            .contains("\"code\":\"too-large\"");
      }
    }
  }

  @Test
  void whatIsRefusedHasItsStatusAndWords() {
    try (Live live = live()) {
      HttpResponse<String> refused = live.post("/rpc/refuse", "row 7");
      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(type(refused)).isEqualTo("application/problem+json");
      assertThat(refused.body())
          .contains(
              "\"type\":\"urn:duet:rpc:sold-out\"",
              "\"code\":\"sold-out\"",
              "\"detail\":\"no seat in \\\"row 7\\\"\"");
      HttpResponse<String> failed = live.post("/rpc/fail", "x");
      assertThat(failed.statusCode()).isEqualTo(500);
      assertThat(failed.body()).contains("\"code\":\"internal\"").doesNotContain("secret");
      HttpResponse<String> unknown = live.post("/rpc/none", "x");
      assertThat(unknown.statusCode()).isEqualTo(404);
      assertThat(unknown.body()).contains("no such method").doesNotContain("echo", "refuse");
      assertThat(live.post("/rpc/a%2Fb", "x").statusCode()).isEqualTo(400);
      assertThat(live.post("/rpc/", "x").statusCode()).isEqualTo(400);
      assertThat(live.post("/rpc/echo?a=1", "x").statusCode()).isEqualTo(400);
      HttpResponse<String> got = live.get("/rpc/echo");
      assertThat(got.statusCode()).isEqualTo(405);
      assertThat(got.headers().firstValue("allow")).contains("POST, OPTIONS");
    }
  }

  @Test
  void aRefusalThatRepeatsWhatIsNoTextHurtsNobody() {
    try (Live live = live();
        var client = new SessionClient(live)) {
      live.duet.rpc(
          "repeat",
          request -> {
            throw new RpcException("no", "not \uD83D " + "x".repeat(1 << 20));
          });
      HttpResponse<String> refused = live.post("/rpc/repeat", "x");
      assertThat(refused.statusCode()).isEqualTo(422);
      assertThat(refused.body()).contains("not ? xxx").hasSizeLessThan(1_500);
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":1,\"method\":\"repeat\"}"))
          .contains("\"code\":\"no\"", "not ? xxx")
          .hasSizeLessThan(1_500);
      assertThat(client.ask("{\"type\":\"ping\",\"id\":2}")).contains("pong");
    }
  }

  @Test
  void pagesOfOtherOriginsMayCallWhereTheyAreAllowed() {
    var allowed = new AllowedPlaces(List.of(), List.of("https://shop.example"));
    try (Live live = live(new Live(settings -> settings.withAllowed(allowed)))) {
      try (Live.Raw raw = new Live.Raw(live.port)) {
        raw.send(
            "OPTIONS /rpc/echo HTTP/1.1\r\nhost: localhost\r\norigin: https://shop.example\r\n"
                + "access-control-request-method: POST\r\n\r\n");
        assertThat(raw.until("\r\n\r\n"))
            .startsWith("HTTP/1.1 204")
            .contains("access-control-allow-methods: POST, OPTIONS\r\n")
            .contains("access-control-allow-origin: https://shop.example\r\n");
      }
      assertThat(live.post("/rpc/echo", "x", "Origin", "https://shop.example").statusCode())
          .isEqualTo(200);
      assertThat(live.post("/rpc/echo", "x", "Origin", "https://evil.example").statusCode())
          .isEqualTo(403);
    }
  }

  @Test
  void callsBeyondTheBoundAreToldWhenToComeBack() throws Exception {
    var gate = new Gate();
    try (Live live = new Live(set -> set.withRpc(limits(1, Duration.ofMinutes(5))))) {
      live.duet.rpc("gate", gate);
      var first = CompletableFuture.supplyAsync(() -> live.post("/rpc/gate", "one"), THREADS);
      gate.awaitBegun();
      HttpResponse<String> second = live.post("/rpc/gate", "two");
      assertThat(second.statusCode()).isEqualTo(503);
      assertThat(second.body()).contains("\"code\":\"busy\"");
      assertThat(second.headers().firstValue("retry-after")).contains("1");
      gate.open.countDown();
      assertThat(first.get(60, TimeUnit.SECONDS).body()).isEqualTo("done one");
      assertThat(live.post("/rpc/gate", "three").body()).isEqualTo("done three");
    }
  }

  @Test
  void aMethodThatTakesTooLongIsInterrupted() throws Exception {
    var gate = new Gate();
    try (Live live = new Live(set -> set.withRpc(limits(10, Duration.ofMillis(100))));
        var client = new SessionClient(live)) {
      live.duet.rpc("gate", gate);
      // until one was late that had begun
      for (int i = 0; i < 100 && gate.begun.isEmpty(); i++) {
        HttpResponse<String> late = live.post("/rpc/gate", "x");
        assertThat(late.statusCode()).isEqualTo(504);
        assertThat(late.body()).contains("\"code\":\"timeout\"");
        assertThat(late.headers().firstValue("retry-after")).as("it may be done").isEmpty();
      }
      gate.awaitInterrupted();
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":1,\"method\":\"gate\",\"data\":\"y\"}"))
          .contains("\"id\":1", "\"code\":\"timeout\"")
          .doesNotContain("retry");
    }
  }

  @Test
  void whoeverGoesInterruptsTheMethod() throws Exception {
    var overHttp = new Gate();
    var overSocket = new Gate();
    try (Live live = live()) {
      live.duet.rpc("http", overHttp).rpc("socket", overSocket);
      try (Live.Raw raw = new Live.Raw(live.port)) {
        raw.send("POST /rpc/http HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nx");
        overHttp.awaitBegun();
      }
      overHttp.awaitInterrupted();
      try (var client = new SessionClient(live)) {
        client.send("{\"type\":\"rpc\",\"id\":1,\"method\":\"socket\",\"data\":\"x\"}");
        overSocket.awaitBegun();
      }
      overSocket.awaitInterrupted();
    }
  }

  // ---- over duet.v1

  @Test
  void aSocketCallsAndIsAnsweredByItsId() {
    try (Live live = live();
        var client = new SessionClient(live)) {
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":1,\"method\":\"echo\",\"data\":{\"n\":1}}"))
          .isEqualTo("{\"type\":\"result\",\"id\":1,\"data\":{\"got\": {\"n\":1}}}");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":\"b\",\"method\":\"echo\",\"data\":\"hi\"}"))
          .isEqualTo("{\"type\":\"result\",\"id\":\"b\",\"data\":\"got \\\"hi\\\"\"}");
      client.send(
          "{\"type\":\"rpc\",\"id\":3,\"method\":\"echo\"}",
          "\u00ff\u0000x".getBytes(StandardCharsets.ISO_8859_1));
      assertThat(client.next()).isEqualTo("{\"type\":\"result\",\"id\":3}|\u00ff\u0000x");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":4,\"method\":\"echo\",\"data64\":\"aGk=\"}"))
          .isEqualTo("{\"type\":\"result\",\"id\":4}|hi");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":5,\"method\":\"echo\"}"))
          .contains("\"data\":\"got \\\"\\\"\"");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":6,\"method\":\"done\"}"))
          .isEqualTo("{\"type\":\"result\",\"id\":6}");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":7,\"method\":\"refuse\",\"data\":\"r\"}"))
          .isEqualTo(
              "{\"type\":\"error\",\"id\":7,\"code\":\"sold-out\",\"message\":"
                  + "\"no seat in \\\"r\\\"\",\"method\":\"refuse\"}");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":8,\"method\":\"fail\"}"))
          .contains("\"code\":\"internal\"")
          .doesNotContain("secret");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":9,\"method\":\"none\"}"))
          .contains("\"code\":\"not-found\"")
          .doesNotContain("echo");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":10}")).contains("bad-parameter");
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":11,\"method\":\"a b\"}"))
          .contains("bad-parameter");
      assertThat(
              client.ask(
                  "{\"type\":\"rpc\",\"id\":12,\"method\":\"echo\",\"data\":1,\"data64\":\"\"}"))
          .contains("bad-parameter");
      client.send("{\"type\":\"rpc\",\"method\":\"echo\",\"data\":1}");
      assertThat(client.ask("{\"type\":\"ping\",\"id\":13}"))
          .as("without an id there is no result")
          .contains("pong");
      client.send("{\"type\":\"rpc\",\"method\":\"fail\"}");
      assertThat(client.next("error")).contains("\"code\":\"internal\"");
    }
  }

  @Test
  void aSlowMethodHoldsUpNothingOfItsSocket() throws Exception {
    var gate = new Gate();
    try (Live live = live();
        var client = new SessionClient(live)) {
      live.duet.rpc("gate", gate);
      client.ask("{\"type\":\"subscribe\",\"channel\":\"hello.rpc\"}");
      client.next("live");
      client.send("{\"type\":\"rpc\",\"id\":1,\"method\":\"gate\",\"data\":\"x\"}");
      for (int i = 0; i < 100; i++) {
        client.send("{\"type\":\"publish\",\"id\":2,\"channel\":\"hello.rpc\",\"data\":" + i + "}");
        client.next("publication");
      }
      assertThat(client.ask("{\"type\":\"rpc\",\"id\":3,\"method\":\"done\"}"))
          .as("and other calls are answered before it")
          .satisfiesAnyOf(
              one -> assertThat(one).contains("\"result\",\"id\":3"),
              one -> assertThat(one).contains("published"));
      gate.open.countDown();
      String answer = client.next("result");
      while (!answer.contains("\"id\":1,")) {
        answer = client.next("result");
      }
      assertThat(answer).contains("\"data\":\"done x\"");
    }
  }

  @Test
  void aCallBeginsAfterWhatWasSentBeforeIt() {
    try (Live live = live();
        var client = new SessionClient(live)) {
      live.duet.rpc("cursor", request -> RpcAnswer.text(live.duet.cursor().toString()));
      for (int i = 0; i < 50; i++) {
        client.send("{\"type\":\"publish\",\"id\":1,\"channel\":\"hello.rpc\",\"data\":1}");
        client.send("{\"type\":\"rpc\",\"id\":2,\"method\":\"cursor\"}");
        String published = Live.member(client.next("published"), "cursor");
        assertThat(Live.member(client.next("result"), "data")).isEqualTo(published);
      }
    }
  }

  @Test
  void manyCallsAtOnceAreEachAnsweredOnce() {
    int count = 2_000;
    try (Live live = live();
        var client = new SessionClient(live)) {
      var free = new CountDownLatch(1);
      var underWay = new AtomicInteger();
      var most = new AtomicInteger();
      live.duet.rpc(
          "many",
          request -> {
            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            free.await();
            underWay.decrementAndGet();
            return RpcAnswer.json(request.json());
          });
      var sending =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < count; i++) {
                  client.send(
                      "{\"type\":\"rpc\",\"id\":%d,\"method\":\"many\",\"data\":%d}"
                          .formatted(i, i));
                }
              },
              THREADS);
      while (underWay.get() < 64) {
        Thread.onSpinWait();
      }
      free.countDown();
      var ids = new TreeSet<Integer>();
      for (int i = 0; i < count; i++) {
        String result = client.next();
        assertThat(result).startsWith("{\"type\":\"result\"");
        assertThat(Live.member(result, "id")).isEqualTo(Live.member(result, "data"));
        assertThat(ids.add(Integer.parseInt(Live.member(result, "id")))).isTrue();
      }
      sending.join();
      assertThat(ids).hasSize(count);
      assertThat(most.get()).as("the bound on one socket's requests").isEqualTo(64);
    }
  }

  @Test
  void answersThatAreNotReadAreBounded() throws Exception {
    int count = 64;
    String large = "x".repeat(250 << 10);
    var all = new CountDownLatch(count);
    try (Live live = live(new Live(set -> set.withRpc(set.rpc().withMaxWaitingBytes(1 << 20))));
        var slow = new SlowSession(live.port)) {
      live.duet.rpc(
          "large",
          request -> {
            all.countDown();
            all.await();
            return RpcAnswer.text(large);
          });
      for (int i = 0; i < count; i++) {
        slow.send("{\"type\":\"rpc\",\"id\":" + i + ",\"method\":\"large\"}");
      }
      assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
      try (var other = new SessionClient(live)) {
        assertThat(other.ask("{\"type\":\"rpc\",\"id\":1,\"method\":\"large\"}"))
            .as("who reads has an answer, however many others do not")
            .startsWith("{\"type\":\"result\"");
      }
      Thread.sleep(1_000);
      int busy = 0;
      var ids = new TreeSet<Integer>();
      for (int i = 0; i < count; i++) {
        String answer = slow.next();
        ids.add(Integer.parseInt(Live.member(answer, "id")));
        if (answer.contains("\"code\":\"busy\"")) {
          busy++;
        } else {
          assertThat(answer.length()).isGreaterThan(large.length());
        }
      }
      assertThat(ids).as("each is answered").hasSize(count);
      assertThat(busy).as("beyond the bound and what sockets hold").isBetween(1, count - 1);
      slow.send("{\"type\":\"rpc\",\"id\":1,\"method\":\"large\"}");
      assertThat(slow.next().length()).as("there is room again").isGreaterThan(large.length());
    }
  }

  // ---- access

  private static Decision byName(Question question) {
    String user = question.caller().bearer();
    return question.names().contains("echo")
        ? Decision.forbidden("not for " + user)
        : user == null ? Decision.allow() : Decision.allow(user);
  }

  @Test
  void aCallIsAskedAboutAndTheUserIsHandedOn() {
    var asked = new LinkedBlockingQueue<String>();
    Access access =
        Access.blocking(
            question -> {
              asked.add(question.action() + " " + question.names());
              return byName(question);
            });
    try (Live live = live(new Live(settings -> settings.withAccess(access)))) {
      assertThat(live.post("/rpc/who", "x", "Authorization", "Bearer ann").body())
          .isEqualTo("ann /127.0.0.1");
      HttpResponse<String> refused = live.post("/rpc/echo", "x", "Authorization", "Bearer ann");
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.body()).contains("not for ann");
      assertThat(asked).containsExactly("RPC [who]", "RPC [echo]");
      try (var client = new SessionClient(live)) {
        assertThat(client.ask("{\"type\":\"rpc\",\"id\":1,\"method\":\"who\"}"))
            .contains("null /127.0.0.1");
        assertThat(client.ask("{\"type\":\"rpc\",\"id\":2,\"method\":\"echo\"}"))
            .contains("\"code\":\"forbidden\"");
        assertThat(client.ask("{\"type\":\"rpc\",\"id\":3,\"method\":\"none\"}"))
            .contains("not-found");
      }
      assertThat(asked)
          .containsExactly(
              "RPC [who]", "RPC [echo]", "CONNECT [/ws]", "RPC [who]", "RPC [echo]", "RPC [none]");
    }
  }

  @Test
  void whoMayNotCallDoesNotLearnWhatThereIs() {
    Access access = Access.blocking(question -> Decision.forbidden("no"));
    try (Live live = live(new Live(settings -> settings.withAccess(access)))) {
      String known = live.post("/rpc/echo", "x").body();
      assertThat(known)
          .contains("\"code\":\"forbidden\"")
          .isEqualTo(live.post("/rpc/none", "x").body());
    }
  }

  @Test
  void aHandlerPublishesAndItsCallerSeesIt() {
    try (Live live = live();
        var client = new SessionClient(live)) {
      live.duet.rpc(
          "say",
          request -> {
            live.duet
                .publish("hello.said", Draft.text(request.text()))
                .toCompletableFuture()
                .join();
            return RpcAnswer.DONE;
          });
      client.ask("{\"type\":\"subscribe\",\"channel\":\"hello.said\"}");
      client.next("live");
      client.send("{\"type\":\"rpc\",\"id\":1,\"method\":\"say\",\"data\":\"hello\"}");
      assertThat(client.next("publication")).contains("\"data\":\"hello\"");
    }
  }
}
