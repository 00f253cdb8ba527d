package dev.duet.systemtests.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.duet.systemtests.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;

/// Connections of curl, the JDK and OkHttp.
final class Sessions {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofSeconds(20);

  private Sessions() {}

  /// `curl -N`, lines of JSON.
  static void curlLines(String url, Journal journal, Consumer<Runnable> closing) throws Exception {
    curl(
        List.of("-H", "Accept: application/x-ndjson", url),
        line -> {
          if (!line.isEmpty()) {
            journal.envelope(line);
          }
        },
        closing);
  }

  /// `curl -N` and nothing else, which gets events. A block counts with its empty line.
  static void curlEvents(String url, Journal journal, Consumer<Runnable> closing) throws Exception {
    var block =
        new Object() {
          String id = "";
          String event = "";
          final List<String> data = new ArrayList<>();
        };
    curl(
        List.of(url),
        line -> {
          int colon = line.indexOf(": ");
          String value = colon < 0 ? "" : line.substring(colon + 2);
          switch (colon < 0 ? line : line.substring(0, colon)) {
            case "id" -> block.id = value;
            case "event" -> block.event = value;
            case "data" -> block.data.add(value);
            case "" -> {
              if (line.isEmpty() && !block.data.isEmpty()) {
                journal.event(block.id, block.event, String.join("\n", block.data));
              } else if (line.isEmpty() && !block.id.isEmpty()) {
                journal.cursor(block.id);
              }
              block.event = line.isEmpty() ? "" : block.event;
              if (line.isEmpty()) {
                block.data.clear();
              }
            }
            case "retry" -> Long.parseLong(value);
            case ":" -> {}
            default -> throw new AssertionError("curl got the line '" + line + "'");
          }
        },
        closing);
  }

  private static void curl(
      List<String> arguments, Consumer<String> line, Consumer<Runnable> closing) throws Exception {
    var command = new ArrayList<>(List.of("curl", "-sN", "--max-time", "120"));
    command.addAll(arguments);
    Process curl =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    closing.accept(curl::destroy);
    try (InputStream in = curl.getInputStream()) {
      lines(in, line);
    } finally {
      curl.destroy();
      curl.waitFor();
    }
  }

  /// Whole lines only: what a cut left of one is nothing.
  static void lines(InputStream in, Consumer<String> line) throws IOException {
    var open = new ByteArrayOutputStream();
    var buffer = new byte[64 << 10];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      int from = 0;
      for (int i = 0; i < n; i++) {
        if (buffer[i] == '\n') {
          open.write(buffer, from, i - from);
          line.accept(open.toString(UTF_8));
          open.reset();
          from = i + 1;
        }
      }
      open.write(buffer, from, n - from);
    }
  }

  /// The JDK's WebSocket, with envelopes or payloads alone, as the journal's form says.
  static Session jdkSocket(HttpClient http) {
    return (url, journal, closing) -> {
      boolean envelope = journal.form() == Journal.Form.ENVELOPE;
      URI uri = URI.create(url.replaceFirst("http", "ws") + (envelope ? "&envelope=json" : ""));
      var listener = new SocketListener(journal, envelope);
      WebSocket socket =
          http.newWebSocketBuilder()
              .connectTimeout(CONNECT)
              .buildAsync(uri, listener)
              .get(CONNECT.toSeconds(), TimeUnit.SECONDS);
      closing.accept(
          () -> {
            socket.abort();
            listener.ended.countDown();
          });
      // Now and then the JDK does not tell that its connection was reset: a ping finds out.
      while (!listener.ended.await(1, TimeUnit.SECONDS)) {
        socket.sendPing(ByteBuffer.allocate(0)).get(CONNECT.toSeconds(), TimeUnit.SECONDS);
      }
      socket.abort();
    };
  }

  private static final class SocketListener implements WebSocket.Listener {
    private final Journal journal;
    private final boolean envelope;
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final CountDownLatch ended = new CountDownLatch(1);

    SocketListener(Journal journal, boolean envelope) {
      this.journal = journal;
      this.envelope = envelope;
    }

    @Override
    public void onOpen(WebSocket socket) {
      journal.mark("open", "", -1);
      if (!envelope) {
        journal.mark("live", "", -1);
      }
      socket.request(1);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        String message = text.toString();
        text.setLength(0);
        take(message);
      }
      socket.request(1);
      return null;
    }

    private void take(String message) {
      if (envelope) {
        journal.envelope(message);
      } else {
        journal.payload(message.startsWith("{") ? "json" : "text", message);
      }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      while (data.hasRemaining()) {
        bytes.write(data.get());
      }
      if (last) {
        journal.payload("bytes", Base64.getEncoder().encodeToString(bytes.toByteArray()));
        bytes.reset();
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      journal.mark("close", code + " " + reason, -1);
      ended.countDown();
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      ended.countDown();
    }
  }

  /// Long polls by the JDK's client, one after another.
  static Session jdkPoll(HttpClient http) {
    return (url, journal, closing) -> {
      var stopped = new CountDownLatch(1);
      closing.accept(stopped::countDown);
      String next = url;
      while (stopped.getCount() > 0) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(next + "&wait=1s"))
                .header("Accept", "application/json")
                .timeout(POLL)
                .build();
        var answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
          journal.mark("refused", answer.statusCode() + "", -1);
          return;
        }
        Json page = Json.object(answer.body());
        for (String gap : Json.elements(page.text("gaps"))) {
          journal.control("duet.gap", Json.object(gap));
        }
        Json.elements(page.text("publications")).forEach(journal::envelope);
        journal.cursor(page.text("cursor"));
        if (journal.marks(mark -> mark.is().equals("live")) == 0) {
          journal.mark("live", "", -1);
        }
        next = url.replaceFirst("[?].*", "?last_event_id=" + page.text("cursor"));
      }
    };
  }

  /// OkHttp's SSE client, with envelopes or payloads alone, as the journal's form says.
  static Session okHttpEvents(OkHttpClient http) {
    return (url, journal, closing) -> {
      boolean envelope = journal.form() == Journal.Form.ENVELOPE;
      var ended = new CountDownLatch(1);
      Request request = new Request.Builder().url(url + (envelope ? "&envelope=json" : "")).build();
      EventSource source =
          EventSources.createFactory(http)
              .newEventSource(request, new EventListener(journal, envelope, ended));
      closing.accept(source::cancel);
      ended.await();
    };
  }

  private static final class EventListener extends EventSourceListener {
    private final Journal journal;
    private final boolean envelope;
    private final CountDownLatch ended;

    EventListener(Journal journal, boolean envelope, CountDownLatch ended) {
      this.journal = journal;
      this.envelope = envelope;
      this.ended = ended;
    }

    @Override
    public void onOpen(EventSource source, Response response) {
      journal.mark("open", "", -1);
    }

    @Override
    public void onEvent(
        EventSource source, @Nullable String id, @Nullable String type, String data) {
      String event = type == null ? "" : type;
      if (envelope && !event.startsWith("duet.")) {
        journal.envelope(data);
      } else if (id != null) {
        journal.event(id, event, data);
      } else {
        journal.control(event, Json.object(data));
      }
    }

    @Override
    public void onClosed(EventSource source) {
      ended.countDown();
    }

    @Override
    public void onFailure(
        EventSource source, @Nullable Throwable failure, @Nullable Response response) {
      if (response != null && response.code() != 200) {
        journal.mark("refused", response.code() + "", -1);
      }
      ended.countDown();
    }
  }
}
