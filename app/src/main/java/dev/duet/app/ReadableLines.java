package dev.duet.app;

import dev.duet.app.client.JsonText;
import dev.duet.app.client.Message;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What came, for people: `12:00:01 orders [paid] {"total": 42}`. Whoever publishes does not
/// command the terminal: control characters are shown, not sent.
final class ReadableLines {
  private static final String BELOW = "\n    ";

  private final DateTimeFormatter clock;

  ReadableLines(ZoneId zone) {
    this.clock = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(zone);
  }

  String of(Message message) {
    if (message.isPublication()) {
      return publication(message);
    }
    String channel = printable(String.valueOf(message.channel()));
    return message.isGap()
        ? "-- " + channel + ": " + gap(message.data())
        : "-- " + channel + ": it has ended";
  }

  private String publication(Message message) {
    var line = new StringBuilder();
    line.append(clock.format(Instant.ofEpochMilli(JsonText.number(message.members().get("time")))));
    line.append(' ').append(message.channel());
    append(line, " [", message.event(), "]");
    append(line, " <", message.text("from"), ">");
    boolean deleted = message.members().containsKey("deleted");
    append(line, " ", message.text("key"), deleted ? "" : " =");
    if (deleted) {
      return line.append(" deleted").toString();
    }
    return line.append(' ').append(payload(message)).toString();
  }

  private static void append(
      StringBuilder line, String before, @Nullable String text, String after) {
    if (text != null) {
      line.append(before).append(printable(text)).append(after);
    }
  }

  private static String payload(Message message) {
    String bytes = message.text("data64");
    if (bytes != null) {
      return "(bytes in base64) " + bytes;
    }
    String text = message.text("data");
    return printable(text == null ? String.valueOf(message.members().get("data")) : text);
  }

  private static String gap(Map<String, String> gap) {
    boolean certain = !"false".equals(gap.get("certain"));
    long from = JsonText.number(gap.get("from"));
    long to = JsonText.number(gap.get("to"));
    return "publications%s%s %s missing (%s)%s"
        .formatted(
            from > 0 ? " after " + from : "",
            to > 0 ? " up to " + to : "",
            certain ? "are" : "may be",
            printable(String.valueOf(JsonText.string(gap.get("reason")))),
            "true".equals(gap.get("state")) ? "; the whole state follows" : "");
  }

  /// Lines of a text are put below each other, and every other control character is shown as its
  /// number.
  private static String printable(String text) {
    var shown = new StringBuilder();
    text.lines()
        .forEach(
            line -> {
              shown.append(shown.isEmpty() ? "" : BELOW);
              line.codePoints()
                  .forEach(
                      c -> {
                        int type = Character.getType(c);
                        boolean isHidden =
                            type == Character.CONTROL && c != '\t'
                                || type == Character.FORMAT
                                || type == Character.LINE_SEPARATOR
                                || type == Character.PARAGRAPH_SEPARATOR;
                        if (isHidden) {
                          shown.append("\\u%04x".formatted(c));
                        } else {
                          shown.appendCodePoint(c);
                        }
                      });
            });
    return shown.toString();
  }
}
