package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.memory.LateBroker;
import java.net.http.WebSocketHandshakeException;
import java.util.ArrayList;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `duet.v1`: its handshake, publishing, pages, pings, and what is refused.
class SessionRequestWireTest {
  private static Live live;

  @BeforeAll
  static void start() {
    live = new Live();
  }

  @AfterAll
  static void stop() {
    live.close();
  }

  // ---- the handshake

  @Test
  void anUnknownSubProtocolIsRefusedBefore101AndDuetV1IsTakenFromAmongOthers() {
    try (var client = new SessionClient(live, "other", "duet.v1")) {
      assertThat(client.socket.getSubprotocol()).isEqualTo("duet.v1");
    }
    try (var client = new SessionClient(live)) {
      assertThat(client.socket.getSubprotocol()).isEmpty();
      assertThat(SessionClient.type(client.ask("{\"type\":\"ping\"}"))).isEqualTo("pong");
    }
    assertThatThrownBy(() -> new SessionClient(live, "other"))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            e -> assertThat(e.getResponse().statusCode()).isEqualTo(400));
  }

  @Test
  void whoDoesNotAskForAWebSocketIsToldSo() {
    assertThat(live.get("/ws").statusCode()).isEqualTo(426);
    assertThat(live.get("/ws?x=1").statusCode()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource({
    "/channels/hello, chat.v2, 101",
    "/channels/hello, duet.v1, 400",
    "/channels/hello, 'a b', 400",
    "/ws, chat.v2, 400"
  })
  void aSubProtocolOfASocketOnChannelsIsTheApplications(String path, String named, int status) {
    try (Live.Raw raw = live.open(path, handshake(named))) {
      String head = raw.until("\r\n\r\n");
      assertThat(head).startsWith("HTTP/1.1 " + status);
      if (status == 101) {
        assertThat(head).containsIgnoringCase("sec-websocket-protocol: " + named + "\r\n");
      }
    }
  }

  private static String[] handshake(String protocols) {
    return new String[] {
      "upgrade: websocket",
      "connection: upgrade",
      "sec-websocket-version: 13",
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
      "sec-websocket-protocol: " + protocols
    };
  }

  // ---- publishing

  @Test
  void aPublicationIsAcknowledgedWhenItIsCommitted() {
    var broker = new LateBroker(Live.NAMESPACES);
    try (Live late = new Live(broker);
        var client = new SessionClient(late)) {
      client.send("{\"type\":\"publish\",\"id\":1,\"channel\":\"hello\",\"data\":1}");
      client.send("{\"type\":\"ping\",\"id\":2}");
      assertThat(client.next()).contains("\"pong\",\"id\":2");
      assertThat(broker.pending(0)).isEqualTo(1);
      broker.commitAll();
      assertThat(client.next())
          .matches(
              "\\{\"type\":\"published\",\"id\":1,\"channel\":\"hello\",\"offset\":[0-9]+,"
                  + "\"cursor\":\"[^\"]+\",\"durability\":\"memory\",\"duplicate\":false}");
      client.send("{\"type\":\"publish\",\"channel\":\"hello\",\"data\":1}");
      while (broker.pending(0) == 0) {
        Thread.onSpinWait();
      }
      broker.fail(0);
      assertThat(client.next())
          .startsWith("{\"type\":\"error\",\"code\":\"not-committed\"")
          .contains("\"channel\":\"hello\"", "\"retry\":");
    }
  }

  @Test
  void publicationsAreAppendedInTheOrderInWhichTheyWereSent() {
    try (var client = new SessionClient(live)) {
      client.ask("{\"type\":\"subscribe\",\"channel\":\"hello.order\"}");
      client.next("live");
      for (int i = 0; i < 500; i++) {
        // the large ones are read on another thread
        String pad = i % 50 == 0 ? " ".repeat(70_000) : "";
        client.send(
            "{\"type\":\"publish\",\"channel\":\"hello.order\""
                + pad
                + ",\"data\":\"n"
                + i
                + "\"}");
      }
      for (int i = 0; i < 500; i++) {
        assertThat(client.next()).contains("\"data\":\"n" + i + "\"");
      }
    }
  }

  @Test
  void theSecondTryIsAnsweredTheFirstOffset() {
    try (var client = new SessionClient(live)) {
      String publish = publish("hello.twice", "\"data\":1,\"idempotencyKey\":\"k\"");
      String first = client.ask(publish);
      String second = client.ask(publish);
      assertThat(Live.offset(second)).isEqualTo(Live.offset(first));
      assertThat(second).contains("\"duplicate\":true");
      assertThat(client.ask(publish("hello.twice", "\"data\":2,\"idempotencyKey\":\"k\"")))
          .contains("\"code\":\"idempotency-conflict\"", "\"offset\":" + Live.offset(first));
    }
  }

  @Test
  void conditionsAndEndsAreTold() {
    try (var client = new SessionClient(live)) {
      long last = Live.offset(client.ask(publish("hello.if", "\"data\":1,\"ifMatch\":0")));
      assertThat(client.ask(publish("hello.if", "\"data\":1,\"ifMatch\":0")))
          .startsWith("{\"type\":\"error\",\"id\":3,\"code\":\"mismatch\",\"message\":\"")
          .endsWith("\"channel\":\"hello.if\",\"offset\":" + last + "}");
      long end =
          Live.offset(
              client.ask(publish("hello.if", "\"data\":1,\"end\":true,\"ifMatch\":" + last)));
      assertThat(client.ask(publish("hello.if", "\"data\":1")))
          .contains("\"code\":\"ended\"", "\"offset\":" + end);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "hello~presence | \"data\":1 | reserved-channel | read-only",
        "elsewhere | \"data\":1 | no-namespace | no namespace",
        "hello | \"event\":\"open\",\"data\":1 | bad-event | reserved",
        "hello | \"idempotencyKey\":\"a b\",\"data\":1 | bad-key | visible ASCII",
        "hello | \"x\":1 | bad-parameter | 'publish' has no member 'x'; allowed are channel, data",
        "hello | \"event\":\"e\" | bad-parameter | one of data, data64",
        "hello | \"deleted\":true,\"key\":\"k\" | bad-parameter | keeps no latest publication"
      })
  void aPublicationThatIsRefusedIsTold(String channel, String members, String code, String why) {
    try (var client = new SessionClient(live)) {
      assertThat(client.ask(publish(channel, members)))
          .startsWith("{\"type\":\"error\",\"id\":3,\"code\":\"" + code + "\"")
          .contains(why);
      assertThat(SessionClient.type(client.ask("{\"type\":\"ping\"}"))).isEqualTo("pong");
    }
  }

  @Test
  void aPublicationBeyondTheLimitIsRefusedAndAMessageFarBeyondItCloses() {
    try (var client = new SessionClient(live)) {
      int most = 256 << 10;
      assertThat(client.ask(publish("hello.big", "\"data\":\"" + "x".repeat(most) + "\"")))
          .contains("\"published\"");
      assertThat(client.ask(publish("hello.big", "\"data\":\"" + "x".repeat(most + 1) + "\"")))
          .contains("\"code\":\"too-large\"", "at most 262144 bytes, this one 262145");
      client.send(publish("hello.big", "\"data\":\"" + "x".repeat(3 * most) + "\""));
      assertThat(client.closed()).startsWith("1009");
    }
  }

  @Test
  void aServerThatIsBusySaysWhenToTryAgain() {
    try (Live busy = Live.busy();
        var client = new SessionClient(busy)) {
      assertThat(client.ask(publish("hello", "\"data\":1")))
          .contains("\"code\":\"busy\"", "\"retry\":", "\"channel\":\"hello\"");
    }
  }

  private static String publish(String channel, String members) {
    return "{\"type\":\"publish\",\"id\":3,\"channel\":\"" + channel + "\"," + members + "}";
  }

  // ---- pages and pings

  @Test
  void aPageOfHistoryFollowsThePageBeforeIt() {
    for (int i = 0; i < 5; i++) {
      live.publish("/channels/hello.h", "" + i);
    }
    live.publish("/channels/hello.h", "\u0000", "content-type", "application/octet-stream");
    try (var client = new SessionClient(live)) {
      String page = client.ask(history("\"since\":\"start\",\"limit\":3"));
      assertThat(page)
          .startsWith("{\"type\":\"history\",\"id\":4,\"cursor\":\"")
          .contains("\"data\":0", "\"data\":2", "\"gaps\":[],\"more\":true,\"ended\":[]}");
      String next = client.ask(history("\"cursor\":\"" + Live.member(page, "cursor") + "\""));
      assertThat(next).contains("\"data\":3", "\"data64\":\"AA==\"", "\"more\":false");
      assertThat(client.ask(history("\"before\":\"now\",\"limit\":2")))
          .contains("\"data\":4", "data64")
          .doesNotContain("\"data\":3");
      assertThat(client.ask(history("\"cursor\":\"zzzzz.1\"")))
          .contains("\"gaps\":[{\"channel\":\"hello.h\"", "unknown-log");
      assertThat(client.ask(history("\"before\":\"now\",\"since\":\"now\"")))
          .contains("bad-parameter", "'before' does not go together");
      assertThat(client.ask(history("\"limit\":1001")))
          .contains("bad-parameter", "'limit' is a whole number from 1 to 1000");
    }
  }

  private static String history(String members) {
    return "{\"type\":\"history\",\"id\":4,\"channel\":\"hello.h\"," + members + "}";
  }

  @Test
  void aPingIsAnsweredWithWhereTheServerStands() {
    try (var client = new SessionClient(live)) {
      String cursor = live.cursor();
      assertThat(client.ask("{\"type\":\"ping\",\"id\":\"é\\n\"}"))
          .startsWith("{\"type\":\"pong\",\"id\":\"é\\n\",\"cursor\":\"")
          .contains(cursor.substring(0, 5));
    }
  }

  // ---- errors

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "hello | bad-json | byte",
        "[] | bad-json | not a JSON object",
        "{} | bad-request | a message has a 'type'; the types are history, ping, presence,"
            + " publish, rpc, subscribe",
        "{\"type\":\"x\"} | bad-request | there is no type 'x'; the types are",
        "{\"type\":1} | bad-parameter | 'type' is a string",
        "{\"type\":\"ping\",\"id\":-1} | bad-parameter | 'id' is a whole number",
        "{\"type\":\"ping\",\"id\":\"\"} | bad-parameter | 'id' is a string of 1 to 64",
        "{\"type\":\"ping\",\"x\":1} | bad-parameter | 'ping' has no member 'x'; allowed are id,"
            + " type",
        "{\"type\":\"subscribe\"} | bad-parameter | one of 'channel' (a name) and 'channels'",
        "{\"type\":\"subscribe\",\"channels\":[]} | bad-parameter | at least one",
        "{\"type\":\"subscribe\",\"channels\":[1]} | bad-parameter | is a list of names",
        "{\"type\":\"subscribe\",\"channels\":[{}]} | bad-parameter | object with a 'channel'",
        "{\"type\":\"unsubscribe\",\"channels\":[{}]} | bad-parameter | is a list of names"
      })
  void whatIsWrongIsSaidAndTheSocketGoesOn(String message, String code, String why) {
    try (var client = new SessionClient(live)) {
      assertThat(client.ask(message))
          .startsWith("{\"type\":\"error\",\"code\":\"" + code + "\",\"message\":\"")
          .contains(why);
      assertThat(SessionClient.type(client.ask("{\"type\":\"ping\"}"))).isEqualTo("pong");
    }
  }

  @Test
  void aBinaryMessageIsAHeaderAndAPayload() {
    try (var client = new SessionClient(live)) {
      client.socket.sendBinary(java.nio.ByteBuffer.wrap(new byte[] {1}), true).join();
      assertThat(client.next()).contains("bad-request", "this one has 1 bytes");
      client.socket.sendBinary(java.nio.ByteBuffer.wrap(new byte[] {0, 9, '{'}), true).join();
      assertThat(client.next()).contains("bad-request", "its header would have 9");
      client.send("{\"type\":\"ping\",\"id\":1}", new byte[0]);
      assertThat(client.next()).contains("\"id\":1", "bad-request", "comes in a text frame");
      client.send("{\"type\":\"publish\",\"id\":1,\"channel\":\"hello\",\"data\":1}", new byte[1]);
      assertThat(client.next()).contains("\"id\":1", "bad-parameter", "what follows the header");
    }
  }

  @Test
  void answersAreKnownByTheirIdWhateverTheirOrder() {
    try (var client = new SessionClient(live)) {
      var ids = new ArrayList<String>();
      for (int i = 0; i < 300; i++) {
        client.send("{\"type\":\"" + (i % 3 == 0 ? "x" : "ping") + "\",\"id\":" + i + "}");
        ids.add("" + i);
      }
      var answered = new ArrayList<String>();
      for (int i = 0; i < 300; i++) {
        answered.add(Live.member(client.next(), "id"));
      }
      assertThat(answered).containsExactlyInAnyOrderElementsOf(ids);
    }
  }
}
