package dev.duet.systemtests.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Publishes over HTTP, one request after the other, each until it is answered.
final class HttpPublisher implements Runnable {
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final int AGAIN_MILLIS = 20;
  private static final int PAUSE_MILLIS = 12;
  private static final int LARGEST_BATCH = 20;
  private static final String PROBE = "has this channel ended?";

  private final HttpClient http;
  private final String origin;
  private final Drafts drafts;
  private final boolean batches;
  private final Book book;
  private final Random random;
  private final AtomicBoolean enough;

  /// @param batches whether some of its requests have several publications
  /// @param enough ends it, once all that it has sent is answered
  HttpPublisher(
      HttpClient http,
      String origin,
      Drafts drafts,
      boolean batches,
      Book book,
      Random random,
      AtomicBoolean enough) {
    this.http = http;
    this.origin = origin;
    this.drafts = drafts;
    this.batches = batches;
    this.book = book;
    this.random = random;
    this.enough = enough;
  }

  @Override
  public void run() {
    try {
      while (!enough.get()) {
        if (batches && random.nextInt(4) == 0) {
          batch();
        } else {
          publish(drafts.next());
        }
        TimeUnit.MILLISECONDS.sleep(random.nextInt(PAUSE_MILLIS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | AssertionError e) {
      book.unexpected("a publisher failed: " + e);
    }
  }

  /// @return the offset that it was told, or -1 if it was refused
  long publish(Drafts.Draft draft) throws InterruptedException {
    return publish(draft, "", -1);
  }

  /// @param more parameters, each with an ampersand before it
  /// @param after offset of the channel's last publication, 0 for none; -1 not to say
  /// @return the offset that it was told, or -1 if it was refused
  long publish(Drafts.Draft draft, String more, long after) throws InterruptedException {
    Publication publication = draft.publication();
    Body body = draft.body();
    String key = publication.key();
    HttpRequest.Builder request =
        request(publication.channel(), (key.isEmpty() ? "" : "&key=" + key) + more)
            .header("Idempotency-Key", publication.idempotencyKey());
    if (after >= 0) {
      request.header("If-Match", String.valueOf(after));
    }
    if (body == null) {
      request.DELETE();
    } else {
      request
          .header("Content-Type", body.contentType())
          .POST(BodyPublishers.ofByteArray(body.bytes()));
    }
    HttpResponse<String> answer = answered(request.build());
    if (answer.statusCode() != 200) {
      unexpected(publication.toString(), answer);
      return -1;
    }
    Json receipt = Json.object(answer.body());
    book.answered(publication, receipt);
    return receipt.number("offset");
  }

  private HttpRequest.Builder request(String channel, String parameters) {
    String query = parameters.isEmpty() ? "" : "?" + parameters.substring(1);
    return HttpRequest.newBuilder(URI.create(origin + "/channels/" + channel + query))
        .timeout(ANSWER);
  }

  /// Publishes what is to be refused. A server that forgot the end of the channel takes it: then
  /// the log has [#PROBE], which is in no book.
  ///
  /// @return the code of the error, or "" if it was taken
  String refusal(String channel) throws InterruptedException {
    return Json.object(
            answered(request(channel, "").POST(BodyPublishers.ofString(PROBE)).build()).body())
        .text("code");
  }

  private void batch() throws InterruptedException {
    String channel = drafts.channel();
    var batch = new ArrayList<Drafts.Draft>();
    var lines = new StringBuilder();
    for (int i = 1 + random.nextInt(LARGEST_BATCH); i > 0; i--) {
      Drafts.Draft draft = drafts.on(channel);
      batch.add(draft);
      lines.append('{').append(draft.members()).append("}\n");
    }
    HttpRequest request =
        request(channel, "")
            .header("Content-Type", "application/x-ndjson")
            .POST(BodyPublishers.ofString(lines.toString(), UTF_8))
            .build();
    while (true) {
      HttpResponse<String> answer = answered(request);
      if (answer.statusCode() != 200) {
        unexpected("a batch on " + channel, answer);
        return;
      }
      List<Json> results =
          Json.elements(Json.object(answer.body()).text("results")).stream()
              .map(Json::object)
              .toList();
      if (results.size() == batch.size() && results.stream().allMatch(r -> r.has("cursor"))) {
        for (int i = 0; i < batch.size(); i++) {
          book.answered(batch.get(i).publication(), results.get(i));
        }
        return;
      }
      book.refusedForNow();
      TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
    }
  }

  /// Tries until there is an answer that does not say to come back.
  private HttpResponse<String> answered(HttpRequest request) throws InterruptedException {
    while (true) {
      try {
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 503 && answer.statusCode() != 507) {
          return answer;
        }
        book.refusedForNow();
      } catch (IOException e) {
        // not answered: with its key it is safe to try again
      }
      TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
    }
  }

  private void unexpected(String what, HttpResponse<String> answer) {
    book.unexpected(what + ": " + answer.statusCode() + " " + answer.body());
  }
}
