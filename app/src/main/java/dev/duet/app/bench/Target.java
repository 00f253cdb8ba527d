package dev.duet.app.bench;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The server that is measured, and how it is spoken to. `{channel}` stands for the channel's name
/// wherever a text is a template; in the publish body `{payload}` stands for the payload, and with
/// `:url` behind the name the value is percent-encoded.
///
/// @param base `http://host:port`
/// @param form how subscribers read
/// @param path template of the path that a subscriber asks for
/// @param headers more header fields of a subscriber's request, `Name: value`
/// @param hello template of the first message on a WebSocket, or null for none
/// @param publishUrl template of the URL that is published to
/// @param publishMethod its method
/// @param publishHeaders header fields of a publish, `Name: value`
/// @param publishBody template of its body
/// @param channelName template of a channel's name: `{n}` is its number
public record Target(
    URI base,
    Form form,
    String path,
    List<String> headers,
    @Nullable String hello,
    String publishUrl,
    String publishMethod,
    List<String> publishHeaders,
    String publishBody,
    String channelName) {
  private static final int HTTP_PORT = 80;
  private static final String SUBSCRIBE =
      "{\"type\":\"subscribe\",\"id\":1,\"channel\":\"{channel}\"}";

  public Target {
    headers = List.copyOf(headers);
    publishHeaders = List.copyOf(publishHeaders);
    requirePlace(base);
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("the path begins with '/', unlike '" + path + "'");
    }
    if (hello != null && !form.isSocket()) {
      throw new IllegalArgumentException("a first message is sent on a WebSocket only");
    }
    requirePlace(URI.create(filled(publishUrl, "channel", "")));
    for (String header : headers) {
      requireHeader(header);
    }
    for (String header : publishHeaders) {
      requireHeader(header);
    }
  }

  /// Duet at `base`, with channels named after the run.
  public static Target duet(URI base, Form form, String run) {
    return new Target(
        base,
        form,
        form == Form.DUET_V1 ? "/ws" : "/channels/{channel}",
        List.of(),
        form == Form.DUET_V1 ? SUBSCRIBE : null,
        base.resolve("/") + "channels/{channel}",
        "POST",
        List.of("Content-Type: application/json"),
        "{payload}",
        "bench." + run + ".{n}");
  }

  static int port(URI uri) {
    return uri.getPort() < 0 ? HTTP_PORT : uri.getPort();
  }

  String channel(int number) {
    return channelName.replace("{n}", Integer.toString(number));
  }

  String pathFor(int number) {
    return filled(path, channel(number), "");
  }

  /// @throws IllegalArgumentException if the template does not make a URL
  URI publishUriFor(int number) {
    return URI.create(filled(publishUrl, channel(number), ""));
  }

  static String filled(String template, String channel, String payload) {
    return template
        .replace("{channel}", channel)
        .replace("{channel:url}", encoded(channel))
        .replace("{payload}", payload)
        .replace("{payload:url}", encoded(payload));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static void requirePlace(URI uri) {
    if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new IllegalArgumentException(
          "a server is an http:// URL with a host, not '" + uri + "' (TLS is not measured)");
    }
  }

  private static void requireHeader(String header) {
    if (!header.matches("[A-Za-z0-9-]+: ?[\\x20-\\x7e]*")) {
      throw new IllegalArgumentException(
          "a header field is 'Name: value' in ASCII, unlike '" + header + "'");
    }
  }
}
