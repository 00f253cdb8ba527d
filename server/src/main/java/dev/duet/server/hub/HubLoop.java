package dev.duet.server.hub;

import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Span;
import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// An event loop of the server as a cursor on every log, with the readers whose sockets it owns: in
/// turns it takes what was announced ([Intake]), walks over those whom it concerns, and helps up
/// those who are behind (ADR 1).
///
/// Confined to its [LoopThread], but for [#concerns] and [#wake], which announcers call.
public final class HubLoop {
  private static final int CLOCK_EVERY = 16;

  private final LoopThread thread;
  private final HubSettings settings;
  private final LongSupplier ticker;
  private final LogVector logs;
  private final Ring[] rings;
  private final Runnable turn = this::turn;
  private final AtomicBoolean awake = new AtomicBoolean();

  private final Feeds feeds;
  private final Order order;
  private final Walks walks = new Walks();
  private final Intake intake;
  private final ArrayDeque<Subscriber> behind = new ArrayDeque<>();
  private final ArrayDeque<Carrier> toFlush = new ArrayDeque<>();
  private final Pages pages;
  private final Runs runs = new Runs();
  private final ArrayList<Step> scratch = new ArrayList<>();
  private final Wheel wheel;
  private final Deliveries deliveries = new Deliveries();
  private final Roster roster;

  private long turnTime;
  private boolean ticking;
  private boolean stopped;

  /// @param number none of the hub's others has the same
  HubLoop(
      int number,
      LoopThread thread,
      LogVector logs,
      Namespaces namespaces,
      Ring[] rings,
      HubSettings settings,
      LongSupplier ticker) {
    this.thread = thread;
    this.logs = logs;
    this.feeds = new Feeds(logs, namespaces, thread);
    this.rings = rings;
    this.settings = settings;
    this.ticker = ticker;
    this.order = new Order(rings.length);
    this.pages = new Pages(this);
    this.wheel = new Wheel(ticker.getAsLong());
    this.roster = new Roster(number);
    this.intake = new Intake(this, rings, feeds, order, walks);
  }

  /// Prepares a stream: the loop comes up to the logs' ends, the reader's position is found, and
  /// what forbids a stream is known before its first byte. A subscription that is ready must be
  /// begun or closed. Completes exceptionally if a log cannot be read.
  public CompletionStage<Admission> open(StreamRequest request) {
    if (stopped) {
      return CompletableFuture.completedStage(new Admission(Admission.Verdict.STOPPING, null));
    }
    var stream = new StreamSubscriber(this, request);
    return Opening.begin(this, stream, request.cursor(), request.start())
        .thenApply(
            verdict -> new Admission(verdict, verdict == Admission.Verdict.READY ? stream : null));
  }

  /// Makes a bundle without subscriptions, which writes to `outlet` and listens to it from now on.
  /// If the loop has [stopped][#stopped()] it is ended in a later turn.
  ///
  /// @param wire the form of its messages, which has a place for cursors
  /// @param paceNanos after each delivery of what is live nothing more of it comes for so long; 0
  ///     for none
  /// @param peer who is connected
  public Bundle bundle(
      Outlet outlet, Wire wire, long paceNanos, Peer peer, Bundle.Listener listener) {
    if (!wire.carriesCursor()) {
      throw new IllegalArgumentException("a bundle needs a wire form that carries cursors");
    }
    var bundle = new Bundle(this, roster.number(), outlet, wire, paceNanos, peer, listener);
    roster.add(bundle);
    if (stopped) {
      thread.execute(() -> bundle.end(Ending.Reason.RESTART));
    }
    return bundle;
  }

  /// Reads a page, or waits for one. Whoever no longer wants it cancels it, on the loop.
  public CompletableFuture<PageAnswer> page(PageRequest request) {
    return PageQuery.begin(this, request);
  }

  /// Ends every stream: the server stops. Each reader is told a time of its own to come back.
  void stop(IntSupplier retryMillis) {
    stopped = true;
    for (Bundle bundle : roster.bundles()) {
      bundle.stop(retryMillis);
    }
    for (Feed.Reader reader : feeds.readers()) {
      reader.stop(retryMillis);
    }
    flush();
  }

  /// How long a client waits, of many that are told to come back together.
  public int retryMillis(int place) {
    return settings.retryMillis(place);
  }

  /// Whether streams are no longer opened.
  public boolean stopped() {
    return stopped;
  }

  /// What it has delivered and holds. Called on its thread.
  public LoopFigures figures() {
    return new LoopFigures(
        deliveries.streamed,
        deliveries.paged,
        deliveries.heartbeats,
        deliveries.gaps(),
        deliveries.endings(),
        deliveries.live(),
        deliveries.behind(),
        deliveries.polls,
        feeds.size(),
        pages.underWay(),
        pages.waiting(),
        wheel.size(),
        intake.lag());
  }

