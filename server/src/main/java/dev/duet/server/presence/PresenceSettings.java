package dev.duet.server.presence;

import java.time.Duration;

/// How presence behaves, and its bounds.
///
/// @param grace how long a member stays after its last connection is gone: 0 to 10 minutes
/// @param maxMembers most members of one channel: 1 to [#MOST_MEMBERS]
/// @param maxBytes most bytes of heap that all members of all channels take, estimated
public record PresenceSettings(Duration grace, int maxMembers, long maxBytes) {
  /// What [Retention#OWN][dev.duet.broker.Retention#OWN] has room for, with as many that left.
  public static final int MOST_MEMBERS = 100_000;

  /// Ten seconds, so that a reload of a page and a change of network pass unseen; 10,000 members,
  /// of whom a list is still looked at; 1/32 of the heap.
  public static final PresenceSettings DEFAULT =
      new PresenceSettings(
          Duration.ofSeconds(10), 10_000, Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 32));

  /// @throws IllegalArgumentException if one is out of range
  public PresenceSettings {
    if (grace.isNegative() || grace.compareTo(Duration.ofMinutes(10)) > 0) {
      throw new IllegalArgumentException("the grace period is 0 to 10 minutes, not " + grace);
    }
    if (maxMembers < 1 || maxMembers > MOST_MEMBERS || maxBytes < 1) {
      throw new IllegalArgumentException("a channel has 1 to " + MOST_MEMBERS + " members at most");
    }
  }

  /// These, but with this grace period.
  public PresenceSettings withGrace(Duration value) {
    return new PresenceSettings(value, maxMembers, maxBytes);
  }

  /// These, but with so many members per channel.
  public PresenceSettings withMaxMembers(int value) {
    return new PresenceSettings(grace, value, maxBytes);
  }

  /// These, but with so many bytes for all members.
  public PresenceSettings withMaxBytes(long value) {
    return new PresenceSettings(grace, maxMembers, value);
  }
}
