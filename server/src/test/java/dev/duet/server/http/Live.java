package dev.duet.server.http;

import dev.duet.broker.Broker;
import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.transport.TransportOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/// A server on loopback with channels `hello…` and others that keep history, `state…` that keep the
/// latest per key, `flash…` that keep nothing; and clients of it.
final class Live implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  static final Namespaces NAMESPACES =
      new Namespaces(
          List.of(
              new Namespace(
                  "state*", Retention.DEFAULT.withMode(Retention.Mode.LATEST), Durability.OS),
              new Namespace(
                  "flash*", Retention.DEFAULT.withMode(Retention.Mode.NONE), Durability.OS),
              new Namespace("short*", Retention.DEFAULT.withMaxCount(2), Durability.OS),
              new Namespace("hello*", Retention.DEFAULT, Durability.OS)));

  final Duet duet;
  final int port;
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Live() {
    this(settings -> settings);
  }

  Live(UnaryOperator<DuetSettings> change) {
    duet = Duet.start(change.apply(settings()));
    port = duet.port();
  }

  Live(Broker broker) {
    duet = Duet.start(settings(), broker);
    port = duet.port();
  }

  /// One that takes no publication: each is told BUSY.
  static Live busy() {
    return new Live(new MemoryBroker(MemorySettings.of(NAMESPACES).withPending(0, 0)));
  }

  /// One whose ring holds as good as nothing, so that readers depend on what the log keeps.
  static Live forgetful() {
    return new Live(settings -> settings.withHub(settings.hub().withRing(2, 1)));
  }

  private static DuetSettings settings() {
    return DuetSettings.DEFAULT
        .withPort(0)
        .withNamespaces(NAMESPACES)
        .withTransport(TransportOptions.on("127.0.0.1", 0).withLoops(2))
        .withStopTimeout(Duration.ofSeconds(1));
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + duet.port() + path);
  }

  /// @param headers names and values
  HttpResponse<String> get(String path, String... headers) {
    return send("GET", path, new byte[0], headers);
  }

  HttpResponse<String> page(String path) {
    return get(path, "Accept", "application/json");
  }

  HttpResponse<String> post(String path, String body, String... headers) {
    return send("POST", path, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  HttpResponse<String> send(String method, String path, byte[] body, String... headers) {
    var request =
        HttpRequest.newBuilder(uri(path))
            .timeout(PATIENCE)
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Publishes a text and returns its offset.
  long publish(String path, String body, String... headers) {
    HttpResponse<String> answer = post(path, body, headers);
    if (answer.statusCode() != 200) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
    return offset(answer.body());
  }

  static long offset(String json) {
    return Long.parseLong(member(json, "offset"));
  }

  /// The first member of that name that is a number or a string.
  static String member(String json, String name) {
    int at = json.indexOf("\"" + name + "\":");
    if (at < 0) {
      throw new AssertionError("no " + name + " in " + json);
    }
    String rest = json.substring(at + name.length() + 3);
    return rest.startsWith("\"")
        ? rest.substring(1, rest.indexOf('"', 1))
        : rest.split("[,}\\]]", 2)[0];
  }

  String cursor() {
    return member(get("/cursor").body(), "cursor");
  }

  /// Whether it takes connections.
  boolean listens() {
    try (var probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /// A stream, or any other exchange in bytes.
  Raw open(String path, String... fields) {
    var head = new StringBuilder("GET " + path + " HTTP/1.1\r\nhost: localhost\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    return new Raw(port).send(head + "\r\n");
  }

  Raw events(String path, String... fields) {
    Raw raw = open(path, plus(fields, "accept: text/event-stream"));
    raw.until("\r\n\r\n");
    return raw;
  }

  private static String[] plus(String[] fields, String one) {
    String[] more = java.util.Arrays.copyOf(fields, fields.length + 1);
    more[fields.length] = one;
    return more;
  }

  @Override
  public void close() {
    client.close();
    duet.close();
  }

  /// A client's socket; text is Latin-1.
  static final class Raw implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Raw(int port) {
      try {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        in = socket.getInputStream();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Raw send(String text) {
      try {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Raw endInput() {
      try {
        socket.shutdownOutput();
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /// All until the server closes.
    String rest() {
      try {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /// Up to and including this text.
    String until(String end) {
      var got = new ByteArrayOutputStream();
      try {
        while (!got.toString(StandardCharsets.UTF_8).endsWith(end)) {
          int b = in.read();
          if (b < 0) {
            throw new AssertionError("closed after: " + got);
          }
          got.write(b);
        }
      } catch (IOException e) {
        throw new AssertionError("no '" + end + "' after: " + got, e);
      }
      return got.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
