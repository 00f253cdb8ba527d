package dev.duet.systemtests.proxies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
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
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Everything once and in order through a proxy that is killed, started again and reloaded while
/// hundreds of publications go through it, on every transport.
class ProxyResumeWireTest {
  private static final int PUBLICATIONS = 600;
  private static final int FOLLOWERS_EACH = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /// What makes a reload end old connections, rather than let them go on beside the new ones.
  private static final Map<Product, UnaryOperator<String>> CUTS =
      Map.of(
          Product.NGINX, whole -> whole.replace("events {", "worker_shutdown_timeout 1s; events {"),
          Product.HAPROXY, whole -> whole.replace("global\n", "global\n    hard-stop-after 1s\n"),
          Product.APACHE, whole -> whole + "\nGracefulShutdownTimeout 1\n");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @ParameterizedTest
  @EnumSource
  void everythingOnceAndInOrderThroughCutsAndReloads(Product product) throws Exception {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
        Proxy proxy = Proxy.recommended(product, duet.port())) {
      String url = proxy.base() + "/channels/load";
      String cursor = duet.cursor().toString();
      var followers = new ArrayList<Follower>();
      for (Follower.Over over : Follower.Over.values()) {
        for (int i = 0; i < FOLLOWERS_EACH; i++) {
          followers.add(new Follower(over, url, cursor));
        }
      }
      try {
        await().atMost(PATIENCE).until(() -> followers.stream().allMatch(f -> isThere(f)));
        for (int n = 0; n < PUBLICATIONS; n++) {
          if (n == PUBLICATIONS / 3) {
            proxy.kill();
            proxy.start();
          } else if (n == PUBLICATIONS * 2 / 3) {
            proxy.reload(CUTS.get(product));
          }
          publish(url, n);
        }
        List<String> all = IntStream.range(0, PUBLICATIONS).mapToObj(Integer::toString).toList();
        for (Follower follower : followers) {
          await().atMost(PATIENCE).until(() -> follower.seen().size() >= all.size());
          assertThat(follower.seen()).as("over %s", follower.over()).isEqualTo(all);
          assertThat(follower.connections()).as("over %s", follower.over()).isGreaterThan(1);
        }
      } finally {
        followers.forEach(Follower::close);
        http.shutdownNow();
      }
    }
  }

  /// Long polls are there once they have been answered; they ask again.
  private static boolean isThere(Follower follower) {
    return follower.over() == Follower.Over.POLLS || follower.connections() > 0;
  }

  /// Through the proxy as well, until it is answered with 200; with its key it is stored once.
  private void publish(String url, int number) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "text/plain")
            .header("Idempotency-Key", "n" + number)
            .POST(BodyPublishers.ofString(Integer.toString(number)))
            .build();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
          return;
        }
        assertThat(answer.statusCode()).isIn(502, 503, 504);
      } catch (IOException e) {
        assertThat(System.nanoTime()).isLessThan(end);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
