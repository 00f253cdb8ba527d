package dev.duet.systemtests.clients;

import dev.duet.protocol.Cursor;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// What was acknowledged, by log and offset.
final class Truth {
  /// A publication that was acknowledged.
  record Published(String channel, String event, Payload.Shape shape, Payload.Shape shapeInLines) {}

  private final Map<String, NavigableMap<Long, Published>> logs = new ConcurrentHashMap<>();

  void add(String cursor, String channel, long offset, String event, Payload payload) {
    var published = new Published(channel, event, payload.shape(), payload.shapeInLines());
    Cursor.Position position = Cursor.parse(cursor).positions().getFirst();
    if (position.offset() != offset) {
      throw new AssertionError("the receipt's offset is " + offset + ", its cursor " + cursor);
    }
    Published other = log(position.logId()).put(offset, published);
    if (other != null) {
      throw new AssertionError("offset " + offset + " was given twice: " + other + published);
    }
  }

  NavigableMap<Long, Published> log(String logId) {
    return logs.computeIfAbsent(logId, id -> new ConcurrentSkipListMap<>());
  }

  int count() {
    return logs.values().stream().mapToInt(Map::size).sum();
  }
}
