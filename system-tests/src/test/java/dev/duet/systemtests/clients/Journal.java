package dev.duet.systemtests.clients;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// What one client was told, in order. Any thread.
final class Journal {
  private static final JsonFactory JSON = new JsonFactory();
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

  synchronized void cursor(String value) {
    cursor = value;
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
      control(event, object(data));
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
    Fields fields = object(json);
    String event = fields.text("event");
    if (event.startsWith("duet.")) {
      control(event, object(fields.text("data")));
    } else if (!fields.text("channel").isEmpty()) {
      message(
          Seen.Message.of(
              fields.text("cursor"), fields.text("channel"), event, fields.shape(json)));
    }
    if (!fields.text("cursor").isEmpty()) {
      cursor(fields.text("cursor"));
    }
  }

  /// A line of the clients in Node.
  void report(Fields fields) {
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

  void control(String event, Fields data) {
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

  /// The members of a JSON object.
  ///
  /// @param values strings as they are, all else as its JSON text
  /// @param isText whether `data` is a string
  record Fields(java.util.Map<String, String> values, boolean isText) {
    String text(String name) {
      return values.getOrDefault(name, "");
    }

    long number(String name) {
      String value = text(name);
      return value.isEmpty() ? -1 : Long.parseLong(value);
    }

    Payload.Shape shape(String of) {
      if (values.containsKey("data64")) {
        return Payload.Shape.of("bytes", text("data64"));
      }
      if (!values.containsKey("data")) {
        throw new AssertionError("neither data nor data64: " + of);
      }
      return Payload.Shape.of(isText ? "text" : "json", text("data"));
    }
  }

  static Fields object(String json) {
    var values = new java.util.HashMap<String, String>();
    boolean isText = false;
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new AssertionError("no object: " + json);
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        int from = (int) parser.currentTokenLocation().getCharOffset();
        if (token == JsonToken.VALUE_STRING) {
          values.put(name, parser.getString());
          isText |= name.equals("data");
        } else if (token != JsonToken.VALUE_NULL) {
          parser.skipChildren();
          parser.finishToken();
          values.put(name, json.substring(from, (int) parser.currentLocation().getCharOffset()));
        }
      }
    }
    return new Fields(values, isText);
  }

  /// The elements of a JSON array of objects, each as its text.
  static List<String> elements(String array) {
    var elements = new ArrayList<String>();
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), array)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw new AssertionError("no array: " + array);
      }
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        int from = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        elements.add(array.substring(from, (int) parser.currentLocation().getCharOffset()));
      }
    }
    return elements;
  }
}
