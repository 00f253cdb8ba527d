package dev.duet.app.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/// Publishes, and tries again what may succeed later, with the same idempotency key: so it is
/// stored once, whatever became of an answer.
public final class Publisher {
  /// Less than the two minutes for which a server remembers a key.
  public static final Duration MOST = Duration.ofSeconds(100);

  private final Remote remote;
  private final Duration patience;
  private final Told told;
  private final Pauses pauses;

  /// Hears of tries that did not succeed.
  @FunctionalInterface
  public interface Told {
    void again(String why, Duration pause);
  }

  /// One request.
  ///
  /// @param method `POST` or `DELETE`
  /// @param query pairs of a name and a value; a pair with an empty value has only its name
  /// @param key the idempotency key
  public record Request(
      String method,
      String channels,
      List<Map.Entry<String, String>> query,
      byte[] body,
      @Nullable String type,
      String key,
      @Nullable String ifMatch) {}

  /// What became of one publication.
  ///
  /// @param json the receipt or the problem, as the server wrote it
  /// @param failure what is wrong, or null
  /// @param condition see [ClientException#isCondition]
  public record Result(
      String json, Map<String, String> members, @Nullable String failure, boolean condition) {

    private static Result of(String json) {
      Map<String, String> members = JsonText.members(json);
      if (members.containsKey("code")) {
        Failure failure = Failure.of(members);
        return new Result(json, members, failure.text(), failure.condition());
      }
      return new Result(json, members, null, false);
    }

    private boolean isTemporary() {
      return failure != null && Failure.of(members).temporary();
    }
  }

  /// @param patience for all tries together, at most [#MOST]
  /// @param random from 0 to 1, to spread tries
  public Publisher(Remote remote, Duration patience, Told told, DoubleSupplier random) {
    this.remote = remote;
    this.patience = patience;
    this.told = told;
    this.pauses = new Pauses(random);
  }

  /// Publishes. Blocks until the server has answered for good.
  ///
  /// @return a result for each channel, or for each line of a batch
  /// @throws ClientException if it was refused as a whole, or did not succeed in time
  public List<Result> publish(Request request) throws InterruptedException {
    URI uri = remote.uri(Remote.path(request.channels()), request.query());
    long end = System.nanoTime() + patience.toNanos();
    boolean reached = false;
    pauses.reset();
    while (true) {
      Failure failure;
      List<Result> results = List.of();
      try {
        Duration left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
        HttpResponse<String> response =
            remote.client().send(http(request, uri, left), BodyHandlers.ofString());
        reached = true;
        if (response.statusCode() == 200) {
          results = results(response.body());
          Result first = results.stream().filter(Result::isTemporary).findFirst().orElse(null);
          if (first == null) {
            return results;
          }
          failure = Failure.of(first.members());
        } else {
          failure = Failure.of(response, response.body());
        }
      } catch (IOException e) {
        ClientException unreachable = remote.unreachable(e);
        // What was sent may have arrived; what never connected has not.
        if (!reached && Remote.isRefused(e)) {
          throw unreachable;
        }
        reached = true;
        failure = new Failure(String.valueOf(unreachable.getMessage()), true, false, null);
      }
      if (!failure.temporary()) {
        throw failure.exception();
      }
      Duration pause = pauses.next(failure.pause());
      if (System.nanoTime() + pause.toNanos() > end) {
        if (!results.isEmpty()) {
          return results;
        }
        throw new ClientException(failure.text() + " (tried for " + patience.toSeconds() + " s)");
      }
      told.again(failure.text(), pause);
      Thread.sleep(pause);
    }
  }

  private HttpRequest http(Request request, URI uri, Duration left) {
    HttpRequest.Builder http =
        remote
            .request(uri)
            .method(
                request.method(),
                request.method().equals("DELETE")
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(request.body()))
            .header("Idempotency-Key", request.key())
            .timeout(left);
    if (request.type() != null) {
      http.header("Content-Type", request.type());
    }
    if (request.ifMatch() != null) {
      http.header("If-Match", request.ifMatch());
    }
    return http.build();
  }

  /// Receipts, and problems of those that were not appended.
  private static List<Result> results(String body) throws IOException {
    try {
      Map<String, String> answer = JsonText.members(body);
      String several = answer.get("results");
      if (several == null) {
        return List.of(Result.of(body.strip()));
      }
      var results = new ArrayList<Result>();
      for (String element : JsonText.elements(several)) {
        results.add(Result.of(element));
      }
      return results;
    } catch (IllegalArgumentException e) {
      throw new IOException("the answer is no receipt", e);
    }
  }
}
