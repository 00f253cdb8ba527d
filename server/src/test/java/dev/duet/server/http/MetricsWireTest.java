package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketReceiver;
import dev.duet.server.transport.TransportOptions;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// `/metrics` and `/health`: what they say is what was done.
class MetricsWireTest {
  private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";

  @Test
  void deliveriesArePublicationsTimesReaders() {
    try (var live = new Live()) {
      var streams = new ArrayList<Live.Raw>();
      for (int i = 0; i < 3; i++) {
        Live.Raw stream = live.events("/channels/hello?since=now");
        stream.until("event: duet.live");
        streams.add(stream);
      }
      try (var other = live.events("/channels/hello-other?since=now");
          var session = new SessionClient(live, "duet.v1")) {
        other.until("event: duet.live");
        for (int i = 1; i <= 5; i++) {
          live.publish("/channels/hello", "message " + i);
        }
        streams.forEach(stream -> stream.until("data: message 5\n"));
        Scrape scrape = Scrape.of(live);
        assertThat(scrape.value("duet_deliveries_total{by=\"stream\"}")).isEqualTo(15);
        assertThat(scrape.value("duet_publications_total{result=\"published\"}")).isEqualTo(5);
        assertThat(scrape.value("duet_commit_seconds_count")).isEqualTo(5);
        assertThat(scrape.value("duet_connections{transport=\"sse\"}")).isEqualTo(4);
        assertThat(scrape.value("duet_connections{transport=\"duet.v1\"}")).isEqualTo(1);
        assertThat(scrape.value("duet_readers{state=\"live\"}")).isEqualTo(5);
        assertThat(scrape.value("duet_readers{state=\"behind\"}")).isZero();
        assertThat(scrape.value("duet_ring_publications{log=\"memory\"}")).isEqualTo(5);
        assertThat(scrape.value("duet_log_channels{log=\"memory\"}")).isEqualTo(1);
        assertThat(scrape.sum("duet_sent_bytes_total")).isGreaterThan(15 * "message 1".length());

        live.page("/channels/hello?since=start");
        assertThat(Scrape.of(live).value("duet_deliveries_total{by=\"page\"}")).isEqualTo(5);
      }
      streams.forEach(Live.Raw::close);
      await(live, "duet_readers{state=\"live\"}", 0);
      await(live, "duet_connections{transport=\"sse\"}", 0);
      assertThat(Scrape.of(live).value("duet_connections{transport=\"duet.v1\"}")).isZero();
    }
  }

  private static void await(Live live, String sample, double wanted) {
    Scrape scrape = Scrape.of(live);
    for (int i = 0; i < 2_000 && scrape.value(sample) != wanted; i++) {
      scrape = Scrape.of(live);
    }
    assertThat(scrape.value(sample)).as(sample).isEqualTo(wanted);
  }

  @Test
  void gapsAreCountedByReason() {
    try (var live = Live.forgetful()) {
      String before = live.cursor();
      live.publish("/channels/short", "0");
      String cursor = live.cursor();
      for (int i = 1; i <= 5; i++) {
        live.publish("/channels/short", "" + i);
      }
      try (var one = live.events("/channels/short?since=" + cursor);
          var two = live.events("/channels/short?since=" + before)) {
        one.until("data: 5\n");
        two.until("data: 5\n");
        Scrape scrape = Scrape.of(live);
        assertThat(scrape.value("duet_gaps_total{reason=\"retention\"}")).isEqualTo(2);
        assertThat(scrape.sum("duet_gaps_total")).isEqualTo(2);
        assertThat(scrape.value("duet_deliveries_total{by=\"stream\"}")).isEqualTo(4);
      }
      live.page("/channels/hello?since=aaaaa.1");
      assertThat(Scrape.of(live).value("duet_gaps_total{reason=\"unknown-log\"}")).isEqualTo(1);
    }
  }

