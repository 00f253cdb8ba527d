package dev.duet.server.hub;

import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// An event loop of the server as a cursor on every log, with the readers whose sockets it owns:
/// takes
/// what was announced, walks over those whom it concerns, and helps up those who are behind (ADR
/// 1).
///
/// Confined to its [LoopThread], but for [#concerns] and [#wake], which announcers call.
public final class HubLoop {
  private static final int CLOCK_EVERY = 16;

  private final LoopThread thread;
  private final HubSettings settings;
  private final LongSupplier ticker;
  private final LogVector logs;
  private final Namespaces namespaces;
  private final Ring[] rings;
  private final Runnable turn = this::turn;
  private final AtomicBoolean awake = new AtomicBoolean();

  /// Written by the loop, asked by announcers.
  private final Map<String, Feed> feeds = new ConcurrentHashMap<>();

  /// Per log the sequence number taken last; written by the loop, read by announcers.
  private final AtomicLongArray taken;

  private final long[] present;
  private final Order order;
  private final PriorityQueue<Feed> walks =
      new PriorityQueue<>((a, b) -> Long.compare(a.walkFrom, b.walkFrom));
  private @Nullable Feed walking;
  private final ArrayDeque<Subscriber> behind = new ArrayDeque<>();
  private final ArrayDeque<Subscriber> toFlush = new ArrayDeque<>();
  private final Pages pages;
  private final Runs runs = new Runs();
  private final Wheel wheel;
  private boolean ticking;
  private boolean stopped;

  HubLoop(
      LoopThread thread,
      LogVector logs,
      Namespaces namespaces,
      Ring[] rings,
      HubSettings settings,
      LongSupplier ticker) {
    this.thread = thread;
    this.namespaces = namespaces;
    this.logs = logs;
    this.rings = rings;
    this.settings = settings;
    this.ticker = ticker;
    this.taken = new AtomicLongArray(rings.length);
    this.present = new long[rings.length];
    this.order = new Order(rings.length);
    this.pages = new Pages(this);
    this.wheel = new Wheel(ticker.getAsLong());
    for (int l = 0; l < rings.length; l++) {
      Ring.Tail tail = rings[l].tail();
      taken.set(l, tail.sequence());
      present[l] = tail.offset();
    }
    order.advanceToEnd(present);
  }

  /// Prepares a stream: the loop comes up to the logs' ends, the reader's position is found, and
  /// what
  /// forbids a stream is known before its first byte. A subscription that is ready must be begun or
  /// closed. Completes exceptionally if a log cannot be read.
  public CompletionStage<Admission> open(StreamRequest request) {
    return Opening.begin(this, request);
  }

  /// Reads a page, or waits for one.
  public CompletionStage<PageAnswer> page(PageRequest request) {
    return PageQuery.begin(this, request);
  }

  /// Ends every stream: the server stops. Each reader is told a time of its own to come back.
  void stop(IntSupplier retryMillis) {
    stopped = true;
    for (Feed.Reader reader : readers()) {
      reader.stop(retryMillis.getAsInt());
    }
    flush();
  }

  /// Whether streams are no longer opened.
  public boolean stopped() {
    return stopped;
  }

  // -- what announcers call
  // ------------------------------------------------------------------------

  /// Whether somebody here reads the channel. Any thread.
  boolean concerns(String channel) {
    return feeds.containsKey(channel);
  }

  /// The sequence number that was taken last from a log. Any thread.
  long taken(int log) {
    return taken.get(log);
  }

  /// Runs a turn soon, if none is coming. Any thread.
  void wake() {
    if (!awake.getAndSet(true)) {
      thread.execute(turn);
    }
  }

  // -- a turn
  // --------------------------------------------------------------------------------------

  private void turn() {
    awake.set(false);
    take();
    long end = ticker.getAsLong() + settings.sliceNanos();
    walk(end);
    catchUp(end);
    flush();
    if (walking != null || !walks.isEmpty() || !behind.isEmpty()) {
      wake();
    }
  }

  /// Brings the loop to the end of every log.
  void take() {
    for (int l = 0; l < rings.length; l++) {
      Ring ring = rings[l];
      Ring.Tail tail = ring.tail();
      for (long next = taken.get(l) + 1; next <= tail.sequence(); next++) {
        RingEntry entry = ring.get(next);
        if (entry == null || entry.publication == null) {
          lap();
          return;
        }
        taken.set(l, next);
        present[l] = entry.offset;
        take(entry);
      }
      present[l] = Math.max(present[l], tail.offset());
    }
    order.standsAt(present);
    if (!order.isEmpty() && lapped(order.oldest())) {
      lap();
    }
  }

