package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pages of JSON and long polls.
class PageWireTest {
  private static Live live;

  @BeforeAll
  static void start() {
    live = new Live();
  }

  @AfterAll
  static void stop() {
    live.close();
  }

  @Test
  void aPageFollowsThePageBeforeIt() {
    for (int i = 0; i < 5; i++) {
      live.publish("/channels/hello.pages", "n" + i);
    }
    String first = live.page("/channels/hello.pages?since=start&limit=3").body();
    assertThat(first).contains("\"n0\"", "\"n2\"", "\"more\":true").doesNotContain("\"n3\"");
    String second =
        live.page("/channels/hello.pages?limit=3&since=" + Live.member(first, "cursor")).body();
    assertThat(second).contains("\"n3\"", "\"n4\"", "\"more\":false").doesNotContain("\"n2\"");
    String third = live.page("/channels/hello.pages?since=" + Live.member(second, "cursor")).body();
    assertThat(third).contains("\"publications\":[],\"gaps\":[],\"more\":false,\"ended\":[]}");
  }

  @Test
  void anEntryOfABackwardPageHasTheCursorJustAfterIt() {
    for (int i = 0; i < 4; i++) {
      live.publish("/channels/hello.backwards", "n" + i);
    }
    String last = live.page("/channels/hello.backwards?before=now&limit=2").body();
    String entry = last.substring(last.indexOf("publications"));
    assertThat(entry).contains("\"n2\"");
    assertThat(live.page("/channels/hello.backwards?since=" + Live.member(entry, "cursor")).body())
        .contains("\"n3\"")
        .doesNotContain("\"n2\"");
  }

  /// What is escaped or in base64 is longer in the page than in the log.
  @Test
  void aPageIsBoundedInTheBytesThatItHas() {
    String controls = "\u0001".repeat(200_000);
    for (int i = 0; i < 3; i++) {
      live.publish("/channels/hello.escaped", controls + i);
    }
    String path = "/channels/hello.escaped";
    String first = live.page(path + "?since=start").body();
    assertThat(first.length()).isGreaterThan(1_200_000).isLessThan(1_400_000);
    assertThat(first).contains("\"more\":true");
    String second = live.page(path + "?since=" + Live.member(first, "cursor")).body();
    assertThat(second).contains("\\u00011\"").contains("\"more\":true");
    String last = live.page(path + "?before=now").body();
    assertThat(last).contains("\\u00012\"", "\"more\":true").doesNotContain("\\u00011\"");
    String before = live.page(path + "?before=" + Live.member(last, "cursor")).body();
    assertThat(before).contains("\\u00011\"").doesNotContain("\\u00012\"");
  }

  @Test
  void backwardsAPagePrecedesThePageAfterIt() {
    for (int i = 0; i < 5; i++) {
      live.publish("/channels/hello.back", "n" + i);
    }
    String last = live.page("/channels/hello.back?before=now&limit=2").body();
    assertThat(last).contains("\"n3\"", "\"n4\"", "\"more\":true").doesNotContain("\"n2\"");
    String before =
        live.page("/channels/hello.back?limit=10&before=" + Live.member(last, "cursor")).body();
    assertThat(before).contains("\"n0\"", "\"n2\"", "\"more\":false").doesNotContain("\"n3\"");
  }

  @Test
  void whatIsMissingIsInThePage() {
    try (Live forgetful = Live.forgetful()) {
      String cursor = forgetful.cursor();
      for (int i = 0; i < 5; i++) {
        forgetful.publish("/channels/short.page", "n" + i);
      }
      assertThat(forgetful.page("/channels/short.page?since=" + cursor).body())
          .contains(
              "\"gaps\":[{\"channel\":\"short.page\"",
              "\"reason\":\"retention\"",
              "\"n3\"",
              "\"n4\"");
    }
  }

