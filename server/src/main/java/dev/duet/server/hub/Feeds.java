package dev.duet.server.hub;

import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// The channels that somebody on a loop reads: made with their first reader, watched in their log,
/// gone with their last. Confined to the loop, but for [#contains], which announcers ask.
final class Feeds {
  private final Map<String, Feed> feeds = new ConcurrentHashMap<>();
  private final LogVector logs;
  private final Namespaces namespaces;
  private final Executor loop;

  /// How often it was forgotten which channels have ended.
  private int laps;

  Feeds(LogVector logs, Namespaces namespaces, Executor loop) {
    this.logs = logs;
    this.namespaces = namespaces;
    this.loop = loop;
  }

  /// Whether somebody here reads the channel. Any thread.
  boolean contains(String channel) {
    return feeds.containsKey(channel);
  }

  boolean isEmpty() {
    return feeds.isEmpty();
  }

  int size() {
    return feeds.size();
  }

  @Nullable Feed find(String channel) {
    return feeds.get(channel);
  }

  // ---- coming and going

  /// The feed of a channel, made and watched if need be. Whoever asks joins it.
  Feed made(String channel) {
    Feed feed = feeds.get(channel);
    if (feed == null) {
      feed = new Feed(channel, logs.of(channel));
      feeds.put(channel, feed);
      watch(feed);
    }
    return feed;
  }

  private void watch(Feed feed) {
    int asOf = laps;
    logs.log(feed.log)
        .watch(feed.channel)
        .whenComplete(
            (watch, failure) ->
                loop.execute(
                    () -> {
                      if (failure != null) {
                        feeds.remove(feed.channel, feed);
                        feed.failed(failure);
                      } else {
                        learn(feed, asOf, Feed.END_UNKNOWN, watch.endedAt());
                        feed.watched(watch.position());
                      }
                    }));
  }

  /// Takes a reader out of a feed; the last one takes the feed with it.
  ///
  /// @param place which of the reader's feeds it is
  void leave(Feed feed, Feed.Reader reader, int place) {
    feed.remove(reader, place);
    if (feed.isEmpty() && feeds.remove(feed.channel, feed)) {
      logs.log(feed.log).unwatch(feed.channel);
    }
  }

  /// Everybody, once.
  List<Feed.Reader> readers() {
    var known = new HashSet<Feed.Reader>();
    var list = new ArrayList<Feed.Reader>();
    for (Feed feed : feeds.values()) {
      for (Feed.Reader reader : feed.readers()) {
        if (known.add(reader)) {
          list.add(reader);
        }
      }
    }
    return list;
  }

  /// What is told of streams to operators, of `most` at most: each once, in its first feed.
  void streams(int most, List<ConnectionFigures> into) {
    int end = into.size() + most;
    for (Feed feed : feeds.values()) {
      for (Feed.Reader reader : feed.readers()) {
        if (into.size() >= end) {
          return;
        }
        if (reader instanceof StreamSubscriber stream && stream.feeds().get(0) == feed) {
          ConnectionFigures figures = stream.figures();
          if (figures != null) {
            into.add(figures);
          }
        }
      }
    }
  }

  // ---- what is known of the channels

  /// Completes on the loop when all are watched and what is known of their ends is fresh.
  CompletionStage<Void> watched(Feed[] wanted) {
    var asked = new ArrayList<CompletableFuture<?>>(wanted.length);
    for (Feed feed : wanted) {
      if (feed.watchedFrom < 0) {
        var known = new CompletableFuture<Void>();
        feed.whenWatched(() -> known.complete(null), known::completeExceptionally);
        asked.add(known);
      } else if (feed.endedAt != 0) {
        int asOf = laps;
        long whenAsked = feed.endedAt;
        asked.add(
            logs.log(feed.log)
                .info(feed.channel)
                .thenAcceptAsync(info -> learn(feed, asOf, whenAsked, info.endedAt()), loop)
                .toCompletableFuture());
      }
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new));
  }

  /// The log's answer of whether a channel has ended, unless the loop has taken something newer of
  /// it since it was asked, or may have missed that in a lap.
  private void learn(Feed feed, int lapsWhenAsked, long endWhenAsked, long answer) {
    if (laps == lapsWhenAsked && feed.endedAt == endWhenAsked) {
      feed.endedAt = answer;
    }
  }

  /// Whether it is known of each whether its channel has ended: a lap may have come since it was
  /// asked.
  static boolean endsKnown(Feed[] asked) {
    for (Feed feed : asked) {
      if (feed.endedAt == Feed.END_UNKNOWN) {
        return false;
      }
    }
    return true;
  }

  /// After a lap nobody knows which channels have ended meanwhile.
  void forgetEnds() {
    laps++;
    feeds.values().forEach(feed -> feed.endedAt = Feed.END_UNKNOWN);
  }

  /// Whether everything of the channel after `after` was announced to the ring.
  boolean watchedFrom(String channel, long after) {
    Feed feed = feeds.get(channel);
    return feed != null && feed.watchedFrom >= 0 && feed.watchedFrom <= after;
  }

  /// Up to where a page of these spans is read: `present`, but no further than where the ring
  /// begins if one of the channels keeps nothing, for the ring is all that there is of it.
  long readableTo(List<Span> spans, Ring ring, long present) {
    boolean ringOnly = false;
    long begins = 0;
    for (Span span : spans) {
      Feed feed = feeds.get(span.channel());
      begins = Math.max(begins, feed == null ? 0 : feed.watchedFrom);
      begins = Math.max(begins, ring.begins(span.channel()));
      ringOnly |= keepsNothing(span.channel());
    }
    return ringOnly ? Math.min(begins, present) : present;
  }

  /// The channels of the feeds per log, null where there are none.
  @SuppressWarnings("unchecked")
  @Nullable List<String>[] byLog(Feed[] joined) {
    @Nullable List<String>[] channels = new List[logs.size()];
    for (Feed feed : joined) {
      List<String> names = channels[feed.log];
      if (names == null) {
        names = new ArrayList<>(joined.length);
        channels[feed.log] = names;
      }
      names.add(feed.channel);
    }
    return channels;
  }

  boolean anyKeepsLatest(Feed[] joined) {
    for (Feed feed : joined) {
      if (keepsLatest(feed.channel)) {
        return true;
      }
    }
    return false;
  }

  /// Whether the channel keeps the latest publication per key.
  boolean keepsLatest(String channel) {
    return keepsLatest(namespaces, channel);
  }

  /// The same, by the namespaces of a broker.
  static boolean keepsLatest(Namespaces namespaces, String channel) {
    return retention(namespaces, channel) == Retention.Mode.LATEST;
  }

  /// Whether nothing is held of the channel but what is still in the ring.
  boolean keepsNothing(String channel) {
    return retention(namespaces, channel) == Retention.Mode.NONE;
  }

  /// Whether `start` in the channel is [Start.Now].
  boolean beginsNow(String channel, Start start) {
    return keepsNothing(channel)
        || start instanceof Start.Now
        || (start instanceof Start.Default && !keepsLatest(channel));
  }

  /// The channel's retention; the server's own channels keep the latest per key.
  private static Retention.Mode retention(Namespaces namespaces, String channel) {
    Namespace namespace = namespaces.of(channel);
    return namespace == null ? Retention.Mode.LATEST : namespace.retention().mode();
  }
}
