package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.DuetException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RoutesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "events | a | begins with a /",
        "/a b | a | has parts of",
        "/a//b | a | has parts of",
        "/a/../b | a | has no part '..'",
        "/a%20b | a | has parts of",
        "/{id | a | has parts of",
        "/x{id} | a | has parts of",
        "/{a}/{a} | a | each name in braces once",
        "/channels | a | server's own, as all that begin with /channels",
        "/channels/a | a | server's own",
        "/assets/a.js | a | server's own",
        "/cursor | a | server's own",
        "/health | a | server's own",
        "/metrics | a | server's own",
        "/rpc/a | a | server's own",
        "/ws | a | server's own",
        "/a | a b | character U+0020 at position 1",
        "/a | \"\" | 1 to 255 characters",
        "/a | user.{id} | has {id}, which is not in the path '/a'",
        "/a/{id} | user.{other} | has {other}, which is not in the path",
        "/a/{id} | user.{id | character '{' at position 5",
      })
  void whatIsWrongWithARouteIsSaid(String path, String channel, String why) {
    assertThatThrownBy(() -> Route.channel(path, channel))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aStartIsOneThatMeansTheSameToEveryone() {
    Route.ToChannel route = Route.channel("/a", "a");
    assertThat(route.withSince("-10").parameters()).containsEntry("since", "-10");
    assertThatThrownBy(() -> route.withSince("k3x9a.1767225600000000"))
        .hasMessageContaining("must be now, start, -1 to -");
    assertThatThrownBy(() -> route.withSince("-0")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPaceIsOneThatAReaderMayHave() {
    Route.ToChannel route = Route.channel("/a", "a");
    assertThat(route.parameters()).isEmpty();
    assertThat(route.withEvery(Duration.ofMinutes(1)).withSince("-10").withEnvelope().parameters())
        .containsEntry("every", "60000ms");
    for (Duration wrong : List.of(Duration.ofMillis(99), Duration.ofSeconds(61))) {
      assertThatThrownBy(() -> route.withEvery(wrong))
          .hasMessage(
              "'every' of the route '/a' is %d ms, but must be from 100 ms to 60 s",
              wrong.toMillis());
    }
  }

  @Test
  void theSamePathIsTakenOnce() {
    var routes = new Routes(List.of(Route.channel("/users/{id}/events", "user.{id}")));
    assertThatThrownBy(() -> routes.with(Route.channel("/users/{name}/events", "u.{name}")))
        .hasMessage(
            "the routes '/users/{id}/events' and '/users/{name}/events' take the same path");
  }

  @Test
  void whatSaysMoreCounts() {
    var routes =
        new Routes(
            List.of(
                Route.channel("/{a}/{b}", "one"),
                Route.channel("/users/{id}", "two"),
                Route.channel("/users/me", "three"),
                Route.channel("/{a}/me", "four")));
    assertThat(found(routes, "/users/me")).isEqualTo("three");
    assertThat(found(routes, "/users/7")).isEqualTo("two");
    assertThat(found(routes, "/others/me")).isEqualTo("four");
    assertThat(found(routes, "/others/7")).isEqualTo("one");
    assertThat(routes.find("/users")).isNull();
    assertThat(routes.find("/users/7/")).isNull();
    assertThat(routes.find("/")).isNull();
  }

  private static String found(Routes routes, String path) {
    return ((Route.ToChannel) routes.find(path).route()).channel();
  }

  @Test
  void whatStandsForANameIsPartOfAChannelsName() {
    Route.ToChannel route = Route.channel("/{team}/{id}", "team.{team}.{id},all.{team}");
    assertThat(route.channels(Map.of("team", "a", "id", "7"))).containsExactly("all.a", "team.a.7");
    for (String bad : List.of("", "a,b", "a~presence", "..", "a b", "ä", "x".repeat(250))) {
      assertThatThrownBy(() -> route.channels(Map.of("team", "a", "id", bad)))
          .as(bad)
          .isInstanceOf(DuetException.class);
    }
  }
}
