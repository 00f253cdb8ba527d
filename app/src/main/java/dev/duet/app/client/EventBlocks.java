package dev.duet.app.client;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Blocks of an event stream with envelopes (HTML, 9.2.6), as messages.
final class EventBlocks {
  private EventBlocks() {}

  /// The next one that says something; a block without its empty line is none.
  static @Nullable Message next(Lines lines) throws IOException {
    String id = null;
    String event = "";
    StringBuilder data = null;
    for (String line = lines.next(); line != null; line = lines.next()) {
      if (line.isEmpty()) {
        Message message = message(id, event, data);
        if (message != null) {
          return message;
        }
        event = "";
        continue;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1);
      if (value.startsWith(" ")) {
        value = value.substring(1);
      }
      switch (field) {
        case "id" -> id = value;
        case "event" -> event = value;
        case "data" ->
            data = data == null ? new StringBuilder(value) : data.append('\n').append(value);
        default -> {
          // Comments, and retry, which the end of a stream repeats.
        }
      }
    }
    return null;
  }

  private static @Nullable Message message(
      @Nullable String id, String event, @Nullable StringBuilder data) {
    if (data == null) {
      return id == null ? null : Message.ofCursor(id);
    }
    String text = data.toString();
    // With envelopes publications, tombstones too, are whole in their data.
    return isControl(event) ? Message.control(event, id, text) : Message.of(text);
  }

  private static boolean isControl(String event) {
    return event.equals("duet.gap") || event.equals("duet.live") || event.equals("duet.end");
  }
}