  private void take(RingEntry entry) {
    Feed feed = feeds.get(entry.publication().channel());
    if (feed == null) {
      return;
    }
    feed.endedAt = entry.publication().end() ? entry.offset : 0;
    order.add(entry, feed, before(entry, feed.log), present.clone());
    wake();
    if (feed.walkFrom < 0) {
      feed.walkFrom = order.last() - 1;
      walks.add(feed);
    } else if (feed == walking && feed.walkAgainFrom < 0) {
      feed.walkAgainFrom = order.last() - 1;
    }
  }

  /// Where the loop stood just before it took the entry.
  private long[] before(RingEntry entry, int log) {
    long[] vector = present.clone();
    vector[log] = entry.offset - 1;
    return vector;
  }

  private boolean lapped(Step step) {
    return rings[step.feed.log].get(step.entry.sequence) == null;
  }

  /// The rings have gone on without this loop: whoever was live reads the log.
  private void lap() {
    for (Feed.Reader reader : readers()) {
      reader.lapped();
    }
    if (walking != null) {
      endWalk(walking);
    }
    for (Feed feed : walks) {
      feed.walkFrom = -1;
    }
    walks.clear();
    feeds.values().forEach(feed -> feed.endedAt = Feed.END_UNKNOWN);
    for (int l = 0; l < rings.length; l++) {
      Ring.Tail tail = rings[l].tail();
      taken.set(l, tail.sequence());
      present[l] = Math.max(present[l], tail.offset());
    }
    order.advanceToEnd(present);
    wake();
  }

  private void walk(long end) {
    for (int served = 1; served <= settings.sliceReaders(); served++) {
      Feed feed = walking;
      if (feed == null) {
        feed = walks.poll();
        if (feed == null) {
          break;
        }
        walking = feed;
        feed.beginWalk();
      }
      Feed.Reader reader = feed.nextOfWalk();
      if (reader != null) {
        reader.due();
      } else {
        endWalk(feed);
      }
      if (served % CLOCK_EVERY == 0 && ticker.getAsLong() - end >= 0) {
        break;
      }
    }
    advanceW();
  }

  private void endWalk(Feed feed) {
    walking = null;
    feed.endWalk();
    feed.walkFrom = feed.walkAgainFrom;
    feed.walkAgainFrom = -1;
    if (feed.walkFrom >= 0) {
      walks.add(feed);
    }
  }

  private void advanceW() {
    Feed first = walks.peek();
    if (walking == null && first == null) {
      order.advanceToEnd(present);
      return;
    }
    long next = first == null ? Long.MAX_VALUE : first.walkFrom;
    order.advance(walking == null ? next : Math.min(next, walking.walkFrom));
  }

  private void catchUp(long end) {
    for (int served = 1; served <= settings.sliceReaders(); served++) {
      Subscriber subscriber = behind.poll();
      if (subscriber == null) {
        break;
      }
      subscriber.catchUp();
      if (served % CLOCK_EVERY == 0 && ticker.getAsLong() - end >= 0) {
        break;
      }
    }
  }

  private void flush() {
    for (Subscriber next = toFlush.poll(); next != null; next = toFlush.poll()) {
      next.flush();
    }
    runs.clear();
  }

  // -- what readers call
  // ---------------------------------------------------------------------------

  LogVector logs() {
    return logs;
  }

  HubSettings settings() {
    return settings;
  }

  Order order() {
    return order;
  }

  Pages pages() {
    return pages;
  }

  Runs runs() {
    return runs;
  }

  Ring ring(int log) {
    return rings[log];
  }

  /// The offset up to which the loop has taken from a log.
  long present(int log) {
    return present[log];
  }

  /// The same of all logs; not to be changed, nor kept.
  long[] present() {
    return present;
  }

  long now() {
    return ticker.getAsLong();
  }

  /// Whether nobody reads here and nothing is kept for anybody.
  boolean isIdle() {
    return feeds.isEmpty() && order.isEmpty() && behind.isEmpty() && wheel.isEmpty();
  }

  /// Runs `task` on the loop's thread in a later turn.
  void execute(Runnable task) {
    thread.execute(task);
  }

  /// `subscriber` has something to catch up with and does not wait for anything.
  void enqueue(Subscriber subscriber) {
    behind.add(subscriber);
    wake();
  }

  /// Flushes the subscriber's outlet at the end of the turn.
  void flushLater(Subscriber subscriber) {
    toFlush.add(subscriber);
    wake();
  }

  /// Puts a deadline into the wheel.
  void watch(Wheel.Entry entry) {
    wheel.add(entry);
    if (!ticking) {
      ticking = true;
      thread.schedule(this::tick, Wheel.TICK_NANOS);
    }
  }

  private void tick() {
    take();
    advanceW();
    wheel.advance(ticker.getAsLong());
    flush();
    ticking = !wheel.isEmpty();
    if (ticking) {
      thread.schedule(this::tick, Wheel.TICK_NANOS);
    }
    if (!order.isEmpty()) {
      wake();
    }
  }

