package dev.duet.server.hub;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.protocol.Cursor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/// What one stream of the simulation has said, as far as it must agree with itself: its cursor
/// never goes back, and the end of a channel is told once.
final class SimStream {
  private final Broker broker;
  private final long[] furthest;

  /// Channels whose end was told, and of which nothing came since.
  private final Set<String> ended = new HashSet<>();

  /// Channels of which a gap was told since: it may hide that one was used again, and ended again.
  private final Set<String> cut = new HashSet<>();

  SimStream(Broker broker) {
    this.broker = broker;
    this.furthest = new long[broker.logs().size()];
    Arrays.fill(furthest, -1);
  }

  void cursor(Cursor cursor) {
    for (int l = 0; l < furthest.length; l++) {
      Log log = broker.logs().get(l);
      long offset = cursor.offsetIn(log.ids().current());
      if (offset < furthest[l]) {
        throw new AssertionError("back from " + furthest[l] + " to " + cursor);
      }
      furthest[l] = offset;
    }
  }

  void publication(String channel) {
    ended.remove(channel);
  }

  void gap(String channel) {
    cut.add(channel);
  }

  void end(String channel) {
    if (!ended.add(channel) && !cut.contains(channel)) {
      throw new AssertionError("the end of " + channel + " is told twice");
    }
    cut.remove(channel);
  }

  /// Whether no publication of the channel came after its end.
  boolean ended(String channel) {
    return ended.contains(channel);
  }
}
