package dev.duet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The bench against a real Duet, small.
final class BenchWireTest {
  private static final int SUBSCRIBERS = 50;
  private static final Times SHORT =
      new Times(
          Duration.ofMillis(500),
          Duration.ofSeconds(1),
          Duration.ofMillis(200),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          1_000);

  private Duet duet;

  @BeforeEach
  void start() {
    duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
  }

  @AfterEach
  void stop() {
    duet.close();
  }

  private Target target(Form form, String run) {
    return Target.duet(URI.create("http://127.0.0.1:" + duet.port()), form, run);
  }

  private Plan plan(Form form, Load load, Times times) {
    return new Plan(
        "r1", target(form, "r1"), load, times, 2, List.of(ProcessHandle.current().pid()));
  }

  private static Report run(Plan plan) throws InterruptedException {
    return new Bench(plan, line -> {}).run();
  }

  @ParameterizedTest
  @EnumSource
  void everybodyGetsEverythingOnceAndInOrder(Form form) throws InterruptedException {
    Report report = run(plan(form, new Load(SUBSCRIBERS, 1, 40, 1, 128, 0, 1, 16), SHORT));
    assertThat(report.trouble()).isEmpty();
    assertThat(report.connected()).isEqualTo(SUBSCRIBERS);
    assertThat(report.published()).isBetween(1L, 60L);
    assertThat(report.acknowledged()).isEqualTo(report.published());
    assertThat(report.owed()).isEqualTo(SUBSCRIBERS * report.published());
    assertThat(report.deliveries()).isEqualTo(report.owed());
    assertThat(report.isClean()).isTrue();
    assertThat(report.connect().count()).isEqualTo(SUBSCRIBERS);
    assertThat(report.latency().count()).isPositive().isLessThan(report.deliveries());
    assertThat(report.last().count()).isEqualTo(report.latency().count() / SUBSCRIBERS);
    assertThat(report.last().p50()).isGreaterThanOrEqualTo(report.latency().p50());
    assertThat(report.server().residentBefore()).isPositive();
    assertThat(report.server().cpuSeconds()).isPositive();
  }

  @Test
  void subscribersAndMessagesAreSpreadOverChannels() throws InterruptedException {
    Report report = run(plan(Form.SSE, new Load(SUBSCRIBERS, 7, 70, 10, 300, 0, 3, 4), SHORT));
    assertThat(report.isClean()).isTrue();
    assertThat(report.owed()).isPositive();
    assertThat(report.deliveries()).isEqualTo(report.owed());
    assertThat(report.misdelivered()).isZero();
  }

  @ParameterizedTest
  @EnumSource(value = Form.class, mode = EnumSource.Mode.EXCLUDE, names = "POLL")
  void whoReturnsGetsWhatItMissed(Form form) throws InterruptedException {
    Report report = run(plan(form, new Load(SUBSCRIBERS, 2, 1, 1, 128, 20, 1, 16), SHORT));
    assertThat(report.isClean()).isTrue();
    assertThat(report.owed()).isEqualTo(SUBSCRIBERS * 20);
    assertThat(report.deliveries()).isEqualTo(SUBSCRIBERS * 20);
    assertThat(report.returned().count()).isEqualTo(SUBSCRIBERS);
    assertThat(report.returnSeconds()).isPositive();
  }

  @Test
  void oneListensWhileAnotherPublishes() throws Exception {
    var connected = new CountDownLatch(1);
    var listen =
        new Bench(
            new Plan(
                "r2",
                target(Form.WEBSOCKET, "r2"),
                new Load(SUBSCRIBERS, 2, 0, 1, 128, 0, 1, 16),
                SHORT.withWindow(Duration.ZERO, Duration.ofMinutes(5)),
                1,
                List.of()),
            line -> connected.countDown());
    var listened =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return listen.run();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(connected.await(60, TimeUnit.SECONDS)).isTrue();
    Report published =
        run(
            new Plan(
                "r2",
                target(Form.SSE, "r2"),
                new Load(0, 2, 40, 1, 128, 0, 1, 16),
                SHORT,
                1,
                List.of()));
    assertThat(published.isClean()).isTrue();
    assertThat(published.answered().count()).isPositive();
    long all = published.published() * SUBSCRIBERS / 2;
    while (listen.deliveries() < all) {
      Thread.sleep(10);
    }
    listen.breakOff();
    Report heard = listened.get(60, TimeUnit.SECONDS);
    assertThat(heard.brokenOff()).isTrue();
    assertThat(heard.deliveries()).isEqualTo(all);
    assertThat(heard.owed()).isEqualTo(all);
    assertThat(heard.isClean()).isTrue();
    assertThat(heard.latency().count()).isEqualTo(all);
  }

  @Test
  void aSubscriberThatIsRefusedIsToldWhy() {
    URI base = URI.create("http://127.0.0.1:" + duet.port());
    Target known = Target.duet(base, Form.SSE, "r1");
    var target =
        new Target(
            base,
            Form.SSE,
            "/nowhere",
            List.of(),
            null,
            known.publishUrl(),
            "POST",
            known.publishHeaders(),
            known.publishBody(),
            known.channelName());
    var plan = new Plan("r1", target, Scenario.STEADY.load(), SHORT, 1, List.of());
    assertThatThrownBy(() -> run(plan))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("404");
  }
}
