package dev.duet.app.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A stream that is the answer to one `GET`: Server-Sent Events or NDJSON.
final class HttpWay implements Reading.Way {
  private static final int MAX_PROBLEM = 64 << 10;

  private final String accept;
  private final Form form;

  /// How messages stand in the stream.
  interface Form {
    /// The next message; null when there is none.
    @Nullable Message next(Lines lines) throws IOException;
  }

  private HttpWay(String accept, Form form) {
    this.accept = accept;
    this.form = form;
  }

  static HttpWay events() {
    return new HttpWay("text/event-stream", EventBlocks::next);
  }

  static HttpWay lines() {
    return new HttpWay("application/x-ndjson", HttpWay::line);
  }

  private static @Nullable Message line(Lines lines) throws IOException {
    String line = lines.next();
    while (line != null && line.isEmpty()) {
      line = lines.next();
    }
    return line == null ? null : Message.of(line);
  }

  @Override
  public Ending read(Reading reading, @Nullable String cursor, Reading.Taker taker)
      throws IOException, InterruptedException {
    Remote remote = reading.remote();
    HttpRequest.Builder request =
        remote.request(reading.uri(Map.entry("envelope", "json"))).header("Accept", accept);
    if (cursor != null) {
      request.header("Last-Event-ID", cursor);
    }
    HttpResponse<InputStream> response =
        remote.client().send(request.build(), BodyHandlers.ofInputStream());
    try (InputStream body = new Silence(response.body())) {
      if (response.statusCode() == 204) {
        return new Ending.Done();
      } else if (response.statusCode() != 200) {
        String said = new String(body.readNBytes(MAX_PROBLEM), StandardCharsets.UTF_8);
        return Ending.of(Failure.of(response, said));
      }
      String type = response.headers().firstValue("content-type").orElse("");
      if (!type.startsWith(accept)) {
        return new Ending.Refused(
            new Failure(
                remote.base() + " answers '" + type + "' instead of a stream", false, false, null));
      }
      var lines = new Lines(body);
      for (Message message = form.next(lines); message != null; message = form.next(lines)) {
        if (message.isEndOfStream()) {
          return Ending.told(message);
        } else if (!taker.take(message)) {
          return new Ending.Enough();
        }
      }
      return new Ending.Again("broke", null);
    } catch (IllegalArgumentException e) {
      throw new IOException("what came is not of this protocol", e);
    }
  }
}
