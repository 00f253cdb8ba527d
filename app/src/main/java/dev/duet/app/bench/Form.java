package dev.duet.app.bench;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How a subscriber reads.
public enum Form {
  /// Server-Sent Events.
  SSE("sse", "text/event-stream"),
  /// An endless answer of JSON lines.
  NDJSON("ndjson", "application/x-ndjson"),
  /// Duet's long poll: one page after the other.
  POLL("poll", "application/json"),
  /// A WebSocket; of Duet, one whose payloads come as they are.
  WEBSOCKET("websocket", null),
  /// Duet's sub-protocol for many channels: here one subscription on each WebSocket.
  DUET_V1("duet.v1", null);

  private final String text;
  private final @Nullable String accept;

  Form(String text, @Nullable String accept) {
    this.text = text;
    this.accept = accept;
  }

  /// The name on the command line.
  public String text() {
    return text;
  }

  boolean isSocket() {
    return this == WEBSOCKET || this == DUET_V1;
  }

  /// What the request's `Accept` says, if it says anything.
  @Nullable String accept() {
    return accept;
  }

  /// The form of that name; `ws` is short for `websocket`.
  public static Optional<Form> of(String text) {
    String name = text.equals("ws") ? WEBSOCKET.text : text;
    return Arrays.stream(values()).filter(form -> form.text.equals(name)).findFirst();
  }

  /// All names, for messages.
  public static String names() {
    return Arrays.stream(values()).map(Form::text).collect(Collectors.joining(", "));
  }
}
