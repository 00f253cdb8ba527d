package dev.duet.systemtests.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.http.AllowedPlaces;
import dev.duet.server.hub.HubSettings;
import dev.duet.systemtests.clients.CuttingProxy;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What Chromium's EventSource does with our streams, and whom Chromium lets use them.
class EventSourceBrowserTest {
  private static final int RETRY_MILLIS = 700;
  private static Browser browser;

  private Duet duet;
  private Browser.Page page;

  @BeforeAll
  static void startBrowser() throws IOException {
    browser = new Browser();
  }

  @AfterAll
  static void endBrowser() throws InterruptedException {
    browser.close();
  }

  @BeforeEach
  void start() {
    duet = Duet.start(settings());
    page = browser.open(base(duet) + "/health");
  }

  @AfterEach
  void stop() {
    page.close();
    duet.close();
  }

  private static DuetSettings settings() {
    HubSettings hub = HubSettings.DEFAULT;
    return DuetSettings.DEFAULT
        .withPort(0)
        .withHub(
            new HubSettings(
                hub.ringBytes(),
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

  private static String base(Duet server) {
    return "http://127.0.0.1:" + server.port();
  }

  private static void publish(Duet server, String channel, String text) {
    var unused =
        server
            .publish(channel, Draft.of(PayloadType.TEXT, text.getBytes(UTF_8)))
            .toCompletableFuture()
            .join();
  }

  /// Opens a stream whose every event is a line `name id data` of `seen`.
  private void listen(String url) {
    var unused =
        page.evaluate(
            """
            window.seen = []
            window.source = new EventSource('%s', { withCredentials: true })
            for (const name of ['open', 'error', 'message', 'duet.gap', 'duet.live', 'duet.end', 'price'])
              source.addEventListener(name, e =>
                seen.push({ name, at: performance.now(), state: source.readyState, id: e.lastEventId, data: e.data }))
            true
            """
                .formatted(url));
  }

  private void awaitEvent(String condition) {
    page.waitFor("seen.some(e => " + condition + ")");
  }

  @Test
  void whatIsPublishedArrivesAsItIs() {
    listen("/channels/a");
    awaitEvent("e.name === 'duet.live'");
    publish(duet, "a", "one\ntwo\r\n\r three: é漢🦜 ");
    awaitEvent("e.name === 'message'");
    assertThat(page.evaluate("seen.find(e => e.name === 'message').data"))
        .isEqualTo("one\ntwo\n\n three: é漢🦜 ");
    assertThat(page.evaluate("seen.find(e => e.name === 'message').id"))
        .isEqualTo(duet.cursor().toString());

    var unused =
        page.evaluate(
            "fetch('/channels/a?event=price', { method: 'POST', body: '{\"p\":1}' }).then(r =>"
                + " r.status)");
    awaitEvent("e.name === 'price'");
    assertThat(page.evaluate("seen.find(e => e.name === 'price').data")).isEqualTo("{\"p\":1}");
  }

  @Test
  void anIdThatMeansNothingIsAGapAndTheStreamGoesOn() {
    listen("/channels/a?last_event_id=nonsense");
    awaitEvent("e.name === 'duet.live'");
    assertThat(page.evaluate("JSON.parse(seen.find(e => e.name === 'duet.gap').data).reason"))
        .isEqualTo("unknown-log");
    publish(duet, "a", "after");
    awaitEvent("e.data === 'after'");
    assertThat(page.evaluate("source.readyState")).isEqualTo("1");
  }

  @Test
  void theEndOfAChannelIsToldAndStopsItForGood() {
    listen("/channels/a");
    awaitEvent("e.name === 'duet.live'");
    assertThat(
            page.evaluate(
                "fetch('/channels/a?end', { method: 'POST', body: 'last' }).then(r => r.status)"))
        .isEqualTo("200");
    awaitEvent("e.name === 'duet.end'");
    assertThat(page.evaluate("seen.filter(e => e.name === 'message').map(e => e.data).join()"))
        .isEqualTo("last");
    assertThat(page.evaluate("JSON.parse(seen.find(e => e.name === 'duet.end').data).reason"))
        .isEqualTo("ended");
    // It comes back once, and 204 says that there is nothing to come back for.
    awaitEvent("e.name === 'error' && e.state === EventSource.CLOSED");
  }

  @Test
  void whoAsksToEndAtAGapIsStoppedByIt() {
    listen("/channels/a?gap=end&last_event_id=nonsense");
    awaitEvent("e.name === 'error' && e.state === EventSource.CLOSED");
    assertThat(page.evaluate("seen.some(e => e.name === 'message')")).isEqualTo("false");
  }

  @Test
  void theTimeToComeBackIsHonouredAndNothingIsMissed() {
    try (var proxy = new CuttingProxy(duet.port(), 0, 1);
        Browser.Page cut = browser.open("http://127.0.0.1:" + proxy.port() + "/health")) {
      Browser.Page before = page;
      page = cut;
      listen("/channels/a");
      awaitEvent("e.name === 'duet.live'");
      proxy.cutAll();
      publish(duet, "a", "meanwhile");
      awaitEvent("e.name === 'message'");
      double waited =
          Double.parseDouble(
              page.evaluate(
                  "seen.filter(e => e.name === 'open')[1].at - seen.find(e => e.name ==="
                      + " 'error').at"));
      // Without a time it is three seconds in Chromium.
      assertThat(waited).isBetween(RETRY_MILLIS - 50.0, 2_900.0);
      assertThat(page.evaluate("seen.filter(e => e.name === 'message').length")).isEqualTo("1");
      page = before;
    }
  }

  @Test
  void aStopIsToldWithTheTimeToComeBack() {
    listen("/channels/a");
    awaitEvent("e.name === 'duet.live'");
    duet.close();
    awaitEvent("e.name === 'duet.end'");
    assertThat(page.evaluate("JSON.parse(seen.find(e => e.name === 'duet.end').data).reason"))
        .isEqualTo("restart");
    assertThat(
            Integer.parseInt(
                page.evaluate("JSON.parse(seen.find(e => e.name === 'duet.end').data).retry")))
        .isBetween(RETRY_MILLIS, RETRY_MILLIS + 1_000);
    awaitEvent("e.name === 'error'");
    assertThat(page.evaluate("source.readyState")).isEqualTo("0");
  }

  @Test
  void aPageOfAnotherOriginIsRefusedEverything() {
    try (Duet other = Duet.start(DuetSettings.DEFAULT.withPort(0))) {
      Cursor empty = other.cursor();
      listen(base(other) + "/channels/a");
      awaitEvent("e.name === 'error' && e.state === EventSource.CLOSED");
      assertThat(page.evaluate(socket(other))).isEqualTo("1006");
      assertThat(page.evaluate(post(other))).isEqualTo("TypeError");
      // It was refused, not only hidden from the page.
      assertThat(other.cursor()).isEqualTo(empty);
    }
  }

  @Test
  void aPageOfAnAllowedOriginMayDoAll() {
    var allowed = new AllowedPlaces(List.of(), List.of(base(duet)));
    try (Duet other = Duet.start(DuetSettings.DEFAULT.withPort(0).withAllowed(allowed))) {
      listen(base(other) + "/channels/a");
      awaitEvent("e.name === 'duet.live'");
      assertThat(page.evaluate(post(other))).isEqualTo("200");
      awaitEvent("e.data === 'across'");
      assertThat(page.evaluate(socket(other))).isEqualTo("open");
    }
  }

  private static String socket(Duet server) {
    return """
    new Promise(done => {
      const socket = new WebSocket('ws://127.0.0.1:%d/channels/a')
      socket.onopen = () => done('open')
      socket.onclose = e => done(String(e.code))
    })
    """
        .formatted(server.port());
  }

  private static String post(Duet server) {
    return "fetch('%s/channels/a', { method: 'POST', body: 'across', headers: { 'Idempotency-Key': 'k' } })"
        .formatted(base(server))
        .concat(".then(r => String(r.status), e => e.name)");
  }
}
