package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.access.AccessSettings;
import dev.duet.server.access.Decision;
import dev.duet.server.access.OperatorSettings;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `~stats`: the server tells on a channel what it does, to its operators.
class StatsWireTest {
  private static final String KEY = "a-key-of-operators";

  @Test
  void whoFollowsIsToldOnceASecond() {
    try (var live = new Live();
        var hello = live.events("/channels/hello?since=now")) {
      hello.until("event: duet.live");
      live.publish("/channels/hello", "x");
      hello.until("data: x\n");
      try (var stats = live.events("/channels/~stats")) {
        stats.until("event: duet.live");
        stats.until("\n\n");
        String first = message(stats);
        assertThat(first)
            .contains("\"node\":\"127.0.0.1:" + live.port + "\"", "\"sse\":2", "\"published\":1,")
            .contains("\"delivered\":1,", "\"readers\":{\"live\":2,\"behind\":0}");
        assertThat(message(stats)).contains("\"perSecond\":{\"published\":0,");
        assertThat(live.page("/channels/~stats").body()).contains("\"key\":\"127.0.0.1:");
      }
    }
  }

  private static String message(Live.Raw stats) {
    stats.until("data: ");
    return stats.until("\n\n");
  }

  @Test
  void nothingIsPublishedWhileNobodyFollows() throws Exception {
    try (var live = new Live()) {
      String before = live.cursor();
      TimeUnit.MILLISECONDS.sleep(2_500);
      assertThat(live.cursor()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/event-stream",
        "application/x-ndjson",
        "application/json",
      })
  void othersAreRefused(String accept) {
    try (var live = new Live()) {
      for (String channels : new String[] {"~stats", "hello,~stats", "~connections", "~unknown"}) {
        var answer =
            live.get("/channels/" + channels, "Accept", accept, "X-Real-IP", "203.0.113.1");
        assertThat(answer.statusCode()).as(channels).isEqualTo(403);
      }
      assertThat(live.post("/channels/~stats", "x").statusCode()).isEqualTo(403);
    }
  }

  /// The application's own rule is not asked: it knows nothing of these channels.
  @Test
  void theKeyOpensWhateverTheApplicationSays() {
    try (var live =
        new Live(
            settings ->
                settings
                    .withOperators(OperatorSettings.DEFAULT.withKey(KEY).withLocal(false))
                    .withAccess(
                        AccessSettings.of(
                            question ->
                                CompletableFuture.completedStage(Decision.forbidden("no")))))) {
      assertThat(live.page("/channels/~stats").statusCode()).isEqualTo(401);
      var page =
          live.get(
              "/channels/~stats", "Accept", "application/json", "Authorization", "Bearer " + KEY);
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(
              live.get(
                      "/channels/hello,~stats",
                      "Accept",
                      "application/json",
                      "Authorization",
                      "Bearer " + KEY)
                  .statusCode())
          .isEqualTo(403);
    }
  }

  @Test
  void aSessionOfAnOperatorMayFollowThem() throws Exception {
    try (var live = new Live();
        var session = new SessionClient(live, "duet.v1")) {
      session.socket.sendText("{\"type\":\"subscribe\",\"channel\":\"~stats\"}", true).join();
      String heard = "";
      for (int i = 0; i < 10 && !heard.contains("perSecond"); i++) {
        heard = String.valueOf(session.heard.poll(60, TimeUnit.SECONDS));
      }
      assertThat(heard).contains("\"channel\":\"~stats\"", "\"duet.v1\":1");
    }
  }

  @Test
  void anotherSessionMayNot() throws Exception {
    try (var live =
            new Live(
                settings ->
                    settings.withOperators(
                        OperatorSettings.DEFAULT.withKey(KEY).withLocal(false)));
        var session = new SessionClient(live, "duet.v1")) {
      session.socket.sendText("{\"type\":\"subscribe\",\"channel\":\"~stats\"}", true).join();
      String heard = "";
      for (int i = 0; i < 10 && !heard.contains("\"error\""); i++) {
        heard = String.valueOf(session.heard.poll(60, TimeUnit.SECONDS));
      }
      assertThat(heard).contains("\"code\":\"unauthorized\"");
    }
  }
}