  /// The connections that follow something here, `most` of them at most. It costs something by each
  /// that is told, and by the channels of streams. Called on its thread.
  public ConnectionFigures.OfLoop connections(int most) {
    return roster.figures(most, feeds);
  }

  /// How many readers a channel has here. Called on its thread.
  public int readers(String channel) {
    Feed feed = feeds.find(channel);
    return feed == null ? 0 : feed.readers().size();
  }

  // ---- what announcers call

  /// Whether somebody here reads the channel. Any thread.
  boolean concerns(String channel) {
    return feeds.contains(channel);
  }

  /// The sequence number that was taken last from a log. Any thread.
  long taken(int log) {
    return intake.taken(log);
  }

  /// Runs a turn soon, if none is coming. Any thread.
  void wake() {
    if (!awake.getAndSet(true)) {
      thread.execute(turn);
    }
  }

  // ---- a turn

  private void turn() {
    awake.set(false);
    try {
      take();
      turnTime = ticker.getAsLong();
      long end = turnTime + settings.sliceNanos();
      walk(end);
      catchUp(end);
    } finally {
      flush();
      if (!walks.isEmpty() || !behind.isEmpty()) {
        wake();
      }
    }
  }

  /// Brings the loop to the end of every log.
  void take() {
    intake.take();
  }

  private void walk(long end) {
    int served = 0;
    while (served < settings.sliceReaders() && walks.step()) {
      served++;
      if (served % CLOCK_EVERY == 0 && ticker.getAsLong() - end >= 0) {
        break;
      }
    }
    intake.advanceW();
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
    for (Carrier next = toFlush.poll(); next != null; next = toFlush.poll()) {
      next.flush();
    }
    runs.clear();
  }

  // ---- what readers call

  Deliveries deliveries() {
    return deliveries;
  }

  Roster roster() {
    return roster;
  }

  LogVector logs() {
    return logs;
  }

  HubSettings settings() {
    return settings;
  }

  Feeds feeds() {
    return feeds;
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
    return intake.present()[log];
  }

  /// The same of all logs; not to be changed, nor kept.
  long[] present() {
    return intake.present();
  }

  long now() {
    return ticker.getAsLong();
  }

  /// When the turn began, or the last of its clock readings: cheap, and exact enough for a
  /// heartbeat.
  long turnTime() {
    return turnTime;
  }

  /// Whether nobody reads here and nothing is kept for anybody.
  boolean isIdle() {
    return feeds.isEmpty()
        && !roster.hasBundles()
        && order.isEmpty()
        && behind.isEmpty()
        && wheel.isEmpty();
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

  /// Flushes the carrier's outlet at the end of the turn.
  void flushLater(Carrier carrier) {
    toFlush.add(carrier);
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

  /// Takes a deadline out of the wheel.
  void forget(Wheel.Entry entry) {
    wheel.remove(entry);
  }

  private void tick() {
    take();
    intake.advanceW();
    turnTime = ticker.getAsLong();
    wheel.advance(turnTime);
    flush();
    ticking = !wheel.isEmpty();
    if (ticking) {
      thread.schedule(this::tick, Wheel.TICK_NANOS);
    }
    if (!order.isEmpty()) {
      wake();
    }
  }

  /// A heartbeat; the caller owns a reference.
  ///
  /// @param plain whether it says nothing, instead of where the live streams stand
  ByteBuf heartbeat(Wire wire, boolean plain) {
    deliveries.heartbeats++;
    return wire.heartbeat(plain ? null : logs.text(order.wVector()));
  }

  /// An empty list for what one reader is due, until the next call.
  List<Step> scratch() {
    scratch.clear();
    return scratch;
  }

  /// Reads a page of a log. One that throws, where memory is short, has failed to be read: it
  /// throws nothing itself.
  CompletionStage<Page> read(int log, ReadRequest request) {
    try {
      return logs.log(log).read(request);
    } catch (RuntimeException | Error failure) {
      return CompletableFuture.failedStage(failure);
    }
  }

  /// Up to where a page of these spans of a log is read.
  long readableTo(int log, List<Span> spans) {
    return feeds.readableTo(spans, rings[log], present(log));
  }

  @Override
  public String toString() {
    return "loop at %s, %d feeds, steps %d to %d, %d behind, wheel %s"
        .formatted(
            logs.text(present()),
            feeds.size(),
            order.w(),
            order.last(),
            behind.size(),
            wheel.isEmpty() ? "empty" : "turning");
  }
}
