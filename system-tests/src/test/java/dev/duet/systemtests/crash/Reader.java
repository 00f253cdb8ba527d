package dev.duet.systemtests.crash;

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
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Follows channels from its cursor on, and comes back with the newest one that it has whenever its
/// connection ends: at once, or after some kills; on the same transport, or on another.
final class Reader implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final int AGAIN_MILLIS = 30;

  /// What it follows over.
  enum Way {
    EVENTS,
    /// Events with envelopes.
    ENVELOPES,
    LINES,
    POLLS,
    /// A WebSocket on the channels.
    SOCKET,
    /// duet.v1
    SESSION
  }

  /// How it is.
  ///
  /// @param ways one of them each time it connects
  /// @param channels that it follows
  /// @param fromStart whether it begins with `since=start`, else with a cursor from before the
  ///     first publication
  /// @param absent how many kills it waits for until it comes back
  record Habits(
      String name, List<Way> ways, List<String> channels, boolean fromStart, int absent) {}

  /// Where the run is.
  interface Run {
    int kills();

    /// Whether nobody waits for another kill.
    boolean ends();
  }

  private final HttpClient http;
  private final String origin;
  private final Habits habits;
  private final Journal journal;
  private final Book book;
  private final Random random;
  private final Run run;
  private final Map<Way, Integer> connections = new EnumMap<>(Way.class);
  private final Thread thread;
  private volatile boolean stopped;

  /// @param cursor from before the first publication
  Reader(
      HttpClient http,
      String origin,
      Habits habits,
      String cursor,
      Book book,
      Random random,
      Run run) {
    this.http = http;
    this.origin = origin;
    this.habits = habits;
    this.journal = new Journal(book, habits.fromStart() ? "" : cursor);
    this.book = book;
    this.random = random;
    this.run = run;
    this.thread = Thread.ofVirtual().name("reader-" + habits.name()).start(this::run);
  }

  Habits habits() {
    return habits;
  }

  Journal journal() {
    return journal;
  }

  /// Connections that were answered.
  Map<Way, Integer> connections() {
    synchronized (connections) {
      return new EnumMap<>(connections);
    }
  }

  private void run() {
    while (!stopped) {
      Way way = habits.ways().get(random.nextInt(habits.ways().size()));
      int kills = run.kills();
      try {
        connect(way);
      } catch (IOException e) {
        // it broke: that is what this is about
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException | AssertionError e) {
        book.unexpected("reader " + habits.name() + " over " + way + ": " + e);
        return;
      }
      try {
        boolean again = way == Way.POLLS && run.kills() == kills;
        while (!again && run.kills() < kills + habits.absent() && !run.ends() && !stopped) {
          TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
        }
        TimeUnit.MILLISECONDS.sleep(again ? 1 : AGAIN_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void connect(Way way) throws IOException, InterruptedException {
    switch (way) {
      case EVENTS -> stream(way, "text/event-stream", "", new Events()::line);
      case ENVELOPES -> stream(way, "text/event-stream", "envelope=json&", new Events()::line);
      case LINES -> stream(way, "application/x-ndjson", "", this::line);
      case POLLS -> poll();
      case SOCKET -> {
        try (var socket =
            new Socket(http, url("envelope=json&"), guarded((text, bytes) -> line(text)))) {
          connected(way);
          socket.awaitEnd();
        }
      }
      case SESSION -> {
        try (var socket = new Socket(http, origin + "/ws", guarded(this::message))) {
          connected(way);
          socket.send(subscribe());
          socket.awaitEnd();
        }
      }
    }
  }

  private BiConsumer<String, byte[]> guarded(BiConsumer<String, byte[]> take) {
    return (text, bytes) -> {
      try {
        take.accept(text, bytes);
      } catch (RuntimeException | AssertionError e) {
        book.unexpected("reader " + habits.name() + " got " + text + ": " + e);
      }
    };
  }

  private void connected(Way way) {
    synchronized (connections) {
      connections.merge(way, 1, Integer::sum);
    }
  }

  private String url(String parameters) {
    String cursor = journal.cursor();
    return origin
        + "/channels/"
        + String.join(",", habits.channels())
        + "?"
        + parameters
        + "since="
        + (cursor.isEmpty() ? "start" : cursor);
  }

  // ---- streams

  private void stream(Way way, String accept, String parameters, Consumer<String> line)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url(parameters))).header("Accept", accept).build();
    HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
    try (InputStream in = answer.body()) {
      if (answer.statusCode() == 200) {
        connected(way);
        lines(in, line);
      } else {
        refused(answer.statusCode());
      }
    }
  }

  private void refused(int status) {
    if (status != 503) {
      book.unexpected("reader " + habits.name() + " was answered " + status);
    }
  }

  /// Whole lines only: what a kill left of one is nothing.
  private static void lines(InputStream in, Consumer<String> line) throws IOException {
    var open = new ByteArrayOutputStream();
    var buffer = new byte[16 << 10];
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

  private void line(String line) {
    if (!line.isEmpty()) {
      journal.envelope(line);
    }
  }

  /// Blocks of events; one counts with its empty line.
  private final class Events {
    private final StringBuilder data = new StringBuilder();
    private String id = "";
    private String event = "";
    private boolean hasData;

    void line(String line) {
      if (line.startsWith("id: ")) {
        id = line.substring(4);
      } else if (line.startsWith("event: ")) {
        event = line.substring(7);
      } else if (line.startsWith("data: ")) {
        data.append(hasData ? "\n" : "").append(line, 6, line.length());
        hasData = true;
      } else if (line.isEmpty()) {
        block();
      }
    }

    private void block() {
      if (!hasData) {
        journal.keep(id);
      } else if (event.isEmpty() && data.indexOf("{\"channel\":") == 0) {
        journal.envelope(data.toString());
        journal.keep(id);
      } else {
        journal.event(id, event, data.toString());
      }
      event = "";
      data.setLength(0);
      hasData = false;
    }
  }

  // ---- long polls

  private void poll() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url("wait=5s&limit=1000&")))
            .timeout(ANSWER)
            .header("Accept", "application/json")
            .build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      refused(answer.statusCode());
      return;
    }
    connected(Way.POLLS);
    Json page = Json.object(answer.body());
    Json.elements(page.text("gaps")).forEach(gap -> journal.gap(Json.object(gap)));
    for (String each : Json.elements(page.text("publications"))) {
      Json fields = Json.object(each);
      journal.publication(fields, Body.in(fields));
    }
    journal.keep(page.text("cursor"));
  }

  // ---- duet.v1

  private String subscribe() {
    String cursor = journal.cursor();
    return "{\"type\":\"subscribe\",\"id\":1,\"channels\":[%s],%s}"
        .formatted(
            habits.channels().stream().map(Json::quoted).collect(Collectors.joining(",")),
            cursor.isEmpty() ? "\"since\":\"start\"" : "\"cursor\":\"" + cursor + "\"");
  }

  private void message(String text, byte[] bytes) {
    if (!text.isEmpty()) {
      journal.envelope(text);
      return;
    }
    int length = (bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF;
    Json header = Json.object(new String(bytes, 2, length, UTF_8));
    byte[] payload = Arrays.copyOfRange(bytes, 2 + length, bytes.length);
    journal.publication(
        header, new Body(Body.Kind.BYTES, Base64.getEncoder().encodeToString(payload)));
  }

  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
  }
}
