package dev.duet.systemtests.crash;

import dev.duet.protocol.Cursor;
import dev.duet.systemtests.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one reader was told, and the cursor that it keeps. Any thread.
final class Journal {
  private static final String BYTES = "data:application/octet-stream;base64,";

  private final Book book;
  private final List<Seen> seen = new ArrayList<>();
  private final Map<String, Long> reached = new HashMap<>();
  private final Map<String, Set<String>> ids = new HashMap<>();
  private String cursor;

  /// @param cursor to begin with, or "" for none
  Journal(Book book, String cursor) {
    this.book = book;
    this.cursor = cursor;
  }

  synchronized String cursor() {
    return cursor;
  }

  synchronized List<Seen> seen() {
    return List.copyOf(seen);
  }

  /// How far it has come in a channel, by publications and gaps.
  synchronized long reached(String channel) {
    return reached.getOrDefault(channel, 0L);
  }

  private synchronized void add(Seen what, long upTo) {
    seen.add(what);
    reached.merge(what.channel(), upTo, Math::max);
  }

  synchronized void keep(String newer) {
    if (!newer.isEmpty()) {
      cursor = newer;
      Cursor.parse(newer)
          .positions()
          .forEach(position -> ids.computeIfAbsent(position.logId(), id -> new HashSet<>()));
    }
  }

  /// Whether it had a cursor of which something is gone, and this channel was not told that yet.
  private synchronized boolean isTakenBack(String channel) {
    return ids.entrySet().stream()
        .anyMatch(id -> book.isGone(id.getKey()) && id.getValue().add(channel));
  }

  // ---- forms

  /// An SSE event without an envelope.
  void event(String id, String event, String data) {
    switch (event) {
      case "duet.gap" -> gap(Json.object(data));
      case "duet.delete" -> {
        Json deleted = Json.object(data);
        String channel = deleted.text("channel");
        add(got(id, channel, deleted.number("offset"), deleted.text("key"), null));
      }
      case "" -> plain(id, data);
      default -> {}
    }
    keep(id);
  }

  /// Of a payload alone: its own text says the channel, its id the offset.
  private void plain(String id, String data) {
    Body body =
        data.startsWith(BYTES)
            ? new Body(Body.Kind.BYTES, data.substring(BYTES.length()))
            : new Body(data.startsWith("{") ? Body.Kind.JSON : Body.Kind.TEXT, data);
    Publication meant = book.publication(body.name());
    if (meant == null) {
      book.unexpected("a reader got what nobody sent: " + data);
      return;
    }
    long offset = book.offsetIn(id, meant.channel());
    add(got(id, meant.channel(), offset, meant.key(), body));
  }

  /// A message of NDJSON, of a WebSocket or of SSE with an envelope; a publication of a page; a
  /// message of duet.v1 (`type`).
  void envelope(String json) {
    Json fields = Json.object(json);
    String type = fields.text("type") + fields.text("event");
    switch (type) {
      case "duet.gap" -> gap(Json.object(fields.text("data")));
      case "gap" -> gap(fields);
      case "error" -> book.unexpected(json);
      case "", "publication" -> {
        if (fields.has("channel")) {
          publication(fields, Body.in(fields));
        }
      }
      default -> {}
    }
    keep(fields.text("cursor"));
  }

  /// @param body if it is no tombstone
  void publication(Json fields, Body body) {
    boolean deleted = fields.text("deleted").equals("true");
    add(
        got(
            fields.text("cursor"),
            fields.text("channel"),
            fields.number("offset"),
            fields.text("key"),
            deleted ? null : body));
    keep(fields.text("cursor"));
  }

  void gap(Json gap) {
    long to = gap.number("to");
    String channel = gap.text("channel");
    String reason = gap.text("reason");
    add(
        new Seen.Gap(
            channel,
            gap.number("from"),
            to,
            reason.equals("unknown-log") && isTakenBack(channel) ? Seen.Gap.TAKEN_BACK : reason,
            gap.text("certain").equals("true"),
            gap.text("state").equals("true"),
            System.nanoTime()),
        to);
  }

  private void add(Seen.Got got) {
    add(got, got.offset());
  }

  /// @param cursor of it: its log is the one that has its offset there; of several, all their ids
  private Seen.Got got(
      String cursor, String channel, long offset, String key, @Nullable Body body) {
    String log = cursor.isEmpty() ? "" : String.join("~", book.logsAt(cursor, offset)).intern();
    return new Seen.Got(
        channel,
        log,
        offset,
        key,
        body == null ? null : body.name(),
        body == null ? null : body.print());
  }
}
