package dev.duet.app.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.duet.app.client.Follower.Transport;
import dev.duet.broker.Retention;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a follower gets, through everything that happens to its connections.
final class FollowerWireTest {
  private static final int PATIENCE_SECONDS = 120;

  private Duet duet = start(0);

  private static Duet start(int port) {
    return Duet.start(DuetSettings.DEFAULT.withPort(port));
  }

  @AfterEach
  void stop() {
    duet.stop(Duration.ZERO);
  }

  private void publish(String channel, String text) {
    duet.publish(channel, Draft.of(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8)))
        .toCompletableFuture()
        .join();
  }

  private String url() {
    return "http://127.0.0.1:" + duet.port();
  }

  private static Follower follower(
      String url,
      String channels,
      @Nullable String since,
      Transport transport,
      Follower.Taker taker) {
    return new Follower(
        new Reading(Remote.at(url, List.of()), channels, since, null),
        transport,
        taker,
        (why, pause) -> {},
        () -> 0);
  }

  private static boolean inTime(CompletableFuture<Boolean> following) throws Exception {
    return following.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static CompletableFuture<Boolean> async(Follower follower) {
    var done = new CompletableFuture<Boolean>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                done.complete(follower.follow());
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            });
    return done;
  }

  @ParameterizedTest
  @EnumSource
  void everyPublicationComesOnceAndInOrderHoweverOftenItIsCut(Transport transport)
      throws Exception {
    int count = 150;
    long seed = new Random().nextLong();
    var seen = new ArrayList<String>();
    try (var proxy = new CuttingProxy(duet.port(), 3_000, seed)) {
      publish("b", "0");
      Follower follower =
          follower(
              proxy.url(),
              "a,b",
              "start",
              transport,
              message -> {
                seen.add(message.channel() + message.text("data"));
                return seen.size() < count;
              });
      CompletableFuture<Boolean> following = async(follower);
      for (int i = 1; i < count; i++) {
        publish(i % 3 == 0 ? "b" : "a", "" + i);
        Thread.sleep(i % 40 == 0 ? 50 : 0);
      }
      assertThat(inTime(following)).as("seed %d", seed).isFalse();
      assertThat(seen)
          .as("seed %d", seed)
          .isEqualTo(
              IntStream.range(0, count).mapToObj(i -> (i % 3 == 0 ? "b" : "a") + i).toList());
      assertThat(proxy.cuts).as("seed %d", seed).hasValueGreaterThan(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLastTenOfAChannelComeOnceThoughItIsCut(Transport transport) throws Exception {
    for (int i = 0; i < 100; i++) {
      publish("a", "" + i);
    }
    long seed = new Random().nextLong();
    var seen = new ArrayList<String>();
    try (var proxy = new CuttingProxy(duet.port(), 1_800, seed)) {
      Follower follower =
          follower(
              proxy.url(),
              "a",
              "-10",
              transport,
              message -> {
                seen.add(String.valueOf(message.text("data")));
                return seen.size() < 10;
              });
      inTime(async(follower));
      assertThat(seen)
          .as("seed %d", seed)
          .isEqualTo(IntStream.range(90, 100).mapToObj(String::valueOf).toList());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRestartOfALogInMemoryIsAGapAndThenItGoesOn(Transport transport) throws Exception {
    var seen = new CopyOnWriteArrayList<Message>();
    var first = new CountDownLatch(1);
    publish("a", "before");
    Follower follower =
        follower(
            url(),
            "a",
            "start",
            transport,
            message -> {
              seen.add(message);
              first.countDown();
              return !"after".equals(message.text("data"));
            });
    CompletableFuture<Boolean> following = async(follower);
    assertThat(first.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    int port = duet.port();
    duet.stop(Duration.ofSeconds(5));
    duet = start(port);
    publish("a", "after");
    assertThat(inTime(following)).isFalse();
    assertThat(seen).extracting(Message::isGap).containsExactly(false, true, false);
    assertThat(seen.get(1).json())
        .startsWith("{\"event\":\"duet.gap\"")
        .contains("\"data\":{\"channel\":\"a\",")
        .contains("\"reason\":\"unknown-log\"");
  }

  @ParameterizedTest
  @EnumSource
  void itEndsWithItsLastChannel(Transport transport) throws Exception {
    publish("a", "1");
    var seen = new ArrayList<String>();
    Follower follower =
        follower(
            url(),
            "a,b,a",
            "start",
            transport,
            message -> {
              seen.add(message.channel() + (message.isEndOfChannel() ? "$" : message.text("data")));
              return true;
            });
    CompletableFuture<Boolean> following = async(follower);
    duet.publish("a", text("2").withEnd(true)).toCompletableFuture().join();
    duet.publish("b", text("3").withEnd(true)).toCompletableFuture().join();
    assertThat(inTime(following)).isTrue();
    assertThat(seen).contains("a$", "b$").containsSubsequence("a1", "a2", "b3").hasSize(5);
  }

  private static Draft text(String text) {
    return Draft.of(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsRefusedIsNotTriedAgain(Transport transport) {
    Follower follower = follower(url(), "a b", null, transport, message -> true);
    assertThatThrownBy(follower::follow)
        .isInstanceOf(ClientException.class)
        .message()
        .satisfiesAnyOf(
            text -> assertThat(text).startsWith("bad-channel: "),
            // The JDK's WebSocket does not read the body of a refusal.
            text -> assertThat(text).isEqualTo("status 400"));
  }

  @ParameterizedTest
  @EnumSource
  void whoIsNotThereAtTheFirstTryIsAnError(Transport transport) {
    Follower follower = follower("http://127.0.0.1:1", "a", null, transport, message -> true);
    assertThatThrownBy(follower::follow)
        .isInstanceOf(ClientException.class)
        .hasMessageStartingWith("http://127.0.0.1:1 takes no connections; does the server run?");
  }

  @Test
  void aStateComesFirstAlsoInPages() throws Exception {
    duet.stop(Duration.ZERO);
    duet =
        Duet.start(
            DuetSettings.DEFAULT
                .withPort(0)
                .withNamespaces(
                    new dev.duet.broker.Namespaces(
                        List.of(
                            new dev.duet.broker.Namespace(
                                "*",
                                Retention.DEFAULT.withMode(Retention.Mode.LATEST),
                                dev.duet.broker.Durability.MEMORY)))));
    duet.publish("a", text("1").withKey("k")).toCompletableFuture().join();
    for (Transport transport : Transport.values()) {
      var seen = new ArrayList<String>();
      inTime(
          async(
              follower(
                  url(),
                  "a",
                  null,
                  transport,
                  message -> {
                    seen.add(message.text("key") + message.text("data"));
                    return false;
                  })));
      assertThat(seen).as("%s", transport).containsExactly("k1");
    }
  }

  @Test
  void itWaitsAsLongAsItIsTold() throws Exception {
    var asked = new AtomicInteger();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          int number = asked.incrementAndGet();
          if (number == 1) {
            exchange.getResponseHeaders().set("Retry-After", "1");
            exchange.sendResponseHeaders(503, -1);
          } else {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            String stream =
                number == 2
                    ? "id: x.1\n\nretry: 700\nevent: duet.end\n"
                        + "data: {\"reason\":\"restart\",\"retry\":700}\n\n"
                    : "data: {\"channel\":\"a\",\"offset\":2,\"cursor\":\"x.2\",\"data\":\""
                        + exchange.getRequestHeaders().getFirst("Last-Event-ID")
                        + "\"}\n\n";
            exchange.getResponseBody().write(stream.getBytes(StandardCharsets.UTF_8));
          }
          exchange.close();
        });
    server.start();
    try {
      var pauses = new CopyOnWriteArrayList<Duration>();
      var seen = new ArrayList<String>();
      var follower =
          new Follower(
              new Reading(
                  Remote.at("http://127.0.0.1:" + server.getAddress().getPort(), List.of()),
                  "a",
                  null,
                  null),
              Transport.SSE,
              message -> seen.add(String.valueOf(message.text("data"))) && false,
              (why, pause) -> pauses.add(pause),
              () -> 0);
      assertThat(inTime(async(follower))).isFalse();
      assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofMillis(700));
      assertThat(seen).containsExactly("x.1");
      assertThat(follower.stop(Duration.ZERO)).isEqualTo("x.2");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aMessageThatCouldNotBeTakenIsNotBehindTheCursor() throws Exception {
    publish("a", "1");
    publish("a", "2");
    var seen = new ArrayList<String>();
    Follower follower =
        follower(
            url(),
            "a",
            "start",
            Transport.SSE,
            message -> {
              if ("2".equals(message.text("data"))) {
                throw new IllegalStateException("full");
              }
              return seen.add(String.valueOf(message.cursor()));
            });
    assertThatThrownBy(() -> inTime(async(follower))).hasRootCauseMessage("full");
    assertThat(seen).containsExactly(follower.stop(Duration.ZERO));
  }
}
