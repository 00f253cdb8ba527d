package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Draft;
import dev.duet.server.http.RpcWireTest.Gate;
import dev.duet.server.publish.Outcome;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A stop by a clock that stands still until the test moves it, so that nothing depends on how busy
/// the machine is.
@Timeout(300)
class DuetStopWireTest {
  private static final Duration GRACE = Duration.ofSeconds(10);

  /// Not the common pool, which the client may need.
  private static final Executor THREADS = task -> Thread.ofPlatform().daemon().start(task);

  private final AtomicLong nanos = new AtomicLong();

  private Live live() {
    return new Live(
        settings ->
            settings.withTransport(
                settings.transport().withClocks(nanos::get, settings.transport().wallClock())));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  private static void awaitWaiting(Thread thread) throws InterruptedException {
    for (int i = 0; i < 60_000 && thread.getState() != Thread.State.WAITING; i++) {
      assertThat(thread.isAlive()).isTrue();
      Thread.sleep(1);
    }
    assertThat(thread.getState()).isEqualTo(Thread.State.WAITING);
  }

  @Test
  void aStopLetsCallsEndAndThenInterruptsThem() throws Exception {
    var ends = new Gate();
    var stays = new Gate();
    Live live = live();
    try (var client = new SessionClient(live)) {
      live.duet.rpc("ends", ends).rpc("stays", stays);
      var ended = CompletableFuture.supplyAsync(() -> live.post("/rpc/ends", "x"), THREADS);
      var stayed = CompletableFuture.supplyAsync(() -> live.post("/rpc/stays", "x"), THREADS);
      client.send("{\"type\":\"rpc\",\"id\":1,\"method\":\"stays\",\"data\":\"y\"}");
      ends.awaitBegun();
      stays.awaitBegun();
      stays.awaitBegun();
      var stop = CompletableFuture.runAsync(() -> live.duet.stop(GRACE), THREADS);
      assertThat(client.next("end")).contains("restart");
      pass(GRACE.multipliedBy(9).dividedBy(10).minusNanos(1));
      ends.open.countDown();
      assertThat(get(ended).body()).isEqualTo("done x");
      assertThat(stayed).isNotDone();
      assertThat(stays.interrupted.getCount()).isOne();
      pass(Duration.ofNanos(1));
      HttpResponse<String> cut = get(stayed);
      assertThat(cut.statusCode()).isEqualTo(503);
      assertThat(cut.body()).contains("\"code\":\"stopping\"");
      stays.awaitInterrupted();
      assertThat(client.next("error")).contains("\"id\":1", "\"code\":\"stopping\"");
      assertThat(client.closed()).matches("1012 [0-9]+");
      get(stop);
    } finally {
      pass(GRACE);
      live.close();
    }
  }

  /// A client that does not close its connection is cut at the end, by that clock.
  @Test
  void whatIsLeftAfterTheGraceIsCut() throws Exception {
    var stays = new Gate();
    Live live = live();
    try (Live.Raw raw = new Live.Raw(live.port)) {
      live.duet.rpc("stays", stays);
      raw.send("POST /rpc/stays HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nx");
      stays.awaitBegun();
      var stop = CompletableFuture.runAsync(() -> live.duet.stop(GRACE), THREADS);
      while (live.listens()) {
        Thread.onSpinWait();
      }
      pass(GRACE.minusSeconds(1));
      raw.until("\"code\":\"stopping\"}");
      assertThat(stop).isNotDone();
      pass(Duration.ofSeconds(1));
      get(stop);
    } finally {
      pass(GRACE);
      live.close();
    }
  }

  @Test
  void whoStopsItAgainWaitsForTheStopUnderWay() throws Exception {
    var gate = new Gate();
    Live live = live();
    try {
      live.duet.rpc("gate", gate);
      var call = CompletableFuture.supplyAsync(() -> live.post("/rpc/gate", "x"), THREADS);
      gate.awaitBegun();
      Thread first = Thread.ofPlatform().daemon().start(() -> live.duet.stop(GRACE));
      while (live.listens()) {
        Thread.onSpinWait();
      }
      Thread second = Thread.ofPlatform().daemon().start(() -> live.duet.stop(Duration.ZERO));
      awaitWaiting(second);
      gate.open.countDown();
      assertThat(get(call).body()).as("the second cut nothing").isEqualTo("done x");
      second.join(60_000);
      assertThat(second.isAlive()).isFalse();
      assertThat(get(live.duet.publish("hello", Draft.text("x")).toCompletableFuture()))
          .as("all of it has ended, the log as well")
          .isInstanceOf(Outcome.Refused.class);
      first.join(60_000);
      assertThat(first.isAlive()).isFalse();
      live.duet.stop(GRACE);
    } finally {
      gate.open.countDown();
      pass(GRACE);
      live.close();
    }
  }

  /// The stop waits for the handler, so the handler does not wait for the stop.
  @Test
  void aHandlerThatStopsAServerThatIsStoppingDoesNotWait() throws Exception {
    var handles = new CountDownLatch(1);
    var stopping = new CountDownLatch(1);
    var returned = new CompletableFuture<Void>();
    Live live = live();
    try {
      live.duet.subscribe(
          "hello",
          (publication, cursor) -> {
            handles.countDown();
            stopping.await();
            live.duet.stop(GRACE);
            returned.complete(null);
          });
      live.duet.publish("hello", Draft.text("x")).toCompletableFuture().join();
      assertThat(handles.await(60, TimeUnit.SECONDS)).isTrue();
      var stop = CompletableFuture.runAsync(() -> live.duet.stop(GRACE), THREADS);
      while (live.listens()) {
        Thread.onSpinWait();
      }
      stopping.countDown();
      get(returned);
      get(stop);
    } finally {
      stopping.countDown();
      pass(GRACE);
      live.close();
    }
  }
}
