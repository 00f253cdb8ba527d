package dev.duet.systemtests.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The pages for people, in Chromium. Leaves a picture of each in `target/pages`.
class PagesBrowserTest {
  private static Browser browser;

  @BeforeAll
  static void startBrowser() throws IOException {
    browser = new Browser();
  }

  @AfterAll
  static void endBrowser() throws InterruptedException {
    browser.close();
  }

  private static Path picture(String name) throws Exception {
    Path directory = Path.of("target/pages").toAbsolutePath();
    Files.createDirectories(directory);
    return directory.resolve(name + ".png");
  }

  @ParameterizedTest
  @CsvSource({"light, 1000", "dark, 1000", "light, 360"})
  void bothSidesShowWhatIsPublishedOnThePage(String scheme, int width) throws Exception {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
        Browser.Page page =
            browser.open("http://127.0.0.1:" + duet.port() + "/channels/orders", scheme, width)) {
      page.waitFor("document.querySelectorAll('.dot.up').length === 2");
      page.fill("#data", "{\"price\": 42, \"unit\": \"EUR\"}");
      page.fill("#event", "price");
      page.click("button[value=post]");
      page.waitFor("document.querySelector('#receipt').textContent.startsWith('Published at')");
      shows(page, 1, "{\"price\":42,\"unit\":\"EUR\"}");

      page.fill("#event", "");
      page.fill("#data", "Grüße, 世界 <b>not bold</b> 🦜");
      page.click("button[value=socket]");
      shows(page, 2, "Grüße, 世界 <b>not bold</b> 🦜");

      page.fill("#data", "a word of no end: " + "x".repeat(300));
      page.click("button[value=post]");
      shows(page, 3, "a word of no end: " + "x".repeat(300));
      assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
          .isEqualTo("true");
      assertThat(page.problems()).isEqualTo("[]");
      page.screenshot(picture("channel-" + scheme + "-" + width));
    }
  }

  private static void shows(Browser.Page page, int count, String text) {
    for (String box : new String[] {"#sse-log", "#ws-log"}) {
      page.waitFor(
          "document.querySelectorAll('%s li:not(.control)').length === %d".formatted(box, count));
      assertThat(
              page.evaluate(
                  "document.querySelector('%s li:not(.control) .data').textContent".formatted(box)))
          .isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource({"light, 1000", "dark, 1000", "light, 360"})
  void theStartPageLeadsToAChannel(String scheme, int width) throws Exception {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
        Browser.Page page = browser.open("http://127.0.0.1:" + duet.port() + "/", scheme, width)) {
      page.waitFor("document.querySelector('#health').textContent === 'ok'");
      assertThat(page.evaluate("document.querySelector('#cursor').textContent"))
          .isEqualTo(duet.cursor().toString());
      assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
          .isEqualTo("true");
      page.screenshot(picture("start-" + scheme + "-" + width));
      page.fill("#name", "news.today");
      page.click("#open button");
      page.waitFor("location.pathname === '/channels/news.today'");
      page.waitFor("document.querySelectorAll('.dot.up').length === 2");
      assertThat(page.problems()).isEqualTo("[]");
    }
  }

  @Test
  void aPageComesBackAfterARestart() throws Exception {
    Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
    int port = duet.port();
    try (Browser.Page page = browser.open("http://127.0.0.1:" + port + "/channels/orders")) {
      page.waitFor("document.querySelectorAll('.dot.up').length === 2");
      duet.close();
      page.waitFor("document.querySelectorAll('.dot.up').length === 0");
      duet = Duet.start(DuetSettings.DEFAULT.withPort(port));
      page.waitFor("document.querySelectorAll('.dot.up').length === 2");
      page.fill("#data", "again");
      page.click("button[value=post]");
      shows(page, 1, "again");
      assertThat(page.evaluate("document.querySelector('#sse-log').textContent"))
          .contains("duet.gap", "unknown-log");
      page.screenshot(picture("channel-after-restart"));
    } finally {
      duet.close();
    }
  }
}
