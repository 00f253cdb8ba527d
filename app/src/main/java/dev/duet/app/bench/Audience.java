package dev.duet.app.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/// All subscribers, and what they share.
final class Audience {
  private static final int MOST_CONNECTING = 256;
  private static final int FIRST_READ = 256;
  private static final int USUAL_READ = 2 << 10;
  private static final int LARGEST_READ = 64 << 10;

  private final Plan plan;
  private final LongSupplier clock;
  private final Sockets sockets;
  private final byte[] opening;
  private final LastOnes lastOnes;
  private final Map<EventExecutor, Tally> tallies = new IdentityHashMap<>();
  private final List<Listener> listeners = new ArrayList<>();
  private final Semaphore connecting = new Semaphore(MOST_CONNECTING);
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicInteger gone = new AtomicInteger();
  private final AtomicReference<String> trouble = new AtomicReference<>("");
  private volatile long measuredFrom = Long.MAX_VALUE;
  private volatile long measuredTo = Long.MAX_VALUE;
  private volatile String since = "";
  private volatile boolean ending;

  Audience(Plan plan, LongSupplier clock, Sockets sockets) {
    this.plan = plan;
    this.clock = clock;
    this.sockets = sockets;
    this.opening = StampScanner.opening(plan.run());
    this.lastOnes = new LastOnes(plan.load().channels());
    for (EventExecutor loop : sockets.readers()) {
      tallies.put(loop, new Tally());
    }
  }

