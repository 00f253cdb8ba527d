package dev.duet.app.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Publishes by a schedule, over a few connections. Confined to its loop, but for the counters.
final class Publisher {
  /// Messages that are due and wait for earlier ones to be answered; more are not sent.
  static final int MOST_WAITING = 100_000;

  private static final int DIGITS = 3;
  private static final long SWEEP_MILLIS = 200;

  private final Plan plan;
  private final LongSupplier clock;
  private final EventLoop loop;
  private final Bootstrap bootstrap;
  private final List<PublisherLink> links = new ArrayList<>();
  private final AtomicLong handled = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final Set<Long> failed = ConcurrentHashMap.newKeySet();
  private final AtomicReference<String> trouble = new AtomicReference<>("");
  private @Nullable Schedule schedule;
  private long next;
  private int waiting;
  private volatile boolean stopped;

  /// How long after it was due the publisher came to a message: its own fault.
  final Histogram late = new Histogram(DIGITS);

  /// How long a message then waited for earlier ones to be answered: the server's.
  final Histogram held = new Histogram(DIGITS);

  /// Due to answered.
  final Histogram answered = new Histogram(DIGITS);

  private long measuredFrom = Long.MAX_VALUE;
  private long measuredTo = Long.MAX_VALUE;

  Publisher(Plan plan, LongSupplier clock, Sockets sockets) {
    this.plan = plan;
    this.clock = clock;
    this.loop = sockets.publisher().next();
    URI uri = plan.target().publishUriFor(0);
    this.bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(sockets.type())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(plan.times().timeout().toMillis()))
            .remoteAddress(new InetSocketAddress(uri.getHost(), Target.port(uri)));
    for (int i = 0; i < plan.load().publishers(); i++) {
      links.add(new PublisherLink(this, plan.load().pipeline()));
    }
  }

  /// Opens its connections.
  CompletableFuture<Void> connect() {
    return CompletableFuture.allOf(
        links.stream().map(link -> link.connect(bootstrap)).toArray(CompletableFuture<?>[]::new));
  }

  /// Messages that are due in [from, to) are measured.
  void start(Schedule messages, long from, long to) {
    loop.execute(
        () -> {
          schedule = messages;
          next = 0;
          measuredFrom = from;
          measuredTo = to;
          tick();
          sweep();
        });
  }

  /// Begins no further message.
  void stop() {
    stopped = true;
  }

  // ---- the loop

  private void tick() {
    Schedule messages = Objects.requireNonNull(schedule);
    long now = clock.getAsLong();
    while (!stopped && next < messages.count() && messages.due(next) <= now) {
      if (isMeasured(messages.due(next))) {
        Tally.record(late, now - messages.due(next));
      }
      begin(next++, now);
      handled.lazySet(next);
    }
    links.forEach(PublisherLink::flush);
    if (!stopped && next < messages.count()) {
      var unused =
          loop.schedule(
              this::tick,
              Math.max(0, messages.due(next) - clock.getAsLong()),
              TimeUnit.NANOSECONDS);
    }
  }

  private void begin(long message, long now) {
    if (waiting >= MOST_WAITING) {
      failed(message, "more than " + MOST_WAITING + " publishes waited for the server's answers");
      return;
    }
    waiting++;
    int channel = Objects.requireNonNull(schedule).channel(message);
    links.get(channel % links.size()).begin(message, now);
  }

  private void sweep() {
    long oldest = clock.getAsLong() - plan.times().timeout().toNanos();
    links.forEach(link -> link.cutIfOlderThan(oldest));
    var unused = loop.schedule(this::sweep, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  // ---- what links say

  Plan plan() {
    return plan;
  }

  Bootstrap bootstrap() {
    return bootstrap;
  }

  boolean isStopped() {
    return stopped;
  }

  long now() {
    return clock.getAsLong();
  }

  /// The channel of a message.
  int channelOf(long message) {
    return Objects.requireNonNull(schedule).channel(message);
  }

  String payloadOf(long message) {
    Schedule messages = Objects.requireNonNull(schedule);
    String stamp =
        Stamp.text(
            plan.run(),
            messages.channel(message),
            messages.sequence(message),
            messages.due(message));
    return Stamp.payload(stamp, plan.load().payloadBytes());
  }

  void sent(long message, long since) {
    waiting--;
    if (isMeasured(Objects.requireNonNull(schedule).due(message))) {
      Tally.record(held, clock.getAsLong() - since);
    }
  }

  void acknowledged(long message) {
    acknowledged.incrementAndGet();
    long due = Objects.requireNonNull(schedule).due(message);
    if (isMeasured(due)) {
      Tally.record(answered, clock.getAsLong() - due);
    }
  }

  /// It was not published, or nobody knows.
  void failed(long message, String why) {
    failed.add(message);
    trouble.compareAndSet("", why);
  }

  void neverSent(long message, String why) {
    waiting--;
    failed(message, why);
  }

  private boolean isMeasured(long due) {
    return due >= measuredFrom && due < measuredTo;
  }

  // ---- what is asked of it, from any thread

  /// Messages that it came to.
  long handled() {
    return handled.get();
  }

  long acknowledged() {
    return acknowledged.get();
  }

  int failed() {
    return failed.size();
  }

  boolean isFailed(long message) {
    return failed.contains(message);
  }

  Set<Long> failures() {
    return failed;
  }

  /// Why the first publish failed; empty if none did.
  String trouble() {
    return trouble.get();
  }

  boolean isSettled() {
    return acknowledged.get() + failed.size() >= handled.get();
  }
}
