package dev.duet.systemtests.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The pages for people, in Chromium. Leaves a picture of each in `target/pages`.
class PagesBrowserTest {
  private static final String LIVE = "document.querySelectorAll('.side .dot.up').length === 2";

  private static Browser browser;

  @BeforeAll
  static void startBrowser() throws IOException {
    browser = new Browser();
  }

  @AfterAll
  static void endBrowser() throws InterruptedException {
    browser.close();
  }

  static Path picture(String name) throws Exception {
    Path directory = Path.of("target/pages").toAbsolutePath();
    Files.createDirectories(directory);
    return directory.resolve(name + ".png");
  }

  @ParameterizedTest
  @CsvSource({"light, 1000", "dark, 1000", "light, 360"})
  void bothSidesShowWhatIsPublishedOnThePage(String scheme, int width) throws Exception {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0))) {
      publish(duet, "orders", "{\"placed\": 1, \"items\": [\"tea\", \"milk\"]}");
      publish(duet, "orders", "before the page was opened");
      try (Browser.Page page =
          browser.open("http://127.0.0.1:" + duet.port() + "/channels/orders", scheme, width)) {
        page.waitFor(LIVE);
        shows(page, 0, 2, "before the page was opened");
        page.fill("#data", "{\"price\": 42, \"unit\": \"EUR\", \"id\": 12345678901234567890}");
        page.fill("#event", "price");
        page.fill("#key", "de");
        page.click("button[value=post]");
        page.waitFor(
            "/^Published at \\d+\\. EventSource had it after [\\d.]+ ms, WebSocket after [\\d.]+"
                + " ms/.test(document.querySelector('#receipt').textContent)");
        shows(
            page, 1, 2, "{ \"price\": 42, \"unit\": \"EUR\", \"id\": 12345678901234567890 } JSON");
        assertThat(
                page.evaluate(
                    "[...document.querySelectorAll('#ws-log li:first-child .tag')].map(t =>"
                        + " t.textContent).join()"))
            .isEqualTo("price,de");

        page.fill("#event", "");
        page.fill("#key", "");
        page.fill("#data", "Grüße, 世界 <b>not bold</b> 🦜");
        page.click("button[value=socket]");
        shows(page, 2, 2, "Grüße, 世界 <b>not bold</b> 🦜");
        page.waitFor(
            "/^Sent on the WebSocket. EventSource had it/.test(document.querySelector('#receipt')"
                + ".textContent)");
        assertThat(page.evaluate("document.querySelector('#sse-latency').textContent"))
            .matches("[0-9]+\\.[0-9] ms");

        page.fill("#data", "a word of no end: " + "x".repeat(200));
        page.click("button[value=post]");
        shows(page, 3, 2, "a word of no end: " + "x".repeat(200));
        page.waitFor("document.querySelector('#sse-count').textContent === '3 received'");
        assertThat(page.evaluate("document.querySelector('#sse-cursor').textContent"))
            .isEqualTo(duet.cursor().toString())
            .isEqualTo(page.evaluate("document.querySelector('#ws-cursor').textContent"));
        fits(page);
        page.screenshot(picture("channel-" + scheme + "-" + width));
      }
    }
  }

  private static void fits(Browser.Page page) {
    assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
        .isEqualTo("true");
    assertThat(page.problems()).isEqualTo("[]");
  }

  private static void publish(Duet duet, String channel, String text) {
    byte[] data = text.getBytes(UTF_8);
    PayloadType type = text.startsWith("{") ? PayloadType.JSON : PayloadType.TEXT;
    duet.publish(channel, Draft.of(type, data)).toCompletableFuture().join();
  }

  /// What came live, and before that; the newest of both.
  private static void shows(Browser.Page page, int live, int old, String text) {
    for (String log : new String[] {"#sse-log", "#ws-log"}) {
      page.waitFor(
          "document.querySelectorAll('%1$s li:not(.control, .mark, .old)').length === %2$d && document.querySelectorAll('%1$s .old').length === %3$d"
              .formatted(log, live, old));
      assertThat(
              page.evaluate(
                  "document.querySelector('%s li:not(.control, .mark) .data').textContent"
                      .formatted(log)))
          .isEqualTo(text);
    }
  }

  /// What it loads, and what comes while it does, is there once: published all the time while pages
  /// are opened.
  @Test
  void betweenTheHistoryAndTheStreamNothingIsMissingAndNothingTwice() throws Exception {
    var stop = new AtomicBoolean();
    var published = new AtomicInteger();
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0))) {
      publish(duet, "count", "0");
      Thread publisher =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!stop.get() && published.get() < 150) {
                      publish(duet, "count", Integer.toString(published.incrementAndGet()));
                      LockSupport.parkNanos(5_000_000);
                    }
                  });
      try (Browser.Page page =
          browser.open("http://127.0.0.1:" + duet.port() + "/channels/count")) {
        page.waitFor(LIVE);
        stop.set(true);
        publisher.join();
        for (String log : new String[] {"#sse-log", "#ws-log"}) {
          page.waitFor(
              "document.querySelector('%s li .data')?.textContent === '%d'"
                  .formatted(log, published.get()));
          assertThat(
                  page.evaluate(
                      "[...document.querySelectorAll('%s .data')].every((d, i, all) => i === 0 || Number(all[i - 1].textContent) === Number(d.textContent) + 1)"
                          .formatted(log)))
              .isEqualTo("true");
        }
      } finally {
        stop.set(true);
        publisher.join();
      }
    }
  }

  /// Whatever a publisher sends, it is text on the page.
  @Test
  void whatIsPublishedIsNeverReadAsHtml() throws Exception {
    String attack =
        "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
        Browser.Page page =
            browser.open("http://127.0.0.1:" + duet.port() + "/channels/attack,other")) {
      page.waitFor(LIVE);
      Draft draft = Draft.of(PayloadType.TEXT, attack.getBytes(UTF_8));
      duet.publish("attack", draft.withEvent("<b>e").withKey("<i>k")).toCompletableFuture().join();
      shows(page, 1, 0, attack);
      publish(duet, "attack", "{\"html\": \"<img src=x onerror=alert(1)>\"}");
      publish(duet, "other", attack + "y".repeat(400));
      page.waitFor("document.querySelectorAll('#ws-log li:not(.mark)').length === 3");
      page.waitFor("document.querySelectorAll('#sse-log li:not(.mark)').length === 3");
      page.click("#ws-log li:nth-child(1) summary");
      page.click("#ws-log li:nth-child(2) summary");
      page.waitFor("document.querySelectorAll('#ws-log details pre').length === 2");
      assertThat(page.evaluate("document.querySelector('#ws-log details pre').textContent"))
          .isEqualTo(attack + "y".repeat(400));
      assertThat(page.evaluate("document.querySelector('#ws-log li:nth-child(2) pre').textContent"))
          .isEqualTo("{\n  \"html\": \"<img src=x onerror=alert(1)>\"\n}");
      assertThat(page.evaluate("document.querySelectorAll('.log img, .log script, .log b').length"))
          .isEqualTo("0");
      assertThat(page.evaluate("document.title")).isEqualTo("attack,other · Duet");
      page.screenshot(picture("channel-attack"));
      assertThat(page.problems()).isEqualTo("[]");
    }
  }

  @Test
  void bytesTombstonesGapsAndEndsAreShown() throws Exception {
    var latest = Retention.DEFAULT.withMode(Retention.Mode.LATEST);
    var namespaces =
        new Namespaces(
            List.of(
                new Namespace("state", latest, Durability.MEMORY),
                new Namespace("*", Retention.DEFAULT, Durability.MEMORY)));
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0).withNamespaces(namespaces));
        Browser.Page page =
            browser.open("http://127.0.0.1:" + duet.port() + "/channels/raw,state")) {
      page.waitFor(LIVE);
      duet.publish("raw", Draft.of(PayloadType.BYTES, new byte[] {0, (byte) 0xff, 16}))
          .toCompletableFuture()
          .join();
      page.waitFor("document.querySelector('#ws-log .data')?.textContent === '3 bytes 00 ff 10'");
      duet.publish("state", Draft.of(PayloadType.TEXT, "on".getBytes(UTF_8)).withKey("lamp"))
          .toCompletableFuture()
          .join();
      assertThat(
              page.evaluate(
                  "fetch('/channels/state?key=lamp', {method: 'DELETE'}).then(r => r.status)"))
          .isEqualTo("200");
      page.waitFor("document.querySelector('#sse-log .deleted')?.textContent === 'deleted'");
      assertThat(
              page.evaluate(
                  "fetch('/channels/raw?end', {method: 'POST', body: 'bye'}).then(r => r.status)"))
          .isEqualTo("200");
      page.waitFor(
          "document.querySelector('#sse-log .control')?.textContent.includes('The channel has"
              + " ended')");
      page.screenshot(picture("channel-kinds"));
      assertThat(page.problems()).isEqualTo("[]");
    }
  }

  @ParameterizedTest
  @CsvSource({"light, 1000", "dark, 1000", "light, 360"})
  void theStartPagePublishesReceivesAndLeadsToAChannel(String scheme, int width) throws Exception {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
        Browser.Page page = browser.open("http://127.0.0.1:" + duet.port() + "/", scheme, width)) {
      String origin = "http://127.0.0.1:" + duet.port();
      page.waitFor("document.querySelector('#server-state').textContent === 'running'");
      assertThat(page.evaluate("document.querySelector('#address').textContent")).isEqualTo(origin);
      // classes in a folder have no version, those of a jar have the project's
      assertThat(page.evaluate("document.querySelector('#version').textContent"))
          .matches("development|[0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?");
      assertThat(page.evaluate("document.querySelector('#protocols').textContent"))
          .isEqualTo("HTTP/1.1, WebSocket");
      page.waitFor(LIVE);
      page.fill("#data", "Hello, world");
      page.click("button[value=post]");
      shows(page, 1, 0, "Hello, world");
      assertThat(
              page.evaluate(
                  "[...document.querySelectorAll('#commands code')].map(c =>"
                      + " c.textContent).join('\\n')"))
          .contains(
              "curl -N " + origin + "/channels/hello\n",
              "curl -d 'Hello, world' " + origin + "/channels/hello\n",
              "curl -N '" + origin + "/channels/hello?since=start'\n");
      page.click("#commands .command:nth-child(2) .copy");
      page.waitFor(
          "/^(Copied|Selected)$/.test(document.querySelector('#commands .command:nth-child(2)"
              + " .copy').textContent)");
      fits(page);
      page.screenshot(picture("start-" + scheme + "-" + width));
      page.fill("#name", "news.today");
      page.click("#open button");
      page.waitFor("location.pathname === '/channels/news.today'");
      page.waitFor(LIVE);
      assertThat(page.problems()).isEqualTo("[]");
    }
  }

  @Test
  void aPageComesBackAfterARestart() throws Exception {
    Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
    int port = duet.port();
    try (Browser.Page page = browser.open("http://127.0.0.1:" + port + "/channels/orders")) {
      page.waitFor(LIVE);
      duet.close();
      page.waitFor("document.querySelectorAll('.side .dot.up').length === 0");
      duet = Duet.start(DuetSettings.DEFAULT.withPort(port));
      page.waitFor(LIVE);
      page.fill("#data", "again");
      page.click("button[value=post]");
      shows(page, 1, 0, "again");
      assertThat(page.evaluate("document.querySelector('#sse-log').textContent"))
          .contains("duet.gap", "unknown-log");
      page.screenshot(picture("channel-after-restart"));
    } finally {
      duet.close();
    }
  }
}