  @Test
  void whatRetentionTookButTheRingStillHasIsNoGap() {
    String cursor = live.cursor();
    for (int i = 0; i < 5; i++) {
      live.publish("/channels/short.ring", "n" + i);
    }
    assertThat(live.page("/channels/short.ring?since=" + cursor).body())
        .contains("\"n0\"", "\"n4\"", "\"gaps\":[]");
  }

  @Test
  void aPollThatFindsSomethingReturnsAtOnce() {
    String cursor = live.cursor();
    live.publish("/channels/hello.poll", "there");
    long began = System.nanoTime();
    assertThat(live.page("/channels/hello.poll?wait=50s&since=" + cursor).body())
        .contains("\"there\"");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void aPollReturnsWhenSomethingComes() throws InterruptedException {
    CompletableFuture<HttpResponse<String>> poll =
        CompletableFuture.supplyAsync(() -> live.page("/channels/hello.comes?wait=50s"));
    while (!poll.isDone()) {
      live.publish("/channels/hello.comes", "x");
      Thread.sleep(20);
    }
    assertThat(poll.join().body()).contains("\"data\":\"x\"");
  }

  @Test
  void aPollThatEndsEmptyIs200WithTheAdvancedCursor() {
    String before = live.cursor();
    live.publish("/channels/hello.other", "x");
    HttpResponse<String> poll = live.page("/channels/hello.empty?wait=100ms&since=" + before);
    assertThat(poll.statusCode()).isEqualTo(200);
    assertThat(poll.body()).contains("\"publications\":[]");
    assertThat(Live.member(poll.body(), "cursor")).isGreaterThan(before);
  }

  /// `printf 'GET …' | nc -N`: it sends FIN directly after its request.
  @Test
  void aClientThatHasShutDownItsSideGetsWhatThereIs() {
    String cursor = live.cursor();
    live.publish("/channels/hello.half", "there");
    for (String query : List.of("since=" + cursor, "wait=50s&since=" + cursor)) {
      try (Live.Raw raw =
          live.open("/channels/hello.half?" + query, "accept: application/json").endInput()) {
        assertThat(raw.rest()).startsWith("HTTP/1.1 200 ").contains("\"there\"");
      }
    }
    try (Live.Raw raw =
        live.open("/channels/hello.half?wait=50s", "accept: application/json").endInput()) {
      assertThat(raw.rest()).startsWith("HTTP/1.1 200 ").contains("\"publications\":[]");
    }
  }

  @Test
  void aStopAnswersWhoWaits() {
    try (Live other = new Live()) {
      CompletableFuture<HttpResponse<String>> poll =
          CompletableFuture.supplyAsync(() -> other.page("/channels/hello?wait=50s"));
      while (!other.get("/channels/hello?info").body().contains("\"subscribers\":1")) {
        Thread.onSpinWait();
      }
      other.duet.stop(Duration.ofMinutes(1));
      assertThat(poll.join().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aPollWhoseClientGoesAwayHurtsNobody() {
    live.open("/channels/hello.gone?wait=50s", "accept: application/json").close();
    live.publish("/channels/hello.gone", "x");
    assertThat(live.page("/channels/hello.gone?since=start").body()).contains("\"data\":\"x\"");
  }

  @Test
  void aHeadOfAPollDoesNotWait() {
    HttpResponse<String> head =
        live.send(
            "HEAD", "/channels/hello.head?wait=50s", new byte[0], "Accept", "application/json");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0,bad-parameter",
    "limit=1001,bad-parameter",
    "limit=x,bad-parameter",
    "wait=-1s,bad-parameter",
    "wait=56s,bad-parameter",
    "wait=1h,bad-parameter",
    "before=x,bad-cursor",
    "before=now&wait=1s,bad-parameter",
    "before=now&since=now,bad-parameter",
    "gap=end,bad-parameter",
    "envelope=xml,bad-parameter"
  })
  void aBadParameterIsNamed(String query, String code) {
    HttpResponse<String> answer = live.page("/channels/hello?" + query);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .contains("\"code\":\"" + code + "\"", query.substring(0, query.indexOf('=')));
  }
}