  @Test
  void refusalsAreCountedByCode() throws Exception {
    try (var live = new Live();
        var session = new SessionClient(live, "duet.v1")) {
      live.post("/channels/nowhere", "x");
      live.post("/channels/nowhere", "x");
      live.get("/channels/hello?nonsense=1");
      live.publish("/channels/hello", "x");
      live.post("/channels/hello", "x", "If-Match", "0");
      live.post("/channels/hello", "x", "Idempotency-Key", "k");
      live.post("/channels/hello", "x", "Idempotency-Key", "k");
      live.post("/channels/hello", "y", "Idempotency-Key", "k");
      session.socket.sendText("{\"type\":\"subscribe\",\"channel\":\"nowhere\"}", true).join();
      while (!String.valueOf(session.heard.poll(60, TimeUnit.SECONDS)).contains("no-namespace")) {}
      Scrape scrape = Scrape.of(live);
      assertThat(scrape.value("duet_refused_total{reason=\"no-namespace\"}")).isEqualTo(3);
      assertThat(scrape.value("duet_refused_total{reason=\"bad-parameter\"}")).isEqualTo(1);
      assertThat(scrape.value("duet_refused_total{reason=\"mismatch\"}")).isEqualTo(1);
      assertThat(scrape.value("duet_refused_total{reason=\"idempotency-conflict\"}")).isEqualTo(1);
      assertThat(scrape.sum("duet_refused_total")).isEqualTo(6);
      assertThat(scrape.value("duet_publications_total{result=\"published\"}")).isEqualTo(2);
      assertThat(scrape.value("duet_publications_total{result=\"duplicate\"}")).isEqualTo(1);
      assertThat(scrape.value("duet_publications_total{result=\"mismatch\"}")).isEqualTo(1);
      assertThat(scrape.value("duet_publications_total{result=\"idempotency-conflict\"}"))
          .isEqualTo(1);
      assertThat(scrape.value("duet_requests_total")).isEqualTo(10);
    }
  }

