package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.memory.LateBroker;
import dev.duet.server.http.Live.Raw;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Streams over HTTP: Server-Sent Events and lines of JSON.
class StreamWireTest {
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
  void anEventSourceGetsItsCursorFirstAndThenWhatIsPublished() {
    try (Raw raw = live.open("/channels/hello.a", "accept: text/event-stream")) {
      assertThat(raw.until("\r\n\r\n"))
          .startsWith("HTTP/1.1 200 OK\r\n")
          .contains(
              "\r\ncontent-type: text/event-stream\r\n",
              "\r\ncache-control: no-store, no-transform\r\n",
              "\r\nx-accel-buffering: no\r\n",
              "\r\nx-content-type-options: nosniff\r\n",
              "\r\nvary: Accept, Origin\r\n",
              "\r\nconnection: close\r\n")
          .doesNotContain("transfer-encoding", "content-length");
      assertThat(raw.until("\n\n")).matches("retry: 2000\nid: [a-z0-9]{5}\\.[0-9]+\n\n");
      assertThat(raw.until("\n\n")).contains("event: duet.live\n");
      long offset = live.publish("/channels/hello.a?event=news", "one\ntwo");
      assertThat(raw.until("\n\n"))
          .matches("id: [a-z0-9]{5}\\." + offset + "\nevent: news\ndata: one\ndata: two\n\n");
    }
  }

  @Test
  void curlGetsAStreamThatBeginsWithWhatElseThereIs() {
    for (String accept : new String[] {"accept: */*", "x-none: 1", "accept: text/*"}) {
      try (Raw raw = live.open("/channels/hello.curl", accept)) {
        assertThat(raw.until("\r\n\r\n")).contains("text/event-stream");
        assertThat(raw.until("\n"))
            .startsWith(": ")
            .contains("application/x-ndjson", "application/json", "websocket");
      }
    }
  }

  @Test
  void overHttp10AStreamIsTheSame() {
    try (Raw raw = new Raw(live.duet.port())) {
      raw.send("GET /channels/hello.old HTTP/1.0\r\naccept: text/event-stream\r\n\r\n");
      assertThat(raw.until("\r\n\r\n")).contains(" 200 ").doesNotContain("transfer-encoding");
      raw.until("duet.live");
      live.publish("/channels/hello.old", "x");
      raw.until("data: x\n\n");
    }
  }

  @Test
  void linesOfJsonAreEnvelopes() {
    try (Raw raw = live.open("/channels/hello.nd", "accept: application/x-ndjson")) {
      assertThat(raw.until("\r\n\r\n")).contains("content-type: application/x-ndjson\r\n");
      assertThat(raw.until("\n")).matches("\\{\"cursor\":\"[^\"]+\"}\n");
      assertThat(raw.until("\n")).contains("\"event\":\"duet.live\"");
      live.publish("/channels/hello.nd?event=e", "{\"a\":1}");
      assertThat(raw.until("\n"))
          .matches(
              "\\{\"channel\":\"hello.nd\",\"offset\":[0-9]+,\"cursor\":\"[^\"]+\",\"event\":\"e\","
                  + "\"time\":[0-9]+,\"data\":\\{\"a\":1}}\n");
    }
  }

  @Test
  void anEnvelopeOnEventsIsTheSameObject() {
    live.publish("/channels/state.env?key=k", "x");
    try (Raw raw = live.events("/channels/state.env?envelope=json&since=start")) {
      raw.until("\n\n");
      assertThat(raw.until("\n\n"))
          .matches(
              "id: [^\n"
                  + "]+\n"
                  + "data:"
                  + " \\{\"channel\":\"state.env\",\"offset\":[0-9]+,\"cursor\":\"[^\"]+\",\"key\":\"k\",\"time\":[0-9]+,\"data\":\"x\"}\n\n");
    }
  }

  @Test
  void bytesAreADataUrl() {
    live.send(
        "POST",
        "/channels/hello.bin",
        new byte[] {0, 1},
        "Content-Type",
        "application/octet-stream");
    try (Raw raw = live.events("/channels/hello.bin?since=start")) {
      raw.until("data: data:application/octet-stream;base64,AAE=\n\n");
    }
  }

