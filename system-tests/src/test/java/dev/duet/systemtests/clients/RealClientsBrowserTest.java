package dev.duet.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.protocol.Cursor;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.hub.HubSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The main job, on clients that nobody here wrote: Chromium's EventSource and WebSocket, curl, the
/// JDK's WebSocket and HTTP client, OkHttp's SSE client, npm's ws and eventsource, one that goes
/// from transport to transport, and two that speak duet.v1, in Chromium and on npm's ws. All read
/// the same channels while their connections are cut at random.
@Timeout(240)
class RealClientsBrowserTest {
  private static final List<String> CHANNELS =
      List.of("orders", "alerts", "ticks.a", "Chat_1", "a:b-c");
  private static final String ALL = String.join(",", CHANNELS);
  private static final Retention AMPLE =
      Retention.DEFAULT.withMaxCount(50_000).withMaxBytes(256 << 20);
  private static final int RETRY_MILLIS = 200;

  /// About sixty receipts: one publisher is cut some forty times, most of them within an answer.
  private static final int ANSWERS_BYTES = 16 << 10;

  /// The time that they are told to wait, and room for a machine that does much else.
  private static final Duration RETURN = Duration.ofMillis(RETRY_MILLIS).plusSeconds(10);

  private final long seed = Long.getLong("duet.seed", new Random().nextLong(1_000_000));

  private static DuetSettings settings(int port, Retention retention, long ringBytes) {
    HubSettings hub = HubSettings.DEFAULT;
    return DuetSettings.DEFAULT
        .withPort(port)
        .withNamespaces(new Namespaces(List.of(new Namespace("*", retention, Durability.MEMORY))))
        .withMemoryBytes(512 << 20)
        .withHub(
            new HubSettings(
                ringBytes,
                hub.ringEntries(),
                hub.sliceReaders(),
                hub.sliceNanos(),
                hub.runBytes(),
                hub.pageCount(),
                hub.pageBytes(),
                hub.pagesUnderWay(),
                hub.heartbeat(),
                RETRY_MILLIS,
                hub.returnsPerSecond()));
  }

  /// A server, the crowd on it, and what is published.
  private final class Scene implements AutoCloseable {
    final Truth truth = new Truth();
    final Cursor.Position start;
    final Crowd crowd;
    final CuttingProxy publishersProxy;
    final Publishers publishers;
    Duet duet;

    Scene(DuetSettings settings, boolean withPayloads, boolean publishersCut) throws Exception {
      System.out.println("-Dduet.seed=" + seed + " repeats what is random here");
      duet = Duet.start(settings);
      start = duet.cursor().positions().getFirst();
      crowd = new Crowd(duet.port(), ALL, duet.cursor().toString(), seed, withPayloads);
      publishersProxy = new CuttingProxy(duet.port(), seed - 1, ANSWERS_BYTES);
      publishersProxy.cutting(publishersCut);
      publishers =
          new Publishers(
              crowd.http(),
              truth,
              Crowd.base(duet.port()),
              Crowd.base(publishersProxy.port()),
              CHANNELS,
              seed);
      awaitLive(1);
      crowd.cutting(true);
    }

    void awaitLive(int times) {
      crowd.awaitEach(
          "live",
          Duration.ofSeconds(40),
          journal -> journal.marks(mark -> mark.is().equals("live")) >= times);
    }

    /// One more of everything after a last cut, so that whoever was complete shows that it is.
    void finish() throws InterruptedException {
      crowd.cutting(false);
      crowd.cutAll();
      publishers.publishLast();
      Map.Entry<Long, ?> end = truth.log(duet.cursor().positions().getFirst().logId()).lastEntry();
      int count = truth.count();
      crowd.awaitEach(
          "complete",
          Duration.ofSeconds(60),
          journal ->
              journal.form() == Journal.Form.PAYLOAD
                  ? journal.messages() >= count
                  : journal.lastOffset() == end.getKey());
    }