  @Test
  void aLongPollIsTold() {
    try (var live = new Live()) {
      var poll =
          live.client.sendAsync(
              java.net.http.HttpRequest.newBuilder(live.uri("/channels/hello?wait=55s"))
                  .header("Accept", "application/json")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      await(live, "duet_connections{transport=\"poll\"}", 1);
      live.publish("/channels/hello", "come");
      assertThat(poll.join().body()).contains("come");
      Scrape scrape = Scrape.of(live);
      assertThat(scrape.value("duet_connections{transport=\"poll\"}")).isZero();
      assertThat(scrape.value("duet_deliveries_total{by=\"page\"}")).isEqualTo(1);
    }
  }

  @Test
  void theFormIsPrometheusTextOrOpenMetrics() {
    try (var live = new Live()) {
      HttpResponse<String> text = live.get("/metrics");
      assertThat(text.headers().firstValue("content-type"))
          .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
      assertThat(text.body())
          .contains("# TYPE duet_requests_total counter", "# TYPE duet_commit_seconds histogram")
          .contains("# HELP duet_readers ")
          .contains("jvm_memory_used_bytes{area=\"heap\"}", "process_cpu_seconds_total");
      HttpResponse<String> open = live.get("/metrics", "Accept", OPEN_METRICS);
      assertThat(open.headers().firstValue("content-type"))
          .hasValueSatisfying(type -> assertThat(type).startsWith("application/openmetrics-text"));
      assertThat(open.body()).contains("# TYPE duet_requests counter").endsWith("# EOF\n");
      assertThat(live.post("/metrics", "x").statusCode()).isEqualTo(405);
    }
  }

  /// A loop that hangs is told by how long it has not answered; the others' figures are fresh.
  @Test
  void aLoopThatHangsHoldsUpNoScrape() throws Exception {
    var clock = new AtomicLong();
    var began = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    var hanging =
        new SocketHandler() {
          @Override
          public SocketReceiver receiver(RequestHead head) {
            return new Hanging(began, end);
          }
        };
    try (var live =
        new Live(
            settings ->
                settings.withTransport(
                    TransportOptions.on("127.0.0.1", 0)
                        .withLoops(2)
                        .withClocks(
                            () -> System.nanoTime() + clock.get(), InstantSource.system())))) {
      live.duet.socketHandler("/hang", hanging);
      assertThat(live.get("/health/ready").statusCode()).isEqualTo(200);
      WebSocket socket =
          live.client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + live.port + "/hang"), new WebSocket.Listener() {})
              .join();
      assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();
      clock.addAndGet(TimeUnit.SECONDS.toNanos(60));
      try {
        assertThat(answerOfTheOther(live, "/metrics")).contains("HTTP/1.1 200");
        clock.addAndGet(TimeUnit.SECONDS.toNanos(60));
        Scrape scrape = Scrape.parse(answerOfTheOther(live, "/metrics").split("\r\n\r\n", 2)[1]);
        List<Double> answers =
            List.of(
                scrape.value("duet_loop_answer_seconds{loop=\"0\"}"),
                scrape.value("duet_loop_answer_seconds{loop=\"1\"}"));
        assertThat(answers).anyMatch(seconds -> seconds >= 20);
        String health = answerOfTheOther(live, "/health");
        assertThat(health).contains("HTTP/1.1 503", "\"ready\":false", "loop-hangs");
        assertThat(answerOfTheOther(live, "/health/ready")).contains("HTTP/1.1 503");
        clock.addAndGet(TimeUnit.SECONDS.toNanos(60));
        assertThat(answerOfTheOther(live, "/health/live")).contains("HTTP/1.1 503");
      } finally {
        end.countDown();
        socket.abort();
      }
    }
  }

  /// Asks on two connections at once, of which one has the loop that answers.
  private static String answerOfTheOther(Live live, String path) throws Exception {
    String request = "GET " + path + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    try (var one = new Live.Raw(live.port).send(request);
        var two = new Live.Raw(live.port).send(request)) {
      var answers = new java.util.concurrent.LinkedBlockingQueue<String>();
      for (Live.Raw raw : List.of(one, two)) {
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    answers.add(raw.rest());
                  } catch (RuntimeException e) {
                    // the one that hangs
                  }
                });
      }
      String answer = answers.poll(60, TimeUnit.SECONDS);
      assertThat(answer).as("an answer to " + path).isNotNull();
      return answer;
    }
  }

  private record Hanging(CountDownLatch began, CountDownLatch end) implements SocketReceiver {
    @Override
    public void opened(Socket socket, String protocol) {
      began.countDown();
      try {
        end.await(120, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void text(byte[] message) {}

    @Override
    public void binary(byte[] message) {}

    @Override
    public void closed(int code, String reason) {}
  }

  /// Four scrapers at once change nothing of what is delivered.
  @Test
  void scrapesUnderLoadDisturbNothing() throws Exception {
    try (var live = new Live();
        var stream = live.events("/channels/hello?since=now")) {
      stream.until("event: duet.live");
      var stop = new java.util.concurrent.atomic.AtomicBoolean();
      var scrapers = new ArrayList<Thread>();
      var failed = new java.util.concurrent.ConcurrentLinkedQueue<Throwable>();
      for (int i = 0; i < 4; i++) {
        scrapers.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      double before = 0;
                      while (!stop.get()) {
                        try {
                          double now =
                              Scrape.of(live).value("duet_deliveries_total{by=\"stream\"}");
                          assertThat(now).isGreaterThanOrEqualTo(before);
                          before = now;
                        } catch (Throwable e) {
                          failed.add(e);
                          return;
                        }
                      }
                    }));
      }
      for (int i = 1; i <= 300; i++) {
        live.publish("/channels/hello", "n" + i);
      }
      for (int i = 1; i <= 300; i++) {
        assertThat(stream.until("\n\n")).contains("data: ");
      }
      stop.set(true);
      for (Thread scraper : scrapers) {
        scraper.join(60_000);
      }
      assertThat(failed).isEmpty();
      assertThat(Scrape.of(live).value("duet_deliveries_total{by=\"stream\"}")).isEqualTo(300);
    }
  }
}
