package dev.duet.server.http;

import dev.duet.server.presence.Attendance;
import dev.duet.server.presence.Introduction;
import dev.duet.server.presence.Presence;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One reader as a member of its channels, if it asked to be one: `presence=` and `info=`. Confined
/// to its loop.
final class Attending {
  static final List<String> PARAMETERS = List.of("presence", "info");

  private final Presence presence;
  private final List<String> channels;
  private final @Nullable Introduction who;
  private @Nullable String user;
  private @Nullable Attendance attendance;

  private Attending(Presence presence, List<String> channels, @Nullable Introduction who) {
    this.presence = presence;
    this.channels = channels;
    this.who = who;
  }

  /// @throws dev.duet.protocol.DuetException if what it says of itself is not legal
  static Attending of(Presence presence, List<String> channels, Query query) {
    String client = query.get("presence");
    String info = query.get("info");
    if (client == null && info != null) {
      throw Query.bad("'info' goes with 'presence'");
    }
    byte[] json = info == null ? null : info.getBytes(StandardCharsets.UTF_8);
    return new Attending(presence, channels, client == null ? null : Introduction.of(client, json));
  }

  /// Now it is known who it is, as far as access says.
  Attending as(@Nullable String known) {
    user = known;
    return this;
  }

  /// Refuses what [#begin] would refuse.
  void check() {
    if (who != null) {
      presence.check(channels, who, user);
    }
  }

  /// It is there from now on, until [#end].
  ///
  /// @throws dev.duet.protocol.DuetException if there is no room for it
  void begin() {
    if (who != null && attendance == null) {
      attendance = presence.join(channels, who, user);
    }
  }

  /// It is gone, if it was there.
  void end() {
    if (attendance != null) {
      attendance.close();
      attendance = null;
    }
  }
}
