package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `every=`: a reader's own pace.
class PaceWireTest {
  private static Live live;

  @BeforeAll
  static void start() {
    live = new Live();
  }

  @AfterAll
  static void stop() {
    live.close();
  }

  /// Publishes 1,000 updates of three keys in about a second, and a last one.
  ///
  /// @return how long it took
  private static Duration publish(String channel) throws InterruptedException {
    long begin = System.nanoTime();
    for (int number = 0; number < 1_000; number++) {
      publish(channel, "k" + number % 3, "n=" + number + ";");
      if (number % 10 == 0) {
        Thread.sleep(10);
      }
    }
    publish(channel, "k3", "last");
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static void publish(String channel, String key, String text) {
    Draft draft = Draft.of(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8)).withKey(key);
    live.duet.publish(channel, draft).toCompletableFuture().join();
  }

  private static List<Integer> numbers(String text) {
    return Pattern.compile("n=(\\d+);")
        .matcher(text)
        .results()
        .map(match -> Integer.valueOf(match.group(1)))
        .toList();
  }

  /// In each half of a second three at most, and as many again at both ends.
  private static int most(Duration took) {
    return 3 * ((int) took.dividedBy(Duration.ofMillis(500)) + 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/event-stream", "application/x-ndjson"})
  void onALatestChannelOnlyTheLastOfEachKeyComes(String form) throws InterruptedException {
    String channel = "state-" + form.replaceAll("[^a-z]", "");
    try (Live.Raw raw = live.open("/channels/" + channel + "?every=500ms", "accept: " + form)) {
      raw.until("duet.live");
      Duration took = publish(channel);
      List<Integer> got = numbers(raw.until("last"));

      assertThat(got).hasSizeLessThanOrEqualTo(most(took)).endsWith(997, 998, 999).isSorted();
    }
  }

  @Test
  void onAWebSocketToo() throws InterruptedException {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    WebSocket socket =
        live.client
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://127.0.0.1:" + live.port + "/channels/state-ws?every=500ms"),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean end) {
                    heard.add(text.toString());
                    from.request(1);
                    return null;
                  }
                })
            .join();
    publish("state-ws", "k0", "begin");
    var got = new StringBuilder();
    Duration took = publish("state-ws");
    while (!got.toString().endsWith("last")) {
      String message = heard.poll(60, TimeUnit.SECONDS);
      assertThat(message).as("after %s", got).isNotNull();
      got.append(message);
    }
    socket.abort();

    assertThat(numbers(got.toString()))
        .hasSizeLessThanOrEqualTo(most(took))
        .endsWith(997, 998, 999);
  }

  @Test
  void onASocketOfManyChannelsToo() throws InterruptedException {
    try (var session = new SessionClient(live, "/ws?every=500ms", new String[0])) {
      session.send("{\"type\":\"subscribe\",\"channels\":[\"state-v1\",\"hello-v1\"]}");
      session.next("live");
      Duration took = publish("state-v1");
      publish("hello-v1");
      var state = new StringBuilder();
      var hello = new StringBuilder();
      while (!hello.toString().contains("last")) {
        String message = session.next("publication");
        (message.contains("\"state-v1\"") ? state : hello).append(message);
      }

      assertThat(numbers(state.toString()))
          .hasSizeLessThanOrEqualTo(most(took))
          .endsWith(997, 998, 999);
      assertThat(numbers(hello.toString())).isEqualTo(IntStream.range(0, 1_000).boxed().toList());
    }
  }

  @Test
  void onAHistoryChannelNothingIsLeftOut() throws InterruptedException {
    try (Live.Raw raw = live.events("/channels/hello-pace?every=500ms")) {
      raw.until("duet.live");
      publish("hello-pace");

      assertThat(numbers(raw.until("last"))).isEqualTo(IntStream.range(0, 1_000).boxed().toList());
    }
  }

  @Test
  void whoeverIsCutResumesExactly() throws InterruptedException {
    String id;
    int had;
    try (Live.Raw raw = live.events("/channels/hello-cut?every=500ms")) {
      raw.until("duet.live");
      publish("hello-cut");
      String got = raw.until("n=500;");
      had = 501;
      id = got.substring(got.lastIndexOf("id: ") + 4, got.indexOf('\n', got.lastIndexOf("id: ")));
    }
    try (Live.Raw raw = live.events("/channels/hello-cut?every=500ms", "last-event-id: " + id)) {
      assertThat(numbers(raw.until("last")))
          .isEqualTo(IntStream.range(had, 1_000).boxed().toList());
    }
  }

  @Test
  void aPollWithAPaceTakesWhatComesWithTheFirst() {
    String cursor = live.cursor();
    live.publish("/channels/hello-poll", "one");
    long begin = System.nanoTime();
    HttpResponse<String> page =
        live.page("/channels/hello-poll?wait=10s&every=300ms&since=" + cursor);

    assertThat(page.body()).contains("\"data\":\"one\"");
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isGreaterThanOrEqualTo(Duration.ofMillis(300));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "99ms", "61s", "2m", "-1s", "1.5s", "often", ""})
  void aPaceHasBounds(String every) {
    HttpResponse<String> answer =
        live.get("/channels/hello?every=" + every, "Accept", "text/event-stream");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .contains("bad-parameter", "'every' is a time such as 25s or 500ms, at least 100ms and")
        .contains("at most 60s");
  }

  /// What comes to a poll that waits already is not kept until the end of its wait.
  @Test
  void aPollThatWaitsAnswersAtItsPaceAndNotAtTheEndOfItsWait() throws Exception {
    String cursor = live.cursor();
    CompletableFuture<String> answer = new CompletableFuture<>();
    long begin = System.nanoTime();
    Thread.ofVirtual()
        .start(
            () ->
                answer.complete(
                    live.page("/channels/hello-waits?wait=55s&every=1s&since=" + cursor).body()));
    Thread.sleep(300);
    publish("hello-waits", "k", "n=1;");
    assertThat(numbers(answer.get(60, TimeUnit.SECONDS))).containsExactly(1);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(50));
  }

  @ParameterizedTest
  @ValueSource(strings = {"every=1s", "every=2s&wait=1s", "every=1s&before=now"})
  void aPageThatDoesNotWaitHasNone(String parameters) {
    HttpResponse<String> answer = live.page("/channels/hello?" + parameters);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("'every' goes with 'wait'");
  }
}
