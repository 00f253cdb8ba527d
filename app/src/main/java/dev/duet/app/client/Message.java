package dev.duet.app.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One thing that a reader is told: a publication, a gap, an end, or only a cursor. The same on
/// every transport, as the line of JSON that NDJSON has for it.
///
/// @param json the whole, in one line
/// @param members of it, each as the text of its value
public record Message(String json, Map<String, String> members) {
  /// @throws IllegalArgumentException if it is no object of JSON
  static Message of(String json) {
    return new Message(json, JsonText.members(json));
  }

  /// A control event from its parts.
  ///
  /// @param cursor or null
  static Message control(String event, @Nullable String cursor, String data) {
    return of(
        "{\"event\":"
            + JsonText.quoted(event)
            + (cursor == null ? "" : ",\"cursor\":" + JsonText.quoted(cursor))
            + ",\"data\":"
            + data
            + "}");
  }

  static Message ofCursor(String cursor) {
    return of("{\"cursor\":" + JsonText.quoted(cursor) + "}");
  }

  /// The point just after it, or null.
  public @Nullable String cursor() {
    return text("cursor");
  }

  public @Nullable String event() {
    return text("event");
  }

  public boolean isPublication() {
    return members.containsKey("offset");
  }

  public boolean isGap() {
    return isControl("duet.gap");
  }

  /// Whether a channel has ended; [#channel] says which.
  public boolean isEndOfChannel() {
    return isControl("duet.end") && channel() != null;
  }

  /// Whether the server ends this stream.
  boolean isEndOfStream() {
    return isControl("duet.end") && channel() == null;
  }

  boolean isLive() {
    return isControl("duet.live");
  }

  private boolean isControl(String name) {
    return !isPublication() && name.equals(event());
  }

  /// The channel that it is about, or null.
  public @Nullable String channel() {
    return isPublication() ? text("channel") : JsonText.string(data().get("channel"));
  }

  /// Of a control event.
  public Map<String, String> data() {
    String data = members.get("data");
    return data == null || !data.startsWith("{") ? Map.of() : JsonText.members(data);
  }

  /// A member that is a string, or null.
  public @Nullable String text(String member) {
    return JsonText.string(members.get(member));
  }
}
