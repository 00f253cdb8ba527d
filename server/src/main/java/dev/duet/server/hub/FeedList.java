package dev.duet.server.hub;

import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The feeds that one reader is in, and where it stands in each. Confined to the loop.
final class FeedList {
  /// Up to so many are searched one by one.
  private static final int FEW = 8;

  private static final Feed[] NONE = new Feed[0];

  private final Feeds all;
  private final Feed.Reader reader;
  private Feed[] feeds = NONE;
  private int[] indexes = new int[0];
  private int size;

  /// The place of each, once they are more than [#FEW].
  private @Nullable Map<Feed, Integer> places;

  FeedList(Feeds all, Feed.Reader reader) {
    this.all = all;
    this.reader = reader;
  }

  int size() {
    return size;
  }

  Feed get(int place) {
    return feeds[place];
  }

  /// All of them; the caller's.
  Feed[] toArray() {
    return Arrays.copyOf(feeds, size);
  }

  /// The reader's index in the feed at `place`.
  int index(int place) {
    return indexes[place];
  }

  /// The reader has moved within the feed at `place`.
  void index(int place, int index) {
    indexes[place] = index;
  }

  // ---- coming and going

  /// Puts the reader into the feeds of channels that it is not in.
  void join(Collection<String> channels) {
    int wanted = size + channels.size();
    if (wanted > feeds.length) {
      int length = size == 0 ? wanted : Math.max(wanted, size * 2);
      feeds = Arrays.copyOf(feeds, length);
      indexes = Arrays.copyOf(indexes, length);
    }
    for (String channel : channels) {
      Feed feed = all.made(channel);
      feeds[size] = feed;
      feed.add(reader, size);
      size++;
    }
    if (places != null || size > FEW) {
      Map<Feed, Integer> known = places == null ? new IdentityHashMap<>() : places;
      for (int place = known.size(); place < size; place++) {
        known.put(feeds[place], place);
      }
      places = known;
    }
  }

  /// Takes the reader out of a channel's feed, which goes with its last reader.
  void leave(String channel) {
    Feed feed = all.find(channel);
    int place = feed == null ? -1 : placeOf(feed);
    if (feed == null || place < 0) {
      return;
    }
    all.leave(feed, reader, place);
    size--;
    Feed moved = feeds[size];
    if (places != null) {
      places.remove(feed);
      if (moved != feed) {
        places.put(moved, place);
      }
    }
    if (moved != feed) {
      feeds[place] = moved;
      indexes[place] = indexes[size];
      moved.replaced(indexes[place], place);
    }
    Arrays.fill(feeds, size, size + 1, null);
  }

  /// Takes the reader out of all.
  void leaveAll() {
    for (int place = 0; place < size; place++) {
      all.leave(feeds[place], reader, place);
    }
    size = 0;
    feeds = NONE;
    places = null;
  }

  boolean contains(Feed feed) {
    return placeOf(feed) >= 0;
  }

  private int placeOf(Feed feed) {
    if (places != null) {
      return places.getOrDefault(feed, -1);
    }
    for (int place = 0; place < size; place++) {
      if (feeds[place] == feed) {
        return place;
      }
    }
    return -1;
  }

  // ---- what is new

  /// The steps of these feeds after `number`, which is at or after W, in their order. What it costs
  /// is the smaller of the number of feeds and that of the loop's steps.
  void pendingAfter(long number, Order order, List<Step> into) {
    long newer = order.last() - number;
    if (newer <= 0) {
      return;
    }
    if (newer < size) {
      for (long next = number + 1; next <= order.last(); next++) {
        Step step = order.get(next);
        if (contains(step.feed)) {
          into.add(step);
        }
      }
      return;
    }
    for (int place = 0; place < size; place++) {
      feeds[place].pendingAfter(number, into);
    }
    if (size > 1) {
      into.sort((a, b) -> Long.compare(a.number, b.number));
    }
  }
}
