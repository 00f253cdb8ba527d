package dev.duet.broker.disk;

import dev.duet.broker.Follower;
import dev.duet.protocol.Publication;
import java.util.List;

/// Tells followers what became true. One that fails holds up nobody: it is told that it missed what
/// it could not take, and reads the log. Under the lock.
final class Announcing {
  private static final System.Logger LOG = System.getLogger("dev.duet.broker.disk");

  private final LogCore core;
  private final List<Follower> followers;

  Announcing(LogCore core, List<Follower> followers) {
    this.core = core;
    this.followers = followers;
  }

  /// These are committed.
  ///
  /// @param announced false: followers hear only that they missed it
  /// @param to the offset of the last one
  void announce(List<Publication> announcement, boolean announced, long to) {
    for (Follower follower : followers) {
      boolean taken = announced && isTaken(() -> follower.advanced(announcement, to));
      if (!taken) {
        var unused = isTaken(() -> follower.lost(core.position(), to));
      }
    }
  }

  /// Followers drop what they have of a channel up to there.
  void trimmed(String channel, long upTo) {
    for (Follower follower : followers) {
      var unused = isTaken(() -> follower.trimmed(channel, upTo));
    }
  }

  private static boolean isTaken(Runnable announcement) {
    try {
      announcement.run();
      return true;
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "a follower failed to take an announcement", e);
      return false;
    }
  }
}
