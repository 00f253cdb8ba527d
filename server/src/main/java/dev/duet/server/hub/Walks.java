package dev.duet.server.hub;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// The walks of a loop over the readers of its feeds: which feed is due next, and how far all have
/// come. The feed whose readers have waited longest is first. Confined to the loop.
final class Walks {
  private final PriorityQueue<Feed> queue =
      new PriorityQueue<>((a, b) -> Long.compare(a.walkFrom, b.walkFrom));
  private @Nullable Feed walking;

  boolean isEmpty() {
    return walking == null && queue.isEmpty();
  }

  /// The feed has a step after `number` that its readers may lack.
  void due(Feed feed, long number) {
    if (feed.walkFrom < 0) {
      feed.walkFrom = number;
      queue.add(feed);
    } else if (feed == walking && feed.walkAgainFrom < 0) {
      feed.walkAgainFrom = number;
    }
  }

  /// Calls the next reader of the first walk, or ends it. False if none is left.
  boolean step() {
    Feed feed = walking;
    if (feed == null) {
      feed = queue.poll();
      if (feed == null) {
        return false;
      }
      walking = feed;
      feed.beginWalk();
    }
    Feed.Reader reader = feed.nextOfWalk();
    if (reader != null) {
      reader.due();
    } else {
      end(feed);
    }
    return true;
  }

  private void end(Feed feed) {
    walking = null;
    feed.endWalk();
    feed.walkFrom = feed.walkAgainFrom;
    feed.walkAgainFrom = -1;
    if (feed.walkFrom >= 0) {
      queue.add(feed);
    }
  }

  /// The step up to which every walk has ended; not to be asked if there is none.
  long endedUpTo() {
    Feed first = queue.peek();
    long waiting = first == null ? Long.MAX_VALUE : first.walkFrom;
    return walking == null ? waiting : Math.min(waiting, walking.walkFrom);
  }

  /// Forgets all walks: nobody is live any more.
  void clear() {
    if (walking != null) {
      end(walking);
    }
    for (Feed feed : queue) {
      feed.walkFrom = -1;
    }
    queue.clear();
  }
}
