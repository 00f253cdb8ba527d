package dev.duet.systemtests.crash;

import org.jspecify.annotations.Nullable;

/// One thing that a reader was told.
sealed interface Seen {
  String channel();

  /// A publication.
  ///
  /// @param log id of the log in whose position of the cursor the offset was; "" if in none
  /// @param name null of a tombstone
  /// @param print null of a tombstone
  record Got(
      String channel,
      String log,
      long offset,
      String key,
      Body.@Nullable Name name,
      Body.@Nullable Print print)
      implements Seen {
    boolean tombstone() {
      return name == null;
    }

    @Override
    public String toString() {
      return (name == null ? "a tombstone" : name) + " on " + channel + " at " + offset;
    }
  }

  record Gap(
      String channel, long from, long to, String reason, boolean certain, boolean state, long nanos)
      implements Seen {
    /// It had something from a start that could not copy what it read, of which a power loss took
    /// some, and nobody was answered that: it gets everything again.
    static final String TAKEN_BACK = "taken-back";

    boolean covers(long offset) {
      return from < offset && offset <= to;
    }
  }
}
