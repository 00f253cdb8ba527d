package dev.duet.app.client;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Long polls: a page, and the next one from its cursor.
final class PollWay implements Reading.Way {
  private static final int MOST = 1_000;

  private static final int WAIT_SECONDS = 25;
  private static final int MOST_WAIT_SECONDS = 55;
  private static final Duration TIMEOUT = Duration.ofSeconds(MOST_WAIT_SECONDS + 60);

  private int limit = MOST;

  @Override
  public Ending read(Reading reading, @Nullable String cursor, Reading.Taker taker)
      throws IOException, InterruptedException {
    Remote remote = reading.remote();
    String after = cursor;
    while (true) {
      HttpRequest request = request(reading, after);
      int asked = limit;
      // A page that breaks off is lost whole: the next one is smaller.
      limit = Math.max(1, asked / 4);
      HttpResponse<String> response = remote.client().send(request, BodyHandlers.ofString());
      limit = Math.min(MOST, asked * 2);
      if (response.statusCode() != 200) {
        return Ending.of(Failure.of(response, response.body()));
      }
      Map<String, String> page;
      try {
        page = JsonText.members(response.body());
        if (!take(page, taker)) {
          return new Ending.Enough();
        }
      } catch (IllegalArgumentException e) {
        throw new IOException("what came is not of this protocol", e);
      }
      after = JsonText.string(page.get("cursor"));
      if (after == null) {
        throw new IOException("a page has no cursor");
      }
      if (!taker.take(Message.ofCursor(after))) {
        return new Ending.Enough();
      }
    }
  }

  /// The first page is there at once, without a pace: only with its cursor may the connection
  /// break.
  private HttpRequest request(Reading reading, @Nullable String after) {
    // As every other transport, and unlike a page, a state begins at its start.
    String since = reading.since() == null ? "default" : reading.since();
    String every = after == null ? null : reading.every();
    // A pace may be as long as the wait.
    int wait = after == null ? 0 : every == null ? WAIT_SECONDS : MOST_WAIT_SECONDS;
    HttpRequest.Builder request =
        reading
            .remote()
            .request(
                new Reading(reading.remote(), reading.channels(), since, every)
                    .uri(Map.entry("wait", wait + "s"), Map.entry("limit", "" + limit)))
            .header("Accept", "application/json")
            .timeout(TIMEOUT);
    return after == null ? request.build() : request.header("Last-Event-ID", after).build();
  }

  private boolean take(Map<String, String> page, Reading.Taker taker) {
    for (String gap : JsonText.elements(page.getOrDefault("gaps", "[]"))) {
      if (!taker.take(Message.control("duet.gap", null, gap))) {
        return false;
      }
    }
    for (String publication : JsonText.elements(page.getOrDefault("publications", "[]"))) {
      if (!taker.take(Message.of(publication))) {
        return false;
      }
    }
    for (String channel : JsonText.elements(page.getOrDefault("ended", "[]"))) {
      if (!taker.take(
          Message.control(
              "duet.end", null, "{\"channel\":" + channel + ",\"reason\":\"ended\"}"))) {
        return false;
      }
    }
    return true;
  }
}
