package dev.duet.systemtests.clients;

import dev.duet.systemtests.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What one client was told, in order. Any thread.
final class Journal {
  private static final String BYTES = "data:application/octet-stream;base64,";

  /// What a client's form keeps of a publication.
  enum Form {
    /// Its envelope.
    ENVELOPE,
    /// An SSE event: not the channel, and of a line's end only that there was one.
    EVENT,
    /// A WebSocket message: its payload alone.
    PAYLOAD
  }

  private final String name;
  private final Form form;
  private final LongSupplier nanoTime;
  private final List<Seen> seen = new ArrayList<>();
  private @Nullable String cursor;
  private long lastOffset;
  private int messages;

  Journal(String name, Form form, LongSupplier nanoTime) {
    this.name = name;
    this.form = form;
    this.nanoTime = nanoTime;
  }

  String name() {
    return name;
  }

  Form form() {
    return form;
  }

  synchronized List<Seen> seen() {
    return List.copyOf(seen);
  }

  /// The cursor to return with, or null before the first.
  synchronized @Nullable String cursor() {
    return cursor;
  }

  synchronized long lastOffset() {
    return lastOffset;
  }

  synchronized int messages() {
    return messages;
  }

  synchronized long marks(Predicate<Seen.Mark> which) {
    return seen.stream().filter(s -> s instanceof Seen.Mark mark && which.test(mark)).count();
  }

  synchronized void mark(String is, String reason, long retry) {
    seen.add(new Seen.Mark(is, reason, retry, nanoTime.getAsLong()));
  }

  /// An event without an id leaves the one before it.
  synchronized void cursor(String value) {
    cursor = value.isEmpty() ? cursor : value;
  }

  synchronized void message(Seen.Message message) {
    seen.add(message);
    lastOffset = message.offset();
    messages++;
  }

  synchronized void gap(Seen.Gap gap) {
    seen.add(gap);
  }

  /// A payload without a cursor.
  void payload(String kind, String text) {
    message(new Seen.Message("", "", 0, "", Payload.Shape.of(kind, text)));
  }

  /// An SSE event without an envelope.
  void event(String id, String event, String data) {
    if (event.startsWith("duet.")) {
      cursor(id);
      control(event, Json.object(data));
      return;
    }
    boolean bytes = data.startsWith(BYTES);
    String kind = bytes ? "bytes" : data.startsWith("{") ? "json" : "text";
    String text = bytes ? data.substring(BYTES.length()) : data;
    message(Seen.Message.of(id, "", event, Payload.Shape.of(kind, text)));
    cursor(id);
  }

  /// A message of NDJSON, of a WebSocket or of SSE with an envelope, or a publication of a page.
  void envelope(String json) {
    Json fields = Json.object(json);
    String event = fields.text("event");
    if (event.startsWith("duet.")) {
      control(event, Json.object(fields.text("data")));
    } else if (!fields.text("channel").isEmpty()) {
      message(
          Seen.Message.of(
              fields.text("cursor"), fields.text("channel"), event, shape(fields, json)));
    }
    if (!fields.text("cursor").isEmpty()) {
      cursor(fields.text("cursor"));
    }
  }

  /// A line of the clients in Node.
  void report(Json fields) {
    String is = fields.text("is");
    switch (is) {
      case "message" ->
          message(
              Seen.Message.of(
                  fields.text("cursor"),
                  fields.text("channel"),
                  fields.text("event"),
                  new Payload.Shape(
                      fields.text("kind"),
                      (int) fields.number("length"),
                      (int) fields.number("hash"))));
      case "gap" -> control("duet.gap", fields);
      default -> mark(is, fields.text("reason"), fields.number("retry"));
    }
  }

  void control(String event, Json data) {
    if (event.equals("duet.gap")) {
      gap(
          new Seen.Gap(
              data.text("channel"),
              data.number("from"),
              data.number("to"),
              data.text("reason"),
              data.text("certain").equals("true"),
              nanoTime.getAsLong()));
    } else {
      mark(event.substring("duet.".length()), data.text("reason"), data.number("retry"));
    }
  }

  private static Payload.Shape shape(Json fields, String of) {
    if (fields.has("data64")) {
      return Payload.Shape.of("bytes", fields.text("data64"));
    }
    if (!fields.has("data")) {
      throw new AssertionError("neither data nor data64: " + of);
    }
    return Payload.Shape.of(fields.isText("data") ? "text" : "json", fields.text("data"));
  }
}
