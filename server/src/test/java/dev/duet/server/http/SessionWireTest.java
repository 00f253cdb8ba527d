package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `duet.v1`: what is followed, and from where.
class SessionWireTest {
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
  void whatIsPublishedIsDeliveredWithOneOrderAndOneCursor() {
    try (var client = new SessionClient(live, "duet.v1")) {
      assertThat(client.socket.getSubprotocol()).isEqualTo("duet.v1");
      assertThat(
              client.ask(
                  "{\"type\":\"subscribe\",\"id\":1,\"channels\":[\"hello.b\",\"hello.a\"]}"))
          .matches(
              "\\{\"type\":\"subscribed\",\"id\":1,\"channels\":\\[\"hello.a\",\"hello.b\"],"
                  + "\"cursor\":\"[^\"]+\"}");
      assertThat(client.next())
          .matches(
              "\\{\"type\":\"live\",\"channels\":\\[\"hello.a\",\"hello.b\"],\"cursor\":\"[^\"]+\"}");
      long first = live.publish("/channels/hello.b?event=e", "{\"n\":1}");
      long second = live.publish("/channels/hello.a", "text");
      assertThat(client.next())
          .matches(
              "\\{\"type\":\"publication\",\"channel\":\"hello.b\",\"offset\":"
                  + first
                  + ",\"cursor\":\"[a-z0-9]{5}."
                  + first
                  + "\",\"event\":\"e\",\"time\":[0-9]+,\"data\":\\{\"n\":1}}");
      assertThat(client.next()).contains("\"offset\":" + second, "\"data\":\"text\"");
    }
  }

  @Test
  void eachChannelBeginsWhereItSays() {
    live.publish("/channels/hello.c1", "one");
    String cursor = live.cursor();
    live.publish("/channels/hello.c1", "two");
    live.publish("/channels/hello.c2", "three");
    live.publish("/channels/hello.c3", "four");
    try (var client = new SessionClient(live)) {
      client.send(
          "{\"type\":\"subscribe\",\"id\":\"s\",\"since\":\"start\",\"channels\":[\"hello.c3\","
              + "{\"channel\":\"hello.c1\",\"cursor\":\""
              + cursor
              + "\"},{\"channel\":\"hello.c2\",\"since\":\"now\"}]}");
      var got = new StringBuilder();
      for (int lives = 0; lives < 3; ) {
        String message = client.next();
        got.append(message);
        lives += SessionClient.type(message).equals("live") ? 1 : 0;
      }
      assertThat(got).contains("\"two\"", "\"four\"").doesNotContain("\"one\"", "\"three\"");
    }
  }

  @Test
  void whoComesBackWithTheSharedCursorGetsWhatItMissed() {
    String cursor;
    try (var client = new SessionClient(live)) {
      client.ask("{\"type\":\"subscribe\",\"channels\":[\"hello.r1\",\"hello.r2\"]}");
      client.next("live");
      live.publish("/channels/hello.r1", "one");
      cursor = Live.member(client.next("publication"), "cursor");
    }
    live.publish("/channels/hello.r2", "two");
    live.publish("/channels/hello.r1", "three");
    try (var client = new SessionClient(live)) {
      client.send(
          "{\"type\":\"subscribe\",\"channels\":[\"hello.r2\",\"hello.r1\"],\"cursor\":\""
              + cursor
              + "\"}");
      assertThat(client.next())
          .startsWith("{\"type\":\"subscribed\",\"channels\"")
          .contains(cursor);
      assertThat(client.next()).contains("\"two\"");
      assertThat(client.next()).contains("\"three\"");
      assertThat(client.next()).startsWith("{\"type\":\"live\"");
    }
  }

  @Test
  void aCursorThatCannotBeReadIsAGapAndASinceAnError() {
    live.publish("/channels/hello.gap", "held");
    try (var client = new SessionClient(live)) {
      assertThat(client.ask(subscribe("hello.gap", "\"cursor\":\"?\"")))
          .isEqualTo("{\"type\":\"subscribed\",\"id\":7,\"channels\":[\"hello.gap\"]}");
      assertThat(client.next())
          .startsWith("{\"type\":\"gap\",\"channel\":\"hello.gap\",\"from\":0,\"to\":")
          .contains("\"reason\":\"unknown-log\"", "\"state\":false");
      assertThat(client.next()).contains("\"held\"");
      client.next("live");
      assertThat(client.ask(subscribe("hello.other", "\"since\":\"?\"")))
          .startsWith(
              "{\"type\":\"error\",\"id\":7,\"code\":\"bad-cursor\",\"message\":\"'since' is");
    }
  }

  @Test
  void aLatestChannelBeginsWithItsState() {
    live.publish("/channels/state.s?key=a", "1");
    live.publish("/channels/state.s?key=a", "2");
    try (var client = new SessionClient(live)) {
      client.ask(subscribe("state.s", "\"since\":\"default\""));
      assertThat(client.next()).contains("\"key\":\"a\"", "\"data\":2");
      client.next("live");
      client.send(
          "{\"type\":\"publish\",\"id\":1,\"channel\":\"state.s\",\"key\":\"a\",\"deleted\":true}");
      assertThat(client.next("publication")).contains("\"deleted\":true").doesNotContain("data");
    }
  }

