package dev.duet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The bench against a server that does wrong what a server can do wrong: it must see each, and
/// count it right.
final class BenchFaultsWireTest {
  private static final int SUBSCRIBERS = 3;
  private static final int MESSAGES = 20;

  private static Report measure(FaultyServer server) throws InterruptedException {
    return measure(server, Duration.ofSeconds(30));
  }

  private static Report measure(FaultyServer server, Duration drain) throws InterruptedException {
    URI uri = server.uri();
    Target duet = Target.duet(uri, Form.SSE, "r1");
    var target =
        new Target(
            uri,
            Form.SSE,
            "/sub",
            List.of(),
            null,
            uri + "/pub",
            "POST",
            duet.publishHeaders(),
            "{payload}",
            "any");
    var load = new Load(SUBSCRIBERS, 1, 20, 1, 128, 0, 1, 1);
    var times =
        new Times(
            Duration.ZERO,
            Duration.ofSeconds(1),
            Duration.ofMillis(200),
            drain,
            Duration.ofSeconds(60),
            1_000);
    return new Bench(new Plan("r1", target, load, times, 1, List.of()), line -> {}).run();
  }

  @Test
  void aServerWithoutFaultIsClean() throws InterruptedException {
    try (var server = new FaultyServer(FaultyServer.none())) {
      Report report = measure(server);
      assertThat(report.published()).isBetween(1L, (long) MESSAGES);
      assertThat(report.acknowledged()).isEqualTo(report.published());
      assertThat(report.owed()).isEqualTo(SUBSCRIBERS * report.published());
      assertThat(report.deliveries()).isEqualTo(report.owed());
      assertThat(report.isClean()).isTrue();
      assertThat(report.trouble()).isEmpty();
    }
  }

  @Test
  void lossIsSeen() throws InterruptedException {
    try (var server =
        new FaultyServer(
            sent ->
                sent.number() == 3 || sent.number() == 4 ? List.of() : List.of(sent.payload()))) {
      Report report = measure(server, Duration.ofSeconds(3));
      assertThat(report.lost()).isEqualTo(2 * SUBSCRIBERS);
      assertThat(report.repeated() + report.outOfOrder()).isZero();
      assertThat(report.isClean()).isFalse();
    }
  }

  @Test
  void lossAtTheEndIsSeen() throws InterruptedException {
    try (var server =
        new FaultyServer(sent -> sent.number() >= 5 ? List.of() : List.of(sent.payload()))) {
      Report report = measure(server, Duration.ofSeconds(3));
      assertThat(report.lost()).isEqualTo((report.published() - 4) * SUBSCRIBERS);
      assertThat(report.isClean()).isFalse();
    }
  }

  @Test
  void repeatsAreSeen() throws InterruptedException {
    try (var server =
        new FaultyServer(
            sent ->
                sent.number() == 3
                    ? List.of(sent.payload(), sent.payload())
                    : List.of(sent.payload()))) {
      Report report = measure(server);
      assertThat(report.repeated()).isEqualTo(SUBSCRIBERS);
      assertThat(report.deliveries()).isEqualTo(report.owed() + SUBSCRIBERS);
      assertThat(report.lost() + report.outOfOrder()).isZero();
      assertThat(report.isClean()).isFalse();
    }
  }

  @Test
  void disorderIsSeen() throws InterruptedException {
    try (var server =
        new FaultyServer(
            sent ->
                switch (sent.number()) {
                  case 3 -> List.of();
                  case 4 -> List.of(sent.payload(), sent.before().get(2));
                  default -> List.of(sent.payload());
                })) {
      Report report = measure(server);
      assertThat(report.outOfOrder()).isEqualTo(SUBSCRIBERS);
      assertThat(report.lost() + report.repeated()).isZero();
      assertThat(report.isClean()).isFalse();
    }
  }

  @Test
  void whatBelongsToAnotherChannelIsSeen() throws InterruptedException {
    try (var server =
        new FaultyServer(
            sent ->
                sent.number() == 2
                    ? List.of(sent.payload(), sent.payload().replace("~db~r1~0~", "~db~r1~1~"))
                    : List.of(sent.payload()))) {
      Report report = measure(server);
      assertThat(report.misdelivered()).isEqualTo(SUBSCRIBERS);
      assertThat(report.isClean()).isFalse();
    }
  }

  /// What the server did not take is not lost on its way, but it is told.
  @Test
  void refusedPublishesAreSeenAndNotCountedAsLost() throws InterruptedException {
    try (var server = new FaultyServer(FaultyServer.none(), Set.of(2, 5))) {
      Report report = measure(server);
      assertThat(report.unpublished()).isEqualTo(2);
      assertThat(report.lost()).isZero();
      assertThat(report.trouble()).contains("503", "full up");
      assertThat(report.isClean()).isFalse();
    }
  }

  @Test
  void connectionsThatAreCutAreSeen() throws InterruptedException {
    try (var server = new FaultyServer(FaultyServer.none()).cutAfter(5)) {
      Report report = measure(server, Duration.ofSeconds(3));
      assertThat(report.gone()).isEqualTo(SUBSCRIBERS);
      assertThat(report.lost()).isEqualTo((report.published() - 5) * SUBSCRIBERS);
      assertThat(report.trouble()).contains("ended the stream");
      assertThat(report.isClean()).isFalse();
    }
  }

  @Test
  void whereNobodyListensItSaysSo() throws IOException {
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    Target duet = Target.duet(URI.create("http://127.0.0.1:" + free), Form.SSE, "r1");
    var plan = new Plan("r1", duet, Scenario.STEADY.load(), Times.DEFAULT, 1, List.of());
    assertThatThrownBy(() -> new Bench(plan, line -> {}).run())
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("no subscriber could connect to http://127.0.0.1:" + free)
        .hasMessageContaining("refused");
  }
}