    Map<String, Verdict.Summary> judge() {
      var summaries = new LinkedHashMap<String, Verdict.Summary>();
      crowd
          .journals()
          .forEach(
              (name, journal) -> {
                Verdict.Summary summary = Verdict.of(journal, truth, start.logId(), start.offset());
                summaries.put(name, summary);
                CuttingProxy proxy = crowd.proxies().get(name);
                System.out.printf(
                    "%-26s %s, %d cuts%n", name, summary, proxy == null ? 0 : proxy.cuts());
              });
      System.out.printf(
          "%d publications in %d tries, of which %d were there already; the largest has %d bytes%n",
          publishers.published(),
          publishers.tries(),
          publishers.duplicates(),
          publishers.largest());
      return summaries;
    }

    @Override
    public void close() throws Exception {
      publishers.close();
      publishersProxy.close();
      crowd.close();
      duet.close();
    }
  }

  /// How long after the server was back a client was told there that the log is another one.
  private static Duration returned(Journal journal, long back) {
    return journal.seen().stream()
        .filter(s -> s instanceof Seen.Gap gap && gap.reason().equals("unknown-log"))
        .map(s -> Duration.ofNanos(((Seen.Gap) s).nanos() - back))
        .findFirst()
        .orElseThrow(() -> new AssertionError(journal.name() + " was not told of the new log"));
  }

  @Test
  void everyClientHasEverythingOnceAndInOrder() throws Exception {
    try (var scene = new Scene(settings(0, AMPLE, 32L << 20), true, true)) {
      scene.publishers.publish(10_000, Duration.ofSeconds(60));
      scene.finish();
      Map<String, Verdict.Summary> summaries = scene.judge();
      int published = scene.truth.count();
      assertThat(published).isGreaterThan(10_000);
      assertThat(summaries.values())
          .allSatisfy(
              summary -> assertThat(summary).isEqualTo(new Verdict.Summary(published, 0, 0)));
      // One cut is the last one, which is made for all.
      assertThat(scene.crowd.proxies().values()).allSatisfy(p -> assertThat(p.cuts()).isPositive());
      assertThat(scene.publishers.largest()).isEqualTo(Payload.LARGEST);
      assertThat(scene.publishers.duplicates()).isPositive();
    }
  }

  /// Retention and ring are so small that whoever returns has missed something.
  @Test
  void gapsAccountForWhatRetentionLetGo() throws Exception {
    Retention scarce = Retention.DEFAULT.withMaxCount(5);
    try (var scene = new Scene(settings(0, scarce, 64 << 10), false, false)) {
      scene.publishers.publish(3_000, Duration.ofSeconds(60));
      scene.finish();
      Map<String, Verdict.Summary> summaries = scene.judge();
      int published = scene.truth.count();
      assertThat(summaries.values())
          .allSatisfy(s -> assertThat(s.messages() + s.missed()).isEqualTo(published));
      assertThat(summaries.values()).anySatisfy(s -> assertThat(s.missed()).isPositive());
    }
  }

  /// The log ends with its process: everyone is told, and comes back by itself.
  @Test
  void throughAGracefulRestart() throws Exception {
    try (var scene = new Scene(settings(0, AMPLE, 32L << 20), false, false)) {
      int port = scene.duet.port();
      String before = scene.start.logId();
      var publishing =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      scene.publishers.publish(10_000, Duration.ofSeconds(90));
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  });
      await().atMost(Duration.ofSeconds(60)).until(() -> scene.truth.count() > 4_000);
      scene.duet.close();
      scene.duet = Duet.start(settings(port, AMPLE, 32L << 20));
      long back = System.nanoTime();
      publishing.join();
      scene.finish();
      scene.judge();

      assertThat(scene.truth.count()).isGreaterThan(10_000);
      String after = scene.duet.cursor().positions().getFirst().logId();
      assertThat(after).isNotEqualTo(before);
      assertThat(scene.truth.log(before)).hasSizeGreaterThan(1_000);
      assertThat(scene.truth.log(after)).hasSizeGreaterThan(1_000);
      assertThat(scene.crowd.journals().values())
          .allSatisfy(journal -> assertThat(returned(journal, back)).isLessThan(RETURN));
    }
  }
}
