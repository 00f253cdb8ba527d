package dev.duet.app.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/// A server as this side sees it: its address, what is sent with every request, and the JDK's
/// client.
///
/// @param base without a slash at its end
/// @param headers names and values
public record Remote(URI base, List<Map.Entry<String, String>> headers, HttpClient client) {
  /// Beyond, an address does not answer.
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /// @param url such as `http://127.0.0.1:8080`, or with a path before that of the server
  /// @param headers lines such as `Authorization: Bearer x`
  /// @throws ClientException if one of them is none
  public static Remote at(String url, List<String> headers) {
    URI base = uri(url);
    var fields = headers.stream().map(Remote::field).toList();
    if (fields.stream().anyMatch(field -> field.getKey().equalsIgnoreCase("host"))) {
      // The JDK keeps it to itself unless it is told otherwise, before its first request.
      System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
    }
    HttpClient.Builder client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
    if (base.getScheme().equals("http")) {
      client.sslContext(none());
    }
    return new Remote(base, fields, client.build());
  }

  private static URI uri(String url) {
    try {
      URI uri = new URI(url.replaceFirst("/+$", ""));
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https"))
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return new URI(scheme + uri.toString().substring(scheme.length()));
      }
    } catch (URISyntaxException e) {
      // Told below.
    }
    throw new ClientException(
        "'" + url + "' is not the address of a server, such as http://127.0.0.1:8080");
  }

  private static Map.Entry<String, String> field(String line) {
    int colon = line.indexOf(':');
    String name = colon < 0 ? "" : line.substring(0, colon).strip();
    String value = line.substring(colon + 1).strip();
    try {
      HttpRequest.newBuilder().header(name.equalsIgnoreCase("host") ? "x" : name, value);
    } catch (IllegalArgumentException e) {
      throw new ClientException(
          "'" + line + "' is not a header that can be sent, such as 'Authorization: Bearer x'");
    }
    return Map.entry(name, value);
  }

  /// Without it the JDK reads its certificates, which takes longer than all of a publish.
  private static SSLContext none() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// @param query pairs of a name and a value; a pair with an empty value has only its name
  URI uri(String path, List<Map.Entry<String, String>> query) {
    String parameters =
        query.stream()
            .map(
                pair ->
                    pair.getValue().isEmpty()
                        ? pair.getKey()
                        : pair.getKey() + "=" + encoded(pair.getValue()))
            .collect(Collectors.joining("&"));
    return URI.create(base + path + (parameters.isEmpty() ? "" : "?" + parameters));
  }

  /// The path of channels; commas separate them.
  static String path(String channels) {
    return "/channels/" + encoded(channels).replace("%2C", ",").replace("%3A", ":");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  HttpRequest.Builder request(URI uri) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    headers.forEach(field -> request.header(field.getKey(), field.getValue()));
    return request;
  }

  /// Whether nobody took the connection, so that nothing was sent.
  static boolean isRefused(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /// What to say of a server that was never reached.
  ClientException unreachable(IOException cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (root instanceof UnresolvedAddressException) {
      return new ClientException("there is no host " + base.getHost() + " (--url is " + base + ")");
    }
    String why =
        cause instanceof HttpConnectTimeoutException
            ? "does not answer"
            : cause instanceof ConnectException
                ? "takes no connections; does the server run? ('duet serve'; --url names another)"
                : "breaks off: " + root;
    return new ClientException(base + " " + why);
  }
}