  /// The channel's feed, made if need be. A reader must join it in the same turn.
  Feed feed(String channel) {
    Feed feed = feeds.get(channel);
    if (feed == null) {
      feed = new Feed(channel, logs.of(channel));
      feeds.put(channel, feed);
      ask(feed);
    }
    return feed;
  }

  /// Completes when all are watched, and what is known of their ends is fresh.
  CompletionStage<Void> watched(Feed[] feeds) {
    var asked = new ArrayList<CompletableFuture<?>>(feeds.length);
    for (Feed feed : feeds) {
      if (feed.watchedFrom < 0) {
        var known = new CompletableFuture<Void>();
        feed.whenWatched(() -> known.complete(null), known::completeExceptionally);
        asked.add(known);
      } else if (feed.endedAt != 0) {
        long whenAsked = feed.endedAt;
        asked.add(
            logs.log(feed.log)
                .info(feed.channel)
                .thenAcceptAsync(info -> feed.endedAt(whenAsked, info.endedAt()), thread)
                .toCompletableFuture());
      }
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new));
  }

  /// Whether everything of the channel after `after` was announced to the ring.
  boolean watchedFrom(String channel, long after) {
    Feed feed = feeds.get(channel);
    return feed != null && feed.watchedFrom >= 0 && feed.watchedFrom <= after;
  }

  /// The channels of the feeds per log, null where there are none.
  @SuppressWarnings("unchecked")
  @Nullable List<String>[] byLog(Feed[] feeds) {
    List<String>[] channels = new List[rings.length];
    for (Feed feed : feeds) {
      if (channels[feed.log] == null) {
        channels[feed.log] = new ArrayList<>(feeds.length);
      }
      channels[feed.log].add(feed.channel);
    }
    return channels;
  }

  boolean noneKeepsLatest(Feed[] feeds) {
    for (Feed feed : feeds) {
      if (keepsLatest(feed.channel)) {
        return false;
      }
    }
    return true;
  }

  /// A heartbeat; the caller owns a reference.
  ///
  /// @param plain whether it says nothing, instead of where the live streams stand
  ByteBuf heartbeat(Wire wire, boolean plain) {
    return wire.heartbeat(plain ? null : logs.text(order.wVector()));
  }

  private void ask(Feed feed) {
    logs.log(feed.log)
        .watch(feed.channel)
        .whenComplete(
            (watch, failure) ->
                thread.execute(
                    () -> {
                      if (failure != null) {
                        feeds.remove(feed.channel, feed);
                        feed.failed(failure);
                      } else {
                        feed.endedAt(Feed.END_UNKNOWN, watch.endedAt());
                        feed.watched(watch.position());
                      }
                    }));
  }

  /// Takes the reader out of a feed; the last one takes the feed with it.
  void leave(Feed feed, Feed.Reader reader) {
    feed.remove(reader);
    if (feed.isEmpty() && feeds.remove(feed.channel, feed)) {
      Log log = logs.log(feed.log);
      log.unwatch(feed.channel);
    }
  }

  /// Whether the channel keeps the latest publication per key.
  boolean keepsLatest(String channel) {
    return retention(channel) == Retention.Mode.LATEST;
  }

  /// Whether nothing is held of the channel but what is still in the ring.
  boolean keepsNothing(String channel) {
    return retention(channel) == Retention.Mode.NONE;
  }

  /// The channel's retention; the server's own channels keep the latest per key.
  private Retention.Mode retention(String channel) {
    Namespace namespace = namespaces.of(channel);
    return namespace == null ? Retention.Mode.LATEST : namespace.retention().mode();
  }

  /// Up to where a page of these spans is read: the loop's position, but no further than the ring's
  /// beginning if one of the channels keeps nothing, for the ring is all that there is of it.
  long readableTo(int log, List<Span> spans) {
    boolean ringOnly = false;
    long ringBegins = rings[log].floor();
    for (Span span : spans) {
      Feed feed = feeds.get(span.channel());
      ringBegins = Math.max(ringBegins, feed == null ? 0 : feed.watchedFrom);
      ringOnly |= keepsNothing(span.channel());
    }
    return ringOnly ? Math.min(ringBegins, present[log]) : present[log];
  }

  private List<Feed.Reader> readers() {
    var all = new HashSet<Feed.Reader>();
    var list = new ArrayList<Feed.Reader>();
    for (Feed feed : feeds.values()) {
      for (int i = 0; i < feed.size(); i++) {
        Feed.Reader reader = feed.reader(i);
        if (all.add(reader)) {
          list.add(reader);
        }
      }
    }
    return list;
  }

  @Override
  public String toString() {
    return "loop at %s, %d feeds, steps %d to %d, %d behind, wheel %s"
        .formatted(
            logs.text(present),
            feeds.size(),
            order.w(),
            order.last(),
            behind.size(),
            wheel.isEmpty() ? "empty" : "turning");
  }
}
