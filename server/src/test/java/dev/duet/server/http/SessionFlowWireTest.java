package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.memory.LateBroker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `duet.v1`: clients that ask and do not listen, and servers that stop.
@Timeout(300)
class SessionFlowWireTest {
  /// Waits until the number stands still.
  private static int settled(AtomicInteger number) throws InterruptedException {
    int before = -1;
    while (before != number.get()) {
      before = number.get();
      Thread.sleep(1_000);
    }
    return before;
  }

  @Test
  void whoAsksAndDoesNotListenIsNotReadAndIsAnsweredLater() throws Exception {
    // Requests of 1 KB and answers of 150 bytes: more than the buffers of both sockets hold.
    int count = 60_000;
    String pad = " ".repeat(900);
    try (var live = new Live();
        var slow = new SlowSession(live.port)) {
      var sent = new AtomicInteger();
      var sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int from = 0; from < count; from += 100) {
                    var some = new ByteArrayOutputStream();
                    for (int i = from; i < from + 100; i++) {
                      some.writeBytes(
                          SlowSession.frame(
                              "{\"type\":\"ping\",\"id\":\"" + id(i) + "\"" + pad + "}"));
                    }
                    slow.out.write(some.toByteArray());
                    sent.addAndGet(100);
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      assertThat(settled(sent)).isLessThan(count);
      assertThat(live.get("/health").statusCode()).isEqualTo(200);
      for (int i = 0; i < count; i++) {
        assertThat(slow.next()).startsWith("{\"type\":\"pong\",\"id\":\"" + id(i) + "\",");
      }
      sending.join();
    }
  }

  private static String id(int number) {
    return "%064d".formatted(number);
  }

  @Test
  void pagesAreReadOneAtATimeAndNoneIsLostOnAClientThatDoesNotListen() throws Exception {
    int count = 100;
    try (var live = new Live();
        var slow = new SlowSession(live.port)) {
      for (int i = 0; i < 10; i++) {
        live.publish("/channels/hello.pages", i + "x".repeat(100_000));
      }
      for (int i = 0; i < count; i++) {
        slow.send(
            "{\"type\":\"history\",\"id\":"
                + i
                + ",\"channel\":\"hello.pages\",\"since\":\"start\"}");
      }
      for (int i = 0; i < count; i++) {
        String page = slow.next();
        assertThat(page.substring(0, 40)).startsWith("{\"type\":\"history\",\"id\":" + i + ",");
        assertThat(page).contains("\"data\":\"0x").endsWith("\"more\":true,\"ended\":[]}");
      }
    }
  }

  @Test
  void whatWaitsForAClientThatGoesIsLetGo() throws Exception {
    try (var live = new Live()) {
      for (int i = 0; i < 10; i++) {
        live.publish("/channels/hello.pages", i + "x".repeat(100_000));
      }
      for (int round = 0; round < 5; round++) {
        try (var slow = new SlowSession(live.port)) {
          slow.send("{\"type\":\"subscribe\",\"channel\":\"hello.pages\",\"since\":\"start\"}");
          for (int i = 0; i < 200; i++) {
            slow.send("{\"type\":\"history\",\"channel\":\"hello.pages\",\"since\":\"start\"}");
            slow.send("{\"type\":\"ping\"}");
          }
          slow.next();
        }
      }
    }
  }

  @Test
  void aStopAnswersWhatIsUnderWayAndTellsWhenToComeBack() throws Exception {
    var broker = new LateBroker(Live.NAMESPACES);
    try (Live late = new Live(broker);
        var client = new SessionClient(late);
        var idle = new SessionClient(late)) {
      client.ask("{\"type\":\"subscribe\",\"channel\":\"hello.stop\"}");
      client.next("live");
      client.send("{\"type\":\"publish\",\"id\":1,\"channel\":\"hello.stop\",\"data\":1}");
      while (broker.pending(0) == 0) {
        Thread.onSpinWait();
      }
      var stopping = CompletableFuture.runAsync(() -> late.duet.stop(Duration.ofMinutes(1)));
      assertThat(client.next())
          .matches("\\{\"type\":\"end\",\"reason\":\"restart\",\"retry\":[0-9]+}");
      assertThat(idle.next()).contains("\"restart\"");
      assertThat(idle.closed()).matches("1012 [0-9]+");
      broker.commitAll();
      assertThat(client.next()).startsWith("{\"type\":\"published\",\"id\":1,");
      assertThat(client.closed()).matches("1012 [0-9]+");
      stopping.join();
    }
  }
}
