package dev.duet.server.hub;

import dev.duet.broker.Broker;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/// Delivery: a ring per log of the broker, and the loops that read them (ADR 1). Any thread.
public final class Hub implements AutoCloseable {
  /// Longest wait for loops that are asked.
  private static final long PATIENCE_MILLIS = 500;

  private final Broker broker;
  private final HubSettings settings;
  private final LongSupplier ticker;
  private final LogVector logs;
  private final Ring[] rings;
  private final List<Runnable> handles = new ArrayList<>();
  private final AtomicInteger lastLoop = new AtomicInteger();
  private final AtomicInteger returns = new AtomicInteger();
  private final List<HubLoop> loops = new CopyOnWriteArrayList<>();

  /// @param ticker nanoseconds of a monotonic clock
  public Hub(Broker broker, HubSettings settings, LongSupplier ticker) {
    this.broker = broker;
    this.settings = settings;
    this.ticker = ticker;
    this.logs = new LogVector(broker);
    this.rings = new Ring[logs.size()];
    for (int l = 0; l < rings.length; l++) {
      rings[l] =
          new Ring(
              settings.ringEntries(),
              settings.ringBytes(),
              channel -> Feeds.keepsLatest(broker.namespaces(), channel));
      Log.Following following = logs.log(l).follow(new Announced(l, rings[l]));
      rings[l].begin(following.position());
      handles.add(following.handle());
    }
  }

  /// Makes a loop of a thread. Called on that thread, or before it runs anything.
  public HubLoop addLoop(LoopThread thread) {
    var loop =
        new HubLoop(
            lastLoop.incrementAndGet(), thread, logs, broker.namespaces(), rings, settings, ticker);
    loops.add(loop);
    return loop;
  }

  /// The present cursor: everything committed lies before it.
  public Cursor now() {
    long[] present = new long[rings.length];
    for (int l = 0; l < rings.length; l++) {
      present[l] = logs.log(l).position();
    }
    return logs.cursor(present);
  }

  /// What the rings hold, in the order of the logs.
  public List<RingFigures> rings() {
    var figures = new ArrayList<RingFigures>(rings.length);
    for (int l = 0; l < rings.length; l++) {
      figures.add(rings[l].figures(logs.log(l).name()));
    }
    return figures;
  }

  /// Whether somebody follows the channel, on any loop.
  public boolean isFollowed(String channel) {
    return loops.stream().anyMatch(loop -> loop.concerns(channel));
  }

  /// How many readers each of these channels has; a loop that does not answer in time is left out.
  /// Completes on any thread.
  public CompletionStage<List<Long>> readers(List<String> channels) {
    var counts = new AtomicLongArray(channels.size());
    CompletableFuture<?>[] answers =
        loops.stream().map(loop -> count(loop, channels, counts)).toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(answers)
        .completeOnTimeout(null, PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
        .thenApply(ignored -> IntStream.range(0, channels.size()).mapToObj(counts::get).toList());
  }

  private static CompletableFuture<?> count(
      HubLoop loop, List<String> channels, AtomicLongArray counts) {
    var counted = new CompletableFuture<Void>();
    loop.execute(
        () -> {
          for (int i = 0; i < channels.size(); i++) {
            counts.addAndGet(i, loop.readers(channels.get(i)));
          }
          counted.complete(null);
        });
    return counted;
  }

  /// Whether a channel keeps the latest publication per key.
  public boolean keepsLatest(String channel) {
    return Feeds.keepsLatest(broker.namespaces(), channel);
  }

  /// Ends every stream in order, each told a time of its own to come back: spread so that
  /// [HubSettings#returnsPerSecond()] return per second.
  public void stop() {
    loops.forEach(loop -> loop.execute(() -> loop.stop(this::nextReturnMillis)));
  }

  /// The time that the next client is told to wait before it returns, when the server stops: so
  /// spread that [HubSettings#returnsPerSecond()] return per second.
  public int nextReturnMillis() {
    return settings.retryMillis(returns.getAndIncrement());
  }

  /// Hears nothing more of the logs and lets every buffer go. After the loops' last turn.
  @Override
  public void close() {
    handles.forEach(Runnable::run);
    for (Ring ring : rings) {
      ring.close();
    }
  }

  /// What the announcer of one log does: fill its ring, and wake whom it concerns.
  private final class Announced implements Follower {
    private final int log;
    private final Ring ring;

    Announced(int log, Ring ring) {
      this.log = log;
      this.ring = ring;
    }

    @Override
    public void advanced(List<Publication> publications, long upTo) {
      ring.add(publications, upTo);
      for (HubLoop loop : loops) {
        if (concerns(loop, publications) || ring.presses(loop.taken(log))) {
          loop.wake();
        }
      }
    }

    private boolean concerns(HubLoop loop, List<Publication> publications) {
      for (Publication publication : publications) {
        if (loop.concerns(publication.channel())) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void trimmed(String channel, long upTo) {
      ring.trim(channel, upTo);
    }

    @Override
    public void lost(long from, long to) {
      ring.lost(to);
      loops.forEach(HubLoop::wake);
    }
  }
}
