package dev.duet.server.hub;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a client understands of the messages of `duet.v1`: whole frames only.
final class SimSessionParser {
  private static final Pattern TYPE = Pattern.compile("\\{\"type\":\"([a-z]+)\"");
  private static final Pattern CHANNELS = Pattern.compile("\"channels\":\\[([^\\]]*)\\]");
  private static final Pattern CHANNEL = Pattern.compile("\"channel\":\"([^\"]+)\"");
  private static final Pattern CURSOR = Pattern.compile("\"cursor\":\"([^\"]+)\"");
  private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+)");
  private static final Pattern NUMBER = Pattern.compile("n=(\\d+);");
  private static final Pattern SUBSCRIPTION = Pattern.compile("\"subscription\":(\\d+)");

  private byte[] buffer = new byte[0];

  /// @param type `publication`, `gap`, `live`, `end`, `cursor`, `subscribed` or `unsubscribed`
  /// @param channels those of `live`, `subscribed` and `unsubscribed`
  /// @param subscription of `subscribed`, else -1
  /// @param number the payload's number, or -1
  record Message(
      String type,
      String channel,
      List<String> channels,
      int subscription,
      long offset,
      long number,
      String cursor,
      SimParser.SimGap gap) {}

  List<Message> feed(byte[] bytes) {
    byte[] all = Arrays.copyOf(buffer, buffer.length + bytes.length);
    System.arraycopy(bytes, 0, all, buffer.length, bytes.length);
    var messages = new ArrayList<Message>();
    int at = 0;
    while (true) {
      int head = head(all, at);
      if (head < 0 || all.length - at < head + length(all, at)) {
        buffer = Arrays.copyOfRange(all, at, all.length);
        return messages;
      }
      int length = length(all, at);
      int opcode = all[at] & 15;
      byte[] payload = Arrays.copyOfRange(all, at + head, at + head + length);
      at += head + length;
      if (opcode == 1) {
        messages.add(message(text(payload), null));
      } else if (opcode == 2) {
        int json = (payload[0] & 255) << 8 | payload[1] & 255;
        String data = text(Arrays.copyOfRange(payload, 2 + json, payload.length));
        messages.add(message(text(Arrays.copyOfRange(payload, 2, 2 + json)), data));
      }
    }
  }

  private static int head(byte[] all, int at) {
    if (all.length - at < 2) {
      return -1;
    }
    boolean isLong = all[at + 1] == 126;
    return isLong && all.length - at < 4 ? -1 : isLong ? 4 : 2;
  }

  private static int length(byte[] all, int at) {
    return all[at + 1] == 126 ? (all[at + 2] & 255) << 8 | all[at + 3] & 255 : all[at + 1];
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static Message message(String json, String data) {
    String type = first(TYPE, json);
    if (type == null || !json.endsWith("}")) {
      throw new AssertionError("no message: " + json);
    }
    String channels = first(CHANNELS, json);
    String number = first(NUMBER, data == null ? json : data);
    String offset = first(OFFSET, json);
    String subscription = first(SUBSCRIPTION, json);
    return new Message(
        type,
        first(CHANNEL, json),
        channels == null || channels.isEmpty()
            ? List.of()
            : List.of(channels.replace("\"", "").split(",")),
        subscription == null ? -1 : Integer.parseInt(subscription),
        offset == null ? -1 : Long.parseLong(offset),
        number == null ? -1 : Long.parseLong(number),
        first(CURSOR, json),
        type.equals("gap") ? SimParser.gap(json) : null);
  }

  private static String first(Pattern pattern, String text) {
    Matcher found = pattern.matcher(text);
    return found.find() ? found.group(1) : null;
  }
}
