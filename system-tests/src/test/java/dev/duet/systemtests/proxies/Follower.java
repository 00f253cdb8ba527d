package dev.duet.systemtests.proxies;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.duet.systemtests.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Follows a channel from a cursor on, over one transport, and comes back with its newest cursor
/// whenever its connection ends, until it is stopped.
final class Follower implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(20);
  private static final Duration ANSWER = Duration.ofSeconds(60);

  /// What it follows over.
  enum Over {
    EVENTS,
    LINES,
    POLLS,
    /// A WebSocket on the channel.
    SOCKET,
    /// `duet.v1`.
    SESSION
  }

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();
  private final Over over;
  private final String url;
  private final List<String> seen = new ArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Thread thread;
  private volatile String cursor;
  private volatile boolean stopped;

  /// @param url of the channel
  Follower(Over over, String url, String cursor) {
    this.over = over;
    this.url = url;
    this.cursor = cursor;
    this.thread = Thread.ofVirtual().name("follower-" + over).start(this::run);
  }

  Over over() {
    return over;
  }

  /// The texts it got, and control events that say that something is missing, in order.
  List<String> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  /// Connections that were answered.
  int connections() {
    return connections.get();
  }

  private void run() {
    while (!stopped) {
      try {
        switch (over) {
          case EVENTS -> stream("text/event-stream", new Events());
          case LINES -> stream("application/x-ndjson", this::envelope);
          case POLLS -> poll();
          case SOCKET -> socket(url + "?envelope=json&since=" + cursor, "", this::envelope);
          case SESSION -> socket(url.replaceAll("/channels/.*", "/ws"), subscribe(), this::message);
        }
        TimeUnit.MILLISECONDS.sleep(over == Over.POLLS ? 1 : 50);
      } catch (IOException | ExecutionException | TimeoutException e) {
        pause();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void add(String what) {
    synchronized (seen) {
      seen.add(what);
    }
  }

  private void stream(String accept, Consumer<String> line)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "?since=" + cursor))
            .header("Accept", accept)
            .build();
    HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
    try (InputStream in = answer.body()) {
      if (answer.statusCode() == 200) {
        connections.incrementAndGet();
        lines(in, line);
      }
    }
  }

  /// Whole lines only: what a cut left of one is nothing.
  private static void lines(InputStream in, Consumer<String> line) throws IOException {
    var open = new ByteArrayOutputStream();
    var buffer = new byte[16 << 10];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      for (int i = 0; i < n; i++) {
        if (buffer[i] == '\n') {
          line.accept(open.toString(UTF_8));
          open.reset();
        } else {
          open.write(buffer[i]);
        }
      }
    }
  }

  /// Blocks of events; one counts with its empty line.
  private final class Events implements Consumer<String> {
    private String id = "";
    private String event = "";
    private String data = "";

    @Override
    public void accept(String line) {
      if (line.startsWith("id: ")) {
        id = line.substring(4);
      } else if (line.startsWith("event: ")) {
        event = line.substring(7);
      } else if (line.startsWith("data: ")) {
        data = line.substring(6);
      } else if (line.isEmpty()) {
        if (event.equals("duet.gap")) {
          add("gap " + data);
        } else if (event.isEmpty() && !data.isEmpty()) {
          add(data);
        }
        cursor = id.isEmpty() ? cursor : id;
        event = "";
        data = "";
      }
    }
  }

  private void envelope(String line) {
    if (line.isEmpty()) {
      return;
    }
    Json json = Json.object(line);
    if (json.text("event").equals("duet.gap")) {
      add("gap " + json.text("data"));
    } else if (json.has("channel")) {
      add(json.text("data"));
    }
    cursor = json.has("cursor") ? json.text("cursor") : cursor;
  }

  private void poll() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "?wait=5s&since=" + cursor))
            .timeout(ANSWER)
            .header("Accept", "application/json")
            .build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() == 200) {
      connections.incrementAndGet();
      Json page = Json.object(answer.body());
      Json.elements(page.text("gaps")).forEach(gap -> add("gap " + gap));
      Json.elements(page.text("publications")).forEach(each -> add(Json.object(each).text("data")));
      cursor = page.text("cursor");
    }
  }

  private String subscribe() {
    return """
    {"type":"subscribe","id":1,"channels":["%s"],"cursor":"%s"}\
    """
        .formatted(url.replaceAll(".*/channels/", ""), cursor);
  }

  private void message(String text) {
    Json json = Json.object(text);
    switch (json.text("type")) {
      case "publication" -> add(json.text("data"));
      case "gap", "error" -> add(text);
      default -> {}
    }
    cursor = json.has("cursor") ? json.text("cursor") : cursor;
  }

  /// @param first what it says first, unless that is empty
  private void socket(String to, String first, Consumer<String> message)
      throws InterruptedException, ExecutionException, TimeoutException {
    var ended = new CountDownLatch(1);
    var listener =
        new WebSocket.Listener() {
          private final StringBuilder text = new StringBuilder();

          @Override
          public @Nullable CompletionStage<?> onText(
              WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
              message.accept(text.toString());
              text.setLength(0);
            }
            socket.request(1);
            return null;
          }

          @Override
          public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            ended.countDown();
            return null;
          }

          @Override
          public void onError(WebSocket socket, Throwable error) {
            ended.countDown();
          }
        };
    WebSocket socket =
        http.newWebSocketBuilder()
            .connectTimeout(CONNECT)
            .buildAsync(URI.create(to.replaceFirst("http", "ws")), listener)
            .get(CONNECT.toSeconds(), TimeUnit.SECONDS);
    connections.incrementAndGet();
    try {
      if (!first.isEmpty()) {
        socket.sendText(first, true).get(CONNECT.toSeconds(), TimeUnit.SECONDS);
      }
      // Now and then the JDK does not tell that its connection was reset: a ping finds out.
      while (!ended.await(1, TimeUnit.SECONDS)) {
        socket.sendPing(java.nio.ByteBuffer.allocate(0)).get(CONNECT.toSeconds(), TimeUnit.SECONDS);
      }
    } finally {
      socket.abort();
    }
  }

  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
    http.shutdownNow();
  }
}
