package dev.duet.server.http;

import dev.duet.server.exchange.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The pages for people, from the class path: no build step, and nothing inline, so that the
/// content security policy can be strict.
final class Site {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Response start = html("index.html");
  private final Response channel = html("channel.html");
  private final Map<String, Response> assets =
      Map.of(
          "/assets/duet.css", asset("duet.css", "text/css; charset=utf-8"),
          "/assets/start.js", asset("start.js", "text/javascript; charset=utf-8"),
          "/assets/channel.js", asset("channel.js", "text/javascript; charset=utf-8"));

  /// The start page.
  Response start() {
    return start;
  }

  /// The page of any channel: it reads its name from its URL.
  Response channel() {
    return channel;
  }

  @Nullable Response asset(String path) {
    return assets.get(path);
  }

  private static Response html(String name) {
    return asset(name, "text/html; charset=utf-8")
        .with("content-security-policy", POLICY)
        .with("referrer-policy", "no-referrer");
  }

  private static Response asset(String name, String type) {
    try (InputStream in = Site.class.getResourceAsStream("site/" + name)) {
      if (in == null) {
        throw new IllegalStateException("site/" + name + " is not on the class path");
      }
      return Response.of(200, type, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
