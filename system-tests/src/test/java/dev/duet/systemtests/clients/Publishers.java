package dev.duet.systemtests.clients;

import dev.duet.systemtests.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/// Publishes over HTTP on connections that are kept, several at once; one of them through a proxy
/// that cuts, so that it has to try again with its idempotency key.
final class Publishers implements AutoCloseable {
  private static final int PUBLISHERS = 4;
  private static final int PAUSE_MILLIS = 20;

  private final HttpClient http;
  private final Truth truth;
  private final String base;
  private final String cuttingBase;
  private final List<String> channels;
  private final long seed;
  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicInteger tries = new AtomicInteger();
  private final AtomicInteger duplicates = new AtomicInteger();
  private final AtomicInteger largest = new AtomicInteger();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /// @param cuttingBase where one of them publishes, instead of `base`
  Publishers(
      HttpClient http,
      Truth truth,
      String base,
      String cuttingBase,
      List<String> channels,
      long seed) {
    this.http = http;
    this.truth = truth;
    this.base = base;
    this.cuttingBase = cuttingBase;
    this.channels = channels;
    this.seed = seed;
  }

  /// Publishes until the number of publications is `upTo`, or a while longer; returns when all are
  /// acknowledged.
  void publish(int upTo, Duration within)
      throws InterruptedException, ExecutionException, TimeoutException {
    var running = new ArrayList<Future<?>>();
    for (int i = 0; i < PUBLISHERS; i++) {
      boolean cut = i == 0;
      var random = new Random(seed + 31L * i + upTo);
      running.add(threads.submit(task(upTo, cut ? cuttingBase : base, cut, random)));
    }
    for (Future<?> each : running) {
      each.get(within.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private Callable<Void> task(int upTo, String to, boolean withKey, Random random) {
    return () -> {
      for (int n = numbers.incrementAndGet(); n <= upTo; n = numbers.incrementAndGet()) {
        String channel = channels.get(random.nextInt(channels.size()));
        publish(to, n, channel, random, withKey);
      }
      return null;
    };
  }

  /// One to each channel, the last that there is.
  void publishLast() throws InterruptedException {
    var random = new Random(seed);
    for (String channel : channels) {
      publish(base, numbers.incrementAndGet(), channel, random, false);
    }
  }

  private void publish(String to, int number, String channel, Random random, boolean withKey)
      throws InterruptedException {
    Payload payload = Payload.random(number, random);
    largest.accumulateAndGet(payload.body().length, Math::max);
    String event = random.nextInt(5) == 0 ? "tick" : "";
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    to + "/channels/" + channel + (event.isEmpty() ? "" : "?event=" + event)))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", payload.contentType())
            .POST(BodyPublishers.ofByteArray(payload.body()));
    if (withKey) {
      request.header("Idempotency-Key", "publication-" + number);
    }
    Json receipt = Json.object(answered(request.build()));
    if (receipt.text("duplicate").equals("true")) {
      duplicates.incrementAndGet();
    }
    truth.add(receipt.text("cursor"), channel, receipt.number("offset"), event, payload);
  }

  /// Tries until it is answered with 200. A server that stops says 503 or takes no connections.
  private String answered(HttpRequest request) throws InterruptedException {
    while (true) {
      tries.incrementAndGet();
      try {
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
          return answer.body();
        }
        if (answer.statusCode() != 503) {
          throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
      } catch (IOException e) {
        // not answered: with its key it is safe to try again, without one only while none is taken
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }

  int published() {
    return truth.count();
  }

  int largest() {
    return largest.get();
  }

  /// Tries again that were told of the first one's offset.
  int duplicates() {
    return duplicates.get();
  }

  int tries() {
    return tries.get();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
