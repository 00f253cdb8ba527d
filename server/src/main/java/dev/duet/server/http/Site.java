package dev.duet.server.http;

import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The page for people, from the class path: no build step, and nothing inline, so that the content
/// security policy can be strict. It is one page, which reads from its URL what to show.
final class Site {
  /// `%s` is the page's own address for WebSockets, which not every browser takes as `'self'`.
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src"
          + " 'self'%s; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private static final Pattern AUTHORITY = Pattern.compile("[A-Za-z0-9.:\\[\\]-]+");

  private final Response start = html("<body class=\"start\">");
  private final Response channel = html("<body>");
  private final Map<String, Response> assets = new HashMap<>();

  Site() {
    assets.put("/assets/duet.css", asset("duet.css", "text/css; charset=utf-8"));
    assets.put("/assets/icon.svg", asset("icon.svg", "image/svg+xml"));
    assets.put("/favicon.ico", asset("icon.svg", "image/svg+xml"));
    for (String script : List.of("page.js", "receive.js", "show.js")) {
      assets.put("/assets/" + script, asset(script, "text/javascript; charset=utf-8"));
    }
  }

  /// The start page.
  Response start(RequestHead head) {
    return guarded(start, head);
  }

  /// The page of any channel.
  Response channel(RequestHead head) {
    return guarded(channel, head);
  }

  @Nullable Response asset(String path) {
    return assets.get(path);
  }

  private static Response guarded(Response page, RequestHead head) {
    String host = head.forwardedHost() != null ? head.forwardedHost() : head.header("host");
    String sockets =
        host == null || !AUTHORITY.matcher(host).matches()
            ? ""
            : " ws://" + host + " wss://" + host;
    return page.with("content-security-policy", POLICY.formatted(sockets))
        .with("cross-origin-opener-policy", "same-origin")
        .with("referrer-policy", "no-referrer");
  }

  private static Response html(String body) {
    String page = new String(read("page.html"), StandardCharsets.UTF_8);
    return Response.text(200, "text/html; charset=utf-8", page.replace("<body>", body));
  }

  private static Response asset(String name, String type) {
    return Response.of(200, type, read(name));
  }

  private static byte[] read(String name) {
    try (InputStream in = Site.class.getResourceAsStream("site/" + name)) {
      if (in == null) {
        throw new IllegalStateException("site/" + name + " is not on the class path");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