  /// Opens all connections, at most so many a second and so many at once.
  ///
  /// @param stop asked now and then whether to give up
  /// @throws BenchException if none can be opened
  void connect(InetSocketAddress address, Waiting waiting) throws InterruptedException {
    var bootstrap =
        new Bootstrap()
            .group(sockets.readers())
            .channel(sockets.type())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(plan.times().timeout().toMillis()))
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(FIRST_READ, USUAL_READ, LARGEST_READ));
    long began = clock.getAsLong();
    long each = TimeUnit.SECONDS.toNanos(1) / plan.times().connectRate();
    int all = plan.load().subscribers();
    for (int i = 0; i < all && failed.get() < MOST_CONNECTING; i++) {
      if (waiting.until(began + i * each)
          || !connecting.tryAcquire(plan.times().timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        break;
      }
      Listener listener = listener(i % plan.load().channels());
      listeners.add(listener);
      bootstrap
          .clone()
          .handler(listener)
          .connect(address)
          .addListener(
              connected -> {
                if (!connected.isSuccess()) {
                  failed(String.valueOf(connected.cause().getMessage()));
                }
              });
    }
    awaitAll(waiting);
  }

  private Listener listener(int channel) {
    return plan.target().form() == Form.POLL
        ? new PollListener(this, channel)
        : new StreamListener(this, channel);
  }

  private void awaitAll(Waiting waiting) throws InterruptedException {
    int settled = -1;
    long patience = plan.times().timeout().toNanos();
    long until = clock.getAsLong() + patience;
    while (open.get() + failed.get() < listeners.size()) {
      if (open.get() + failed.get() != settled) {
        settled = open.get() + failed.get();
        until = clock.getAsLong() + patience;
      }
      if (clock.getAsLong() - until >= 0 || waiting.shortly()) {
        break;
      }
    }
    if (open.get() == 0) {
      String why = trouble.get();
      throw new BenchException(
          "no subscriber could connect to "
              + plan.target().base()
              + ": "
              + (why.isEmpty()
                  ? "no answer in " + plan.times().timeout().toSeconds() + " s"
                  : why));
    }
  }

  /// Messages that are due in [from, to) are measured.
  void measure(long from, long to) {
    measuredTo = to;
    measuredFrom = from;
  }

  /// Subscribers that connect from now on ask for what is after this cursor.
  void returnFrom(String cursor) {
    since = cursor;
  }

  /// From now on connections may go.
  void end() {
    ending = true;
  }

  // ---- what listeners ask and say

  Target target() {
    return plan.target();
  }

  LongSupplier clock() {
    return clock;
  }

  byte[] opening() {
    return opening;
  }

  /// Whether each must see all from the first message on.
  boolean fromOne() {
    return !plan.listensOnly();
  }

  int missed() {
    return plan.load().missed();
  }

  Tally tally(EventLoop loop) {
    return Objects.requireNonNull(tallies.get(loop));
  }

  boolean isMeasured(long due) {
    return due >= measuredFrom && due < measuredTo;
  }

  boolean isLast(int channel, long sequence) {
    return lastOnes.isLast(channel, sequence, plan.load().subscribersOf(channel));
  }

  /// A subscriber's request.
  ///
  /// @param query more of a query, or nothing
  /// @param fields more header fields, each with its line end
  String request(int channel, String query, String fields) {
    String path = plan.target().pathFor(channel);
    boolean returns = !since.isEmpty() && plan.target().form() != Form.DUET_V1;
    String asked = query.isEmpty() && returns ? "since=" + since : query;
    if (!asked.isEmpty()) {
      path += (path.indexOf('?') < 0 ? "?" : "&") + asked;
    }
    var request = new StringBuilder(256).append("GET ").append(path).append(" HTTP/1.1\r\n");
    request.append("Host: ").append(plan.target().base().getRawAuthority()).append("\r\n");
    String accept = plan.target().form().accept();
    if (accept != null) {
      request.append("Accept: ").append(accept).append("\r\n");
    }
    for (String header : plan.target().headers()) {
      request.append(header).append("\r\n");
    }
    return request.append(fields).append("\r\n").toString();
  }

  /// The first message of a subscriber on a WebSocket; empty for none.
  String hello(int channel) {
    String hello = plan.target().hello();
    if (hello == null) {
      return "";
    }
    String filled = Target.filled(hello, plan.target().channel(channel), "");
    return since.isEmpty() || plan.target().form() != Form.DUET_V1
        ? filled
        : filled.substring(0, filled.length() - 1) + ",\"cursor\":\"" + since + "\"}";
  }

  void opened() {
    open.incrementAndGet();
    connecting.release();
  }

  void failed(String why) {
    if (!ending) {
      failed.incrementAndGet();
      trouble.compareAndSet("", why);
    }
    connecting.release();
  }

  void gone(String why) {
    if (!ending) {
      gone.incrementAndGet();
      trouble.compareAndSet("", why);
    }
  }

  // ---- what is asked of them

  int open() {
    return open.get();
  }

  int failed() {
    return failed.get();
  }

  int gone() {
    return gone.get();
  }

  /// Why the first connection failed or went; empty if none did.
  String trouble() {
    return trouble.get();
  }

  long sum(ToLongFunction<Tally> counter) {
    return tallies.values().stream().mapToLong(counter).sum();
  }

  List<Tally> tallies() {
    return List.copyOf(tallies.values());
  }

  /// The highest place of a channel that anybody saw. After the loops have stopped.
  long[] highest() {
    long[] highest = new long[plan.load().channels()];
    for (Listener listener : listeners) {
      highest[listener.channel] = Math.max(highest[listener.channel], listener.sequence().last());
    }
    return highest;
  }

  /// How many messages should have come, and how many of them are missing. After the loops have
  /// stopped.
  Owed owed(long[] lastOf, Excused excused) {
    long due = 0;
    long missing = 0;
    for (Listener listener : listeners) {
      if (listener.isOpen()) {
        int channel = listener.channel;
        LongPredicate ofChannel = place -> excused.isExcused(channel, place);
        due += listener.sequence().due(lastOf[channel]);
        missing += listener.sequence().missing(lastOf[channel], ofChannel);
      }
    }
    return new Owed(due, missing);
  }

  record Owed(long due, long missing) {}

  /// Whether a message was never published.
  interface Excused {
    boolean isExcused(int channel, long sequence);
  }
}
