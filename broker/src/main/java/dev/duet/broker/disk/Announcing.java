package dev.duet.broker.disk;

import dev.duet.broker.Follower;
import dev.duet.broker.disk.store.Unforeseen;
import dev.duet.protocol.Publication;
import java.util.List;

/// Tells followers what became true. One that fails holds up nobody: it is told that it missed what
/// it could not take, and reads the log. Under the lock; allocates nothing and never throws.
final class Announcing {
  private static final String FAILED = "a follower failed to take an announcement";

  private final LogCore core;
  private final List<Follower> followers;

  /// @param followers changed under the lock only
  Announcing(LogCore core, List<Follower> followers) {
    this.core = core;
    this.followers = followers;
  }

  /// These are committed.
  ///
  /// @param announced false: followers hear only that they missed it
  /// @param to the offset of the last one
  void announce(List<Publication> announcement, boolean announced, long to) {
    for (int i = 0; i < followers.size(); i++) {
      Follower follower = followers.get(i);
      if (!announced || !isTaken(follower, announcement, to)) {
        lost(follower, to);
      }
    }
  }

  private static boolean isTaken(Follower follower, List<Publication> announcement, long to) {
    try {
      follower.advanced(announcement, to);
      return true;
    } catch (RuntimeException | Error e) {
      Unforeseen.say(FAILED, e);
      return false;
    }
  }

  private void lost(Follower follower, long to) {
    try {
      follower.lost(core.position(), to);
    } catch (RuntimeException | Error e) {
      Unforeseen.say(FAILED, e);
    }
  }

  /// Followers drop what they have of a channel up to there.
  void trimmed(String channel, long upTo) {
    for (int i = 0; i < followers.size(); i++) {
      try {
        followers.get(i).trimmed(channel, upTo);
      } catch (RuntimeException | Error e) {
        Unforeseen.say(FAILED, e);
      }
    }
  }
}
