package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.access.AccessSettings;
import dev.duet.server.access.Decision;
import java.net.URI;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// `~connections`: who follows something, told to operators.
class ConnectionsWireTest {
  private static final String FOLLOW = "/channels/~connections";

  @Test
  void eachTransportIsThereWithItsChannelsUntilItGoes() throws Exception {
    try (var live = new Live();
        var events = live.events("/channels/hello-sse,hello-too?since=now");
        var lines = live.open("/channels/hello-lines", "accept: application/x-ndjson");
        var session = new SessionClient(live, "duet.v1")) {
      events.until("event: duet.live");
      lines.until("live");
      session.socket.sendText("{\"type\":\"subscribe\",\"channel\":\"hello-v1\"}", true).join();
      WebSocket socket =
          live.client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + live.port + "/channels/hello-socket"),
                  new WebSocket.Listener() {})
              .join();
      String id;
      try (var connections = live.events(FOLLOW)) {
        String sse = entry(connections, "sse", "hello-sse\",\"hello-too");
        assertThat(sse)
            .containsPattern(
                Pattern.compile("\\{\"id\":\"[0-9]+-[0-9]+\",\"remote\":\"127.0.0.1:[0-9]+\""))
            .containsPattern("\"since\":1[0-9]{12},")
            .contains("\"behind\":false");
        id = Live.member(sse, "id");
      }
      for (String[] other :
          new String[][] {
            {"ndjson", "hello-lines"},
            {"websocket", "hello-socket"},
            {"duet.v1", "hello-v1"},
            {"sse", "~connections"}
          }) {
        try (var connections = live.events(FOLLOW)) {
          entry(connections, other[0], other[1]);
        }
      }
      try (var connections = live.events(FOLLOW)) {
        connections.until("event: duet.live");
        events.close();
        gone(connections, id);
      }
      socket.abort();
    }
  }

  /// What has gone while nobody followed is not there for the next who does.
  @Test
  void whoComesBackFindsNothingStale() throws Exception {
    try (var live = new Live();
        var events = live.events("/channels/hello-gone?since=now")) {
      events.until("event: duet.live");
      String id;
      try (var connections = live.events(FOLLOW)) {
        id = Live.member(entry(connections, "sse", "hello-gone"), "id");
      }
      untilNobodyFollows(live);
      events.close();
      try (var connections = live.events(FOLLOW)) {
        gone(connections, id);
      }
      try (var connections = live.events(FOLLOW)) {
        assertThat(entry(connections, "sse", "~connections")).doesNotContain("hello-gone");
      }
    }
  }

  @Test
  void itSaysWhoTheUserIsAndHowManyMoreChannelsThereAre() {
    var channels = new StringBuilder("hello-0");
    for (int i = 1; i < 12; i++) {
      channels.append(",hello-").append(i);
    }
    try (var live =
            new Live(
                settings ->
                    settings.withAccess(
                        AccessSettings.of(
                            question -> CompletableFuture.completedStage(Decision.allow("ann")))));
        var events = live.events("/channels/" + channels + "?since=now")) {
      events.until("event: duet.live");
      try (var connections = live.events(FOLLOW)) {
        assertThat(entry(connections, "sse", "hello-0\",\"hello-1\",\"hello-10"))
            .contains("\"more\":2,\"user\":\"ann\"");
      }
    }
  }

  @Test
  void nothingIsPublishedWhileNobodyFollows() throws Exception {
    try (var live = new Live();
        var events = live.events("/channels/hello?since=now")) {
      events.until("event: duet.live");
      String before = live.cursor();
      TimeUnit.MILLISECONDS.sleep(4_500);
      assertThat(live.cursor()).isEqualTo(before);
    }
  }

  private static String entry(Live.Raw connections, String transport, String channels) {
    String wanted = "\"transport\":\"" + transport + "\",\"channels\":[\"" + channels + "\"";
    for (int i = 0; i < 100; i++) {
      connections.until("data: ");
      String data = connections.until("\n\n");
      if (data.contains(wanted)) {
        return data;
      }
    }
    throw new AssertionError("no " + wanted);
  }

  private static void gone(Live.Raw connections, String id) {
    for (int i = 0; i < 100; i++) {
      connections.until("event: duet.delete");
      if (connections.until("\n\n").contains("\"" + id + "\"")) {
        return;
      }
    }
    throw new AssertionError(id + " is still there");
  }

  private static void untilNobodyFollows(Live live) throws InterruptedException {
    for (int i = 0; i < 300; i++) {
      if (live.get(FOLLOW + "?info").body().contains("\"subscribers\":0")) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new AssertionError("somebody still follows");
  }
}