  @Test
  void aLineOfAPublicationCannotForgeAnEvent() {
    live.publish("/channels/hello.forge", "a\rid: forged\n\revent: forged\r\ndata: x");
    try (Raw raw = live.events("/channels/hello.forge?since=start")) {
      raw.until("\n\n");
      assertThat(raw.until("\n\n").strip().lines().skip(1))
          .allMatch(line -> line.startsWith("data:"));
    }
  }

  @Test
  void whoReturnsWithItsCursorGetsWhatItMissedOnAnyTransport() {
    String cursor = live.cursor();
    live.publish("/channels/hello.back", "missed");
    try (Raw raw = live.events("/channels/hello.back", "last-event-id: " + cursor)) {
      raw.until("data: missed\n\n");
    }
    for (String name : new String[] {"since", "last_event_id", "lastEventId"}) {
      try (Raw raw = live.events("/channels/hello.back?" + name + "=" + cursor)) {
        raw.until("data: missed\n\n");
      }
    }
    assertThat(live.page("/channels/hello.back?since=" + cursor).body())
        .contains("\"data\":\"missed\"");
  }

  @Test
  void theHeaderWinsOverTheQueryAndTheIdOverSince() {
    String before = live.cursor();
    live.publish("/channels/hello.wins", "1");
    String after = live.cursor();
    live.publish("/channels/hello.wins", "2");
    for (String query :
        new String[] {"last_event_id=" + before, "since=start", "lastEventId=" + before}) {
      try (Raw raw = live.events("/channels/hello.wins?" + query, "last-event-id: " + after)) {
        assertThat(raw.until("data: 2\n\n")).doesNotContain("data: 1");
      }
    }
    try (Raw raw = live.events("/channels/hello.wins?since=start&last_event_id=" + after)) {
      assertThat(raw.until("data: 2\n\n")).doesNotContain("data: 1");
    }
    try (Raw raw = live.events("/channels/hello.wins?since=start", "last-event-id: ")) {
      raw.until("data: 1\n\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "zzzzz.1", "%C3%BC", "abcde.99999999999999999999"})
  void anIdThatCannotBeReadIsAGapAndNeverAnError(String id) {
    live.publish("/channels/hello.gap", "held");
    try (Raw raw = live.events("/channels/hello.gap?last_event_id=" + id)) {
      assertThat(raw.until("data: held\n\n"))
          .contains(
              "event: duet.gap\ndata: {\"channel\":\"hello.gap\"", "\"reason\":\"unknown-log\"");
    }
    try (Raw raw = live.events("/channels/hello.gap", "last-event-id: " + id + "\u00ff")) {
      raw.until("\"reason\":\"unknown-log\"");
    }
  }

  @Test
  void aCursorBeyondTheEndIsAGap() {
    live.publish("/channels/hello.beyond", "held");
    String log = live.cursor().substring(0, 5);
    try (Raw raw = live.events("/channels/hello.beyond?since=" + log + ".9007199254740991")) {
      assertThat(raw.until("data: held\n\n")).contains("\"reason\":\"unknown-offset\"");
    }
  }

  @Test
  void sinceTakesStartsAndTimes() throws InterruptedException {
    live.publish("/channels/hello.since", "1");
    live.publish("/channels/hello.since", "2");
    Thread.sleep(5);
    String time = java.time.Instant.now().toString();
    live.publish("/channels/hello.since", "3");
    try (Raw raw = live.events("/channels/hello.since?since=-2")) {
      assertThat(raw.until("data: 3\n\n")).contains("data: 2").doesNotContain("data: 1");
    }
    try (Raw raw = live.events("/channels/hello.since?since=" + time)) {
      assertThat(raw.until("data: 3\n\n")).doesNotContain("data: 2");
    }
    try (Raw raw = live.events("/channels/hello.since?since=now")) {
      assertThat(raw.until("duet.live")).doesNotContain("data: ");
    }
  }

  @Test
  void aLatestChannelBeginsWithItsState() {
    live.publish("/channels/state.latest?key=a", "1");
    live.publish("/channels/state.latest?key=a", "2");
    try (Raw raw = live.events("/channels/state.latest")) {
      assertThat(raw.until("duet.live")).contains("data: 2").doesNotContain("data: 1");
      live.send("DELETE", "/channels/state.latest?key=a", new byte[0]);
      raw.until("event: duet.delete\ndata: {\"channel\":\"state.latest\",\"key\":\"a\"");
    }
  }

  @Test
  void severalChannelsAreOneStreamInOneOrder() {
    String cursor = live.cursor();
    for (int i = 0; i < 20; i++) {
      live.publish("/channels/hello.s" + i % 3, "n" + i);
    }
    try (Raw raw =
        live.events(
            "/channels/hello.s2,hello.s0,hello.s1,hello.s0?envelope=json&since=" + cursor)) {
      String got = raw.until("\"data\":\"n19\"}");
      int last = -1;
      for (int i = 0; i < 20; i++) {
        int at = got.indexOf("\"data\":\"n" + i + "\"");
        assertThat(at).isGreaterThan(last);
        last = at;
      }
    }
  }

  @Test
  void aHundredChannelsAreAllowedAndOneMoreIsNot() {
    var names = new StringBuilder("hello.0");
    for (int i = 1; i < 100; i++) {
      names.append("%2Chello.").append(i);
    }
    try (Raw raw = live.events("/channels/" + names)) {
      raw.until("duet.live");
      live.publish("/channels/hello.77", "x");
      raw.until("data: x\n\n");
    }
    assertThat(live.get("/channels/" + names + ",hello.100").body()).contains("too-many-channels");
  }

  @Test
  void aNameMayComePercentEncoded() {
    live.publish("/channels/hello%2Ea%3Ab", "x");
    assertThat(live.page("/channels/hello.a:b?since=start").body()).contains("\"data\":\"x\"");
    assertThat(live.page("/channels/hello%252Ea").body())
        .contains("bad-channel", "'%' at position 5");
  }

  @Test
  void atTheEndOfItsChannelAStreamSaysSoAndEndsForGood() {
    try (Raw raw = live.events("/channels/hello.end")) {
      raw.until("duet.live");
      live.publish("/channels/hello.end?end", "bye");
      assertThat(raw.rest())
          .contains(
              "data: bye\n\n",
              "event: duet.end\ndata: {\"channel\":\"hello.end\",\"reason\":\"ended\"}\n\n");
    }
    String path = "/channels/hello.end";
    String cursor = live.cursor();
    assertThat(live.get(path, "Accept", "text/event-stream", "Last-Event-ID", cursor).statusCode())
        .isEqualTo(204);
    HttpResponse<String> lines =
        live.get(path, "Accept", "application/x-ndjson", "Last-Event-ID", cursor);
    assertThat(lines.statusCode()).isEqualTo(200);
    assertThat(lines.body()).contains("\"event\":\"duet.end\"", "\"reason\":\"ended\"");
    assertThat(live.get(path, "Last-Event-ID", cursor).body()).contains("event: duet.end\n");
    assertThat(live.page(path + "?wait=20s&since=" + cursor).body())
        .contains("\"ended\":[\"hello.end\"]");
  }

  @Test
  void whoAsksToEndAtAGapDoes() {
    try (Live forgetful = Live.forgetful()) {
      String cursor = forgetful.cursor();
      for (int i = 0; i < 5; i++) {
        forgetful.publish("/channels/short.a", "n" + i);
      }
      String path = "/channels/short.a?gap=end";
      String[] sse = {"Accept", "text/event-stream", "Last-Event-ID", cursor};
      assertThat(forgetful.get(path, sse).statusCode()).isEqualTo(204);
      String[] lines = {"Accept", "application/x-ndjson", "Last-Event-ID", cursor};
      assertThat(forgetful.get(path, lines).body()).contains("\"reason\":\"gap\"");
      try (Raw raw = forgetful.events("/channels/short.a", "last-event-id: " + cursor)) {
        assertThat(raw.until("data: n4\n\n"))
            .contains("\"reason\":\"retention\"")
            .doesNotContain("n2");
      }
    }
  }

  @Test
  void whatTheRingStillHasIsNoGapToEndAt() {
    String cursor = live.cursor();
    for (int i = 0; i < 5; i++) {
      live.publish("/channels/short.b", "n" + i);
    }
    try (Raw raw = live.events("/channels/short.b?gap=end", "last-event-id: " + cursor)) {
      assertThat(raw.until("data: n4\n\n")).contains("data: n0\n\n").doesNotContain("duet.gap");
    }
  }

  @Test
  void headIsAnsweredAtOnceWithoutABody() {
    try (Raw raw = new Raw(live.duet.port())) {
      raw.send("HEAD /channels/hello.head HTTP/1.1\r\nhost: localhost\r\n\r\n");
      String all = raw.rest();
      assertThat(all)
          .startsWith("HTTP/1.1 200 ")
          .contains("text/event-stream")
          .endsWith("\r\n\r\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "since=yesterday,bad-cursor",
    "since=,bad-cursor",
    "since=-0,bad-parameter",
    "since=2026-13-01T00:00:00Z,bad-parameter",
    "envelope=xml,bad-parameter",
    "gap=open,bad-parameter",
    "limit=1,bad-parameter",
    "wait=1s,bad-parameter"
  })
  void aBadParameterIsNamed(String query, String code) {
    HttpResponse<String> answer =
        live.get("/channels/hello?" + query, "Accept", "text/event-stream");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
  }

  @Test
  void theParameterThatLibrariesAddAgainstCachesIsDropped() {
    try (Raw raw = live.events("/channels/hello?_=123")) {
      raw.until("duet.live");
    }
  }

  @Test
  void aStoppingServerTellsAnEventSourceInBandWhenToReturn() {
    try (Live other = new Live();
        Raw events = other.events("/channels/hello");
        Raw lines = other.open("/channels/hello", "accept: application/x-ndjson")) {
      events.until("duet.live");
      lines.until("duet.live");
      CompletableFuture<Void> stopped =
          CompletableFuture.runAsync(() -> other.duet.stop(Duration.ofMinutes(1)));
      assertThat(events.rest())
          .containsPattern("retry: [0-9]+\nevent: duet.end\ndata: \\{\"reason\":\"restart\"");
      assertThat(lines.rest()).contains("\"event\":\"duet.end\"", "\"reason\":\"restart\"");
      stopped.join();
    }
  }

  @Test
  void aPublicationUnderWayIsFinishedByAGracefulStop() {
    var broker = new LateBroker(Live.NAMESPACES);
    try (Live late = new Live(broker)) {
      CompletableFuture<HttpResponse<String>> answer =
          CompletableFuture.supplyAsync(() -> late.post("/channels/hello", "x"));
      while (broker.pending(0) == 0) {
        Thread.onSpinWait();
      }
      CompletableFuture<Void> stopped =
          CompletableFuture.runAsync(() -> late.duet.stop(Duration.ofMinutes(1)));
      while (late.listens()) {
        Thread.onSpinWait();
      }
      assertThat(answer).isNotDone();
      broker.commitAll();
      assertThat(answer.join().statusCode()).isEqualTo(200);
      stopped.join();
    }
  }

  @Test
  void aPublicationWhoseCommitFailsIsNotAcknowledged() {
    var broker = new LateBroker(Live.NAMESPACES);
    try (Live late = new Live(broker)) {
      CompletableFuture<HttpResponse<String>> answer =
          CompletableFuture.supplyAsync(() -> late.post("/channels/hello", "x"));
      while (broker.pending(0) == 0) {
        Thread.onSpinWait();
      }
      broker.fail(0);
      assertThat(answer.join().statusCode()).isEqualTo(503);
      assertThat(answer.join().body()).contains("\"code\":\"not-committed\"");
    }
  }

  @Test
  void aTrimThatCannotBeCommittedIsNotAcknowledged() {
    var broker = new LateBroker(Live.NAMESPACES);
    try (Live late = new Live(broker)) {
      CompletableFuture<HttpResponse<String>> put =
          CompletableFuture.supplyAsync(() -> late.post("/channels/state?key=a", "1"));
      while (broker.pending(0) == 0) {
        Thread.onSpinWait();
      }
      broker.commitAll();
      assertThat(put.join().statusCode()).isEqualTo(200);
      CompletableFuture<HttpResponse<String>> trim =
          CompletableFuture.supplyAsync(
              () -> late.send("DELETE", "/channels/state?before=now", new byte[0]));
      while (broker.pending(0) == 0) {
        Thread.onSpinWait();
      }
      broker.fail(0);
      assertThat(trim.join().statusCode()).isEqualTo(503);
      assertThat(trim.join().body()).contains("\"code\":\"not-committed\"");
      assertThat(late.get("/channels/state", "accept", "application/json").body())
          .contains("\"key\":\"a\"");
    }
  }
}
