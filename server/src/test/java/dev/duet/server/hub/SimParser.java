package dev.duet.server.hub;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a client understands of the bytes that it got: whole messages only.
final class SimParser {
  private static final Pattern NUMBER = Pattern.compile("n=(\\d+);");
  private static final Pattern CURSOR = Pattern.compile("\"cursor\":\"([^\"]+)\"");
  private static final Pattern EVENT = Pattern.compile("\"event\":\"(duet\\.[a-z]+)\"");
  private static final Pattern CHANNEL = Pattern.compile("\"channel\":\"([^\"]+)\"");
  private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+)");
  private static final Pattern DATA64 = Pattern.compile("\"data64\":\"([^\"]*)\"");
  private static final Pattern GAP =
      Pattern.compile(
          "\"channel\":\"([^\"]+)\",\"from\":(\\d+),\"to\":(\\d+),\"reason\":\"([a-z-]+)\","
              + "\"certain\":(true|false),\"state\":(true|false)");

  /// @param event "" for a publication, else the control event's name, or "cursor"
  /// @param number the payload's number, or -1
  /// @param offset if the form tells it, or -1
  /// @param cursor what the client remembers from here on, or null
  record Message(
      String event, long number, long offset, String channel, String cursor, SimGap gap) {}

  record SimGap(
      String channel, long from, long to, String reason, boolean certain, boolean state) {}

  private final Wire wire;
  private byte[] buffer = new byte[0];

  SimParser(Wire wire) {
    this.wire = wire;
  }

  List<Message> feed(byte[] bytes) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(buffer);
    all.writeBytes(bytes);
    buffer = all.toByteArray();
    var messages = new ArrayList<Message>();
    while (true) {
      int before = buffer.length;
      if (wire == Wires.SSE || wire == Wires.SSE_ENVELOPE) {
        block(messages);
      } else if (wire == Wires.NDJSON) {
        line(messages);
      } else {
        frame(messages);
      }
      if (buffer.length == before) {
        return messages;
      }
    }
  }

  private String take(int length, int skip) {
    String text = new String(buffer, 0, length, StandardCharsets.UTF_8);
    buffer = java.util.Arrays.copyOfRange(buffer, length + skip, buffer.length);
    return text;
  }

  private void block(List<Message> messages) {
    for (int i = 0; i + 1 < buffer.length; i++) {
      if (buffer[i] == '\n' && buffer[i + 1] == '\n') {
        sse(take(i, 2), messages);
        return;
      }
    }
    if (buffer.length > 0 && buffer[0] == '\n') {
      take(0, 1);
    }
  }

  private void sse(String block, List<Message> messages) {
    String id = null;
    String event = "";
    StringBuilder data = null;
    for (String line : block.split("\n", -1)) {
      if (line.startsWith("id: ")) {
        id = line.substring(4);
      } else if (line.startsWith("event: ")) {
        event = line.substring(7);
      } else if (line.startsWith("data: ")) {
        data = data == null ? new StringBuilder() : data.append('\n');
        data.append(line.substring(6));
      }
    }
    if (data == null) {
      messages.add(new Message("cursor", -1, -1, null, id, null));
      return;
    }
    String text = data.toString();
    if (text.startsWith("data:application/octet-stream;base64,")) {
      text = decode(text.substring(37));
    }
    message(event.startsWith("duet.") ? event : "", text, id, messages);
  }

  private void line(List<Message> messages) {
    for (int i = 0; i < buffer.length; i++) {
      if (buffer[i] == '\n') {
        json(take(i, 1), messages);
        return;
      }
    }
  }

  private void frame(List<Message> messages) {
    if (buffer.length < 2) {
      return;
    }
    int length = buffer[1];
    int head = 2;
    if (length == 126) {
      if (buffer.length < 4) {
        return;
      }
      length = (buffer[2] & 255) << 8 | buffer[3] & 255;
      head = 4;
    }
    if (buffer.length < head + length) {
      return;
    }
    boolean ping = (buffer[0] & 15) == 9;
    take(head, 0);
    String text = take(length, 0);
    if (ping) {
      return;
    }
    if (wire == Wires.SOCKET) {
      message("", text, null, messages);
    } else {
      json(text, messages);
    }
  }

  private void json(String text, List<Message> messages) {
    if (text.isEmpty()) {
      return;
    }
    Matcher cursor = CURSOR.matcher(text);
    String remembered = cursor.find() ? cursor.group(1) : null;
    Matcher event = EVENT.matcher(text);
    if (event.find()) {
      message(event.group(1), text, remembered, messages);
    } else if (text.startsWith("{\"cursor\"")) {
      messages.add(new Message("cursor", -1, -1, null, remembered, null));
    } else {
      message("", text, remembered, messages);
    }
  }

  private void message(String event, String text, String cursor, List<Message> messages) {
    Matcher data64 = DATA64.matcher(text);
    Matcher number = NUMBER.matcher(data64.find() ? decode(data64.group(1)) : text);
    Matcher offset = OFFSET.matcher(text);
    Matcher channel = CHANNEL.matcher(text);
    messages.add(
        new Message(
            event.equals("duet.delete") ? "" : event,
            number.find() ? Long.parseLong(number.group(1)) : -1,
            offset.find() ? Long.parseLong(offset.group(1)) : -1,
            channel.find() ? channel.group(1) : null,
            cursor,
            event.equals("duet.gap") ? gap(text) : null));
  }

  static SimGap gap(String text) {
    Matcher gap = GAP.matcher(text);
    if (!gap.find()) {
      throw new AssertionError("no gap in " + text);
    }
    return new SimGap(
        gap.group(1),
        Long.parseLong(gap.group(2)),
        Long.parseLong(gap.group(3)),
        gap.group(4),
        Boolean.parseBoolean(gap.group(5)),
        Boolean.parseBoolean(gap.group(6)));
  }

  private static String decode(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
