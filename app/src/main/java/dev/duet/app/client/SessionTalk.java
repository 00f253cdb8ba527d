package dev.duet.app.client;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `duet.v1`: one `subscribe`, and what is delivered, as the messages of every other transport.
///
/// Channels that begin alike are one subscription with one cursor of its own until it is live; all
/// that are live share one. So each channel's cursor is kept here, from connection to connection; a
/// message tells its cursor only where that stands for all channels.
final class SessionTalk implements SocketWay.Talk {
  /// One answer `subscribed`.
  private static final class Group {
    final List<String> channels;
    boolean live;

    Group(List<String> channels) {
      this.channels = channels;
    }
  }

  private final Map<String, String> cursors = new HashMap<>();
  private final Map<String, Group> groups = new HashMap<>();
  private Runnable onceTaken = () -> {};
  private int following;

  @Override
  public URI uri(Reading reading) {
    String every = reading.every();
    return reading
        .remote()
        .uri("/ws", every == null ? List.of() : List.of(Map.entry("every", every)));
  }

  @Override
  public String opening(Reading reading) {
    groups.clear();
    following = reading.names().size();
    String channels =
        reading.names().stream().map(this::asked).collect(Collectors.joining(",", "[", "]"));
    return "{\"type\":\"subscribe\",\"id\":1,\"channels\":"
        + channels
        + member("since", reading.since())
        + "}";
  }

  private String asked(String channel) {
    String cursor = cursors.get(channel);
    return cursor == null
        ? JsonText.quoted(channel)
        : "{\"channel\":" + JsonText.quoted(channel) + member("cursor", cursor) + "}";
  }

  private static String member(String name, @Nullable String text) {
    return text == null ? "" : ",\"" + name + "\":" + JsonText.quoted(text);
  }

  @Override
  public @Nullable Object heard(String text) {
    var members = new LinkedHashMap<>(JsonText.members(text));
    String type = String.valueOf(JsonText.string(members.remove("type")));
    String cursor = JsonText.string(members.get("cursor"));
    String channel = JsonText.string(members.get("channel"));
    onceTaken = () -> {};
    switch (type) {
      case "subscribed" -> {
        var group = new Group(names(members));
        group.channels.forEach(name -> groups.put(name, group));
        return moved(group, cursor, Map.of());
      }
      case "live" -> {
        for (String name : names(members)) {
          Group group = groups.get(name);
          if (group != null) {
            group.live = true;
          }
        }
        return moved(null, cursor, Map.of("event", "\"duet.live\"", "data", "{}"));
      }
      case "cursor" -> {
        return moved(null, cursor, Map.of());
      }
      case "publication" -> {
        return moved(groups.get(channel), cursor, members);
      }
      case "gap", "end" -> {
        members.remove("cursor");
        var control = new LinkedHashMap<String, String>();
        control.put("event", JsonText.quoted("duet." + type));
        control.put("data", json(members));
        if (channel == null) {
          return Ending.told(Message.of(json(control)));
        }
        Message message = moved(groups.get(channel), cursor, control);
        if (type.equals("end") && groups.remove(channel) != null) {
          following--;
        }
        return message;
      }
      case "error" -> {
        return refusal(members);
      }
      default -> {
        return null;
      }
    }
  }

  /// A message whose cursor is that of a group, or if that is null or live, of all that are live.
  private Message moved(@Nullable Group group, @Nullable String cursor, Map<String, String> rest) {
    var members = new LinkedHashMap<>(rest);
    members.remove("cursor");
    if (cursor != null) {
      List<String> moving =
          group == null || group.live
              ? groups.keySet().stream().filter(this::isLive).toList()
              : group.channels;
      onceTaken = () -> moving.forEach(name -> cursors.put(name, cursor));
      if (moving.size() == following) {
        members.put("cursor", JsonText.quoted(cursor));
      }
    }
    return Message.of(json(members));
  }

  private boolean isLive(String channel) {
    Group group = groups.get(channel);
    return group != null && group.live;
  }

  private static Ending refusal(Map<String, String> error) {
    String text = JsonText.string(error.get("code")) + ": " + JsonText.string(error.get("message"));
    long retry = JsonText.number(error.get("retry"));
    return retry < 0
        ? new Ending.Refused(new Failure(text, false, false, null))
        : new Ending.Again("was refused (" + text + ")", Duration.ofMillis(retry));
  }

  private static String json(Map<String, String> members) {
    return members.entrySet().stream()
        .map(member -> JsonText.quoted(member.getKey()) + ":" + member.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  @Override
  public void taken() {
    onceTaken.run();
  }

  private static List<String> names(Map<String, String> members) {
    return JsonText.elements(members.getOrDefault("channels", "[]")).stream()
        .map(name -> String.valueOf(JsonText.string(name)))
        .toList();
  }
}