  @Test
  void bytesComeInABinaryFrame() {
    try (var client = new SessionClient(live)) {
      client.ask(subscribe("hello.bytes", "\"since\":\"now\""));
      client.next("live");
      client.send(
          "{\"type\":\"publish\",\"id\":1,\"channel\":\"hello.bytes\",\"event\":\"image\"}",
          new byte[] {0, -1, 'x'});
      String publication = client.next("publication");
      assertThat(publication)
          .startsWith("{\"type\":\"publication\",\"channel\":\"hello.bytes\"")
          .contains("\"event\":\"image\"")
          .doesNotContain("data")
          .endsWith("}|\u0000\u00ffx");
    }
  }

  @Test
  void afterAnUnsubscribeNothingMoreComesAndTheChannelMayBeFollowedAnew() {
    try (var client = new SessionClient(live)) {
      client.ask("{\"type\":\"subscribe\",\"channels\":[\"hello.u1\",\"hello.u2\"]}");
      client.next("live");
      assertThat(client.ask("{\"type\":\"unsubscribe\",\"id\":2,\"channel\":\"hello.u1\"}"))
          .isEqualTo("{\"type\":\"unsubscribed\",\"id\":2}");
      live.publish("/channels/hello.u1", "unheard");
      live.publish("/channels/hello.u2", "heard");
      assertThat(client.next()).contains("\"heard\"");
      client.send(subscribe("hello.u1", "\"since\":\"start\""));
      assertThat(client.next("publication")).contains("\"unheard\"");
      assertThat(client.next()).contains("\"live\"", "[\"hello.u1\"]");
      assertThat(client.ask("{\"type\":\"unsubscribe\",\"channels\":[\"hello.never\"]}"))
          .isEqualTo("{\"type\":\"unsubscribed\"}");
    }
  }

  @Test
  void whatIsUnsubscribedBeforeItBeganIsAnsweredAllTheSame() {
    try (var client = new SessionClient(live)) {
      for (int i = 0; i < 50; i++) {
        client.send(subscribe("hello.quick", "\"since\":\"now\""));
        client.send("{\"type\":\"unsubscribe\",\"id\":8,\"channel\":\"hello.quick\"}");
      }
      client.send("{\"type\":\"ping\",\"id\":9}");
      int subscribed = 0;
      int unsubscribed = 0;
      while (subscribed < 50 || unsubscribed < 50) {
        String message = client.next();
        assertThat(message).doesNotContain("error");
        subscribed += message.contains("\"subscribed\"") ? 1 : 0;
        unsubscribed += message.contains("\"unsubscribed\"") ? 1 : 0;
      }
    }
  }

  @Test
  void theEndOfAChannelIsTold() {
    try (var client = new SessionClient(live)) {
      client.ask(subscribe("hello.end", "\"since\":\"now\""));
      client.next("live");
      live.publish("/channels/hello.end?end", "bye");
      assertThat(client.next()).contains("\"bye\"");
      assertThat(client.next())
          .startsWith(
              "{\"type\":\"end\",\"channel\":\"hello.end\",\"reason\":\"ended\",\"cursor\"");
    }
    try (var client = new SessionClient(live)) {
      client.ask(subscribe("hello.end", "\"cursor\":\"" + live.cursor() + "\""));
      assertThat(client.next()).startsWith("{\"type\":\"end\",\"channel\":\"hello.end\"");
    }
  }

  @Test
  void aChannelIsFollowedOnceAndNoMoreThanAThousandAre() {
    try (var client = new SessionClient(live)) {
      client.ask(subscribe("hello.twice", "\"since\":\"now\""));
      client.next("live");
      assertThat(client.ask("{\"type\":\"subscribe\",\"channels\":[\"hello.x\",\"hello.twice\"]}"))
          .contains("\"code\":\"bad-request\"", "'hello.twice' is followed by this socket already");
      var names = new StringBuilder("\"hello.0\"");
      for (int i = 1; i < 999; i++) {
        names.append(",\"hello.").append(i).append('"');
      }
      assertThat(client.ask("{\"type\":\"subscribe\",\"channels\":[" + names + "]}"))
          .startsWith("{\"type\":\"subscribed\"");
      client.next("live");
      assertThat(client.ask(subscribe("hello.more", "\"since\":\"now\"")))
          .contains("\"code\":\"too-many-channels\"", "at most 1000", "follows 1000");
      assertThat(
              client.ask("{\"type\":\"subscribe\",\"channels\":[" + names + ",\"a\",\"b\",\"c\"]}"))
          .contains("\"code\":\"");
      live.publish("/channels/hello.500", "heard");
      assertThat(client.next("publication")).contains("\"heard\"");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "elsewhere | no-namespace | no namespace of this server takes channel 'elsewhere'",
        "a b | bad-channel | character U+0020",
        "'' | bad-channel | character"
      })
  void aChannelThatIsNoneIsRefused(String channel, String code, String why) {
    try (var client = new SessionClient(live)) {
      assertThat(client.ask(subscribe(channel, "\"since\":\"now\"")))
          .contains("\"type\":\"error\",\"id\":7,\"code\":\"" + code + "\"", why);
      assertThat(client.ask("{\"type\":\"history\",\"id\":8,\"channel\":\"" + channel + "\"}"))
          .contains("\"type\":\"error\",\"id\":8,\"code\":\"" + code + "\"");
    }
  }

  private static String subscribe(String channel, String beginning) {
    return "{\"type\":\"subscribe\",\"id\":7,\"channel\":\"" + channel + "\"," + beginning + "}";
  }
}
