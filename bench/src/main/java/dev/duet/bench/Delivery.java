package dev.duet.bench;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Start;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.hub.Admission;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.hub.LoopThread;
import dev.duet.server.hub.Peer;
import dev.duet.server.hub.StreamRequest;
import dev.duet.server.hub.Subscription;
import dev.duet.server.hub.Wires;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// The real hub, with one loop that runs when it is told to and outlets that take everything:
/// delivery without sockets, on one thread.
final class Delivery implements AutoCloseable {
  private static final String CHANNEL = "orders";
  private static final Peer PEER = new Peer(new InetSocketAddress(0), null);

  private final Broker broker;
  private final Hub hub;
  private final Tasks tasks = new Tasks();
  private final HubLoop loop;
  private long bytes;
  private long offers;

  /// On a log in memory.
  Delivery() {
    this(new MemoryBroker(MemorySettings.of(Namespaces.DEFAULT)));
  }

  /// @param broker closed with this
  Delivery(Broker broker) {
    this.broker = broker;
    this.hub = new Hub(broker, HubSettings.DEFAULT, System::nanoTime);
    this.loop = hub.addLoop(tasks);
  }

  /// Runs what the loop has to do, deadlines excepted: none comes while this runs.
  private static final class Tasks implements LoopThread {
    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();

    @Override
    public void execute(Runnable task) {
      queue.add(task);
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {
      // A heartbeat, later than the benchmark lasts.
    }

    void run() {
      for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
        task.run();
      }
    }
  }

  private final class TakesAll implements Outlet {
    @Override
    public void listen(Listener listener) {
      // It is always ready.
    }

    @Override
    public Offer offer(ByteBuf frame) {
      bytes += frame.readableBytes();
      offers++;
      return Offer.WRITTEN;
    }

    @Override
    public void flush() {
      // There is no socket.
    }

    @Override
    public void end() {
      // There is no socket.
    }

    @Override
    public void abort() {
      // There is no socket.
    }
  }

  /// Publishes, and waits for the receipt.
  void publish(Draft draft) {
    Log log = broker.logs().get(broker.logOf(CHANNEL));
    Receipt receipt = log.append(CHANNEL, draft).toCompletableFuture().join();
    if (!(receipt instanceof Receipt.Appended)) {
      throw new IllegalStateException("a publication was answered with " + receipt);
    }
  }

  /// Lets the loop do all that it has to.
  void run() {
    tasks.run();
  }

  /// A reader of Server-Sent Events, from `cursor` on or from now; waits until it is let in.
  Subscription open(@Nullable Cursor cursor) {
    var request =
        new StreamRequest(
            List.of(CHANNEL), cursor, Start.NOW, Wires.SSE, false, 0, null, PEER, ending -> {});
    CompletableFuture<Admission> admitted = loop.open(request).toCompletableFuture();
    tasks.run();
    while (!admitted.isDone()) {
      Thread.onSpinWait();
      tasks.run();
    }
    Subscription subscription = Objects.requireNonNull(admitted.join().subscription());
    subscription.begin(new TakesAll());
    return subscription;
  }

  Cursor now() {
    return hub.now();
  }

  /// Bytes that outlets took so far.
  long bytes() {
    return bytes;
  }

  /// Frames that outlets took so far.
  long offers() {
    return offers;
  }

  @Override
  public void close() {
    hub.close();
    broker.close();
  }
}
