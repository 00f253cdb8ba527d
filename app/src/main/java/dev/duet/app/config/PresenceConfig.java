package dev.duet.app.config;

import dev.duet.server.presence.PresenceSettings;
import java.time.Duration;

/// The group `presence`.
public record PresenceConfig(
    @Setting(
            value = "How long a member stays after its last connection is gone",
            min = "0s",
            max = "10m")
        Duration grace,
    @Setting(
            value = "Most members of one channel; who comes beyond is told so",
            unit = "members",
            min = "1",
            max = "100000")
        int members) {

  public static final PresenceConfig DEFAULT =
      new PresenceConfig(PresenceSettings.DEFAULT.grace(), PresenceSettings.DEFAULT.maxMembers());

  PresenceSettings settings() {
    return PresenceSettings.DEFAULT.withGrace(grace).withMaxMembers(members);
  }
}
