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
  private static final int LARGEST_BATCH = 20;

  private final HttpClient http;
  private final String origin;
  private final Drafts drafts;
  private final Layout layout;
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
      Layout layout,
      boolean batches,
      Book book,
      Random random,
      AtomicBoolean enough) {
    this.http = http;
    this.origin = origin;
    this.drafts = drafts;
    this.layout = layout;
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
        TimeUnit.MILLISECONDS.sleep(random.nextInt(20));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | AssertionError e) {
      book.unexpected("a publisher failed: " + e);
    }
  }

  /// @return whether it was answered with a receipt
  boolean publish(Drafts.Draft draft) throws InterruptedException {
    Publication publication = draft.publication();
    Body body = draft.body();
    String key = publication.key();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    origin
                        + "/channels/"
                        + publication.channel()
                        + (key.isEmpty() ? "" : "?key=" + key)))
            .timeout(ANSWER)
            .header("Idempotency-Key", publication.idempotencyKey());
    if (body == null) {
      request.DELETE();
    } else {
      request
          .header("Content-Type", body.contentType())
          .POST(BodyPublishers.ofByteArray(body.bytes()));
    }
    String receipt = answered(request.build(), publication.toString());
    if (!receipt.isEmpty()) {
      book.answered(publication, Json.object(receipt));
    }
    return !receipt.isEmpty();
  }

  private void batch() throws InterruptedException {
    String channel = layout.any(random);
    var batch = new ArrayList<Drafts.Draft>();
    var lines = new StringBuilder();
    for (int i = 1 + random.nextInt(LARGEST_BATCH); i > 0; i--) {
      Drafts.Draft draft = drafts.on(channel);
      batch.add(draft);
      lines.append('{').append(draft.members()).append("}\n");
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(origin + "/channels/" + channel))
            .timeout(ANSWER)
            .header("Content-Type", "application/x-ndjson")
            .POST(BodyPublishers.ofString(lines.toString(), UTF_8))
            .build();
    while (true) {
      String answer = answered(request, "a batch on " + channel);
      if (answer.isEmpty()) {
        return;
      }
      List<Json> results =
          Json.elements(Json.object(answer).text("results")).stream().map(Json::object).toList();
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
  ///
  /// @return "" if that was no receipt
  private String answered(HttpRequest request, String what) throws InterruptedException {
    while (true) {
      try {
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        int status = answer.statusCode();
        if (status == 200) {
          return answer.body();
        }
        if (status != 503) {
          book.unexpected(what + ": " + status + " " + answer.body());
          return "";
        }
        book.refusedForNow();
      } catch (IOException e) {
        // not answered: with its key it is safe to try again
      }
      TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
    }
  }
}
