package dev.duet.server.transport;

import dev.duet.server.exchange.ExchangeHandler;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Listens, accepts connections, and hands each request to one handler as an exchange.
///
/// Started by [#start]. To stop: [#stop], then [#close]. Safe for use by any thread but its own
/// loops, which must not wait for it.
public final class Transport implements AutoCloseable {
  /// Beyond the high mark an outlet is behind; below the low one it is ready again.
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 << 10, 64 << 10);

  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
  private static final int BACKLOG = 4_096;
  private static final int READ_BYTES_FIRST = 1 << 10;
  private static final int READ_BYTES_MOST = 16 << 10;
  private static final int READS_PER_TURN = 4;

  private final Shared shared;
  private final boolean epoll;
  private final EventLoopGroup boss;
  private final EventLoopGroup workers;
  private final Map<Executor, Sweep> sweeps = new LinkedHashMap<>();
  private final List<Channel> listeners = new ArrayList<>();

  private Transport(TransportOptions options, ExchangeHandler handler) {
    this.shared = new Shared(options, handler);
    this.epoll = options.epoll() && Epoll.isAvailable();
    this.boss =
        new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("duet-accept"), ioHandler());
    this.workers =
        new MultiThreadIoEventLoopGroup(
            options.loops(), new DefaultThreadFactory("duet-loop"), ioHandler());
    for (EventExecutor worker : workers) {
      var loop = (EventLoop) worker;
      sweeps.put(loop, new Sweep(loop, shared));
    }
  }

  /// Binds and begins to serve.
  ///
  /// @throws UncheckedIOException if an address cannot be bound; nothing is left running
  public static Transport start(TransportOptions options, ExchangeHandler handler) {
    var transport = new Transport(options, handler);
    try {
      options.addresses().forEach(transport::bind);
    } catch (RuntimeException e) {
      transport.close();
      throw e;
    }
    transport.sweeps.values().forEach(Sweep::start);
    return transport;
  }

  private IoHandlerFactory ioHandler() {
    return epoll ? KnownToEpoll.newFactory() : NioIoHandler.newFactory();
  }

  private void bind(InetSocketAddress address) {
    var bootstrap =
        new ServerBootstrap()
            .group(boss, workers)
            .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(64, READ_BYTES_FIRST, READ_BYTES_MOST)
                    .maxMessagesPerRead(READS_PER_TURN))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel socket) {
                    accept(socket);
                  }
                });
    if (epoll) {
      bootstrap.childOption(
          EpollChannelOption.TCP_USER_TIMEOUT,
          Math.toIntExact(shared.options().deadlines().path().toMillis()));
    }
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      String problem =
          "cannot listen on %s: %s"
              .formatted(NetUtil.toSocketAddressString(address), bound.cause().getMessage());
      throw new UncheckedIOException(problem, new IOException(problem, bound.cause()));
    }
    listeners.add(bound.channel());
  }

  private void accept(Channel socket) {
    Sweep sweep = sweeps.get(socket.eventLoop());
    if (sweep == null || shared.full() || shared.stopping() || !mayConnect(socket)) {
      if (sweep != null) {
        sweep.traffic.turnedAway++;
      }
      socket.unsafe().closeForcibly();
    } else {
      Connection.open(socket, sweep);
    }
  }

  private boolean mayConnect(Channel socket) {
    TrustedProxies proxies = shared.options().proxies();
    if (!proxies.protocol()
        || (socket.remoteAddress() instanceof InetSocketAddress peer && proxies.trust(peer))) {
      return true;
    }
    LOG.debug("{} is no trusted proxy: refused", socket.remoteAddress());
    return false;
  }

  /// The port of the first address.
  public int port() {
    return addresses().getFirst().getPort();
  }

  /// Where it listens, in the order of its options.
  public List<InetSocketAddress> addresses() {
    return listeners.stream().map(s -> (InetSocketAddress) s.localAddress()).toList();
  }

  /// Its event loops. [dev.duet.server.exchange.Exchange#loop()] is one of these, the very object.
  public List<ScheduledExecutorService> loops() {
    return sweeps.values().stream().<ScheduledExecutorService>map(sweep -> sweep.loop).toList();
  }

  /// The connections that are open now.
  public int connections() {
    return shared.connections();
  }

  /// What the connections of one of its loops have done. Called on that loop.
  ///
  /// @throws IllegalArgumentException if the loop is none of its
  public TrafficFigures traffic(Executor loop) {
    return sweep(loop).figures();
  }

  /// How long one of its loops has shown no sign of life, in nanoseconds: at most about a second
  /// while it is well. Any thread.
  ///
  /// @throws IllegalArgumentException if the loop is none of its
  public long silenceNanos(Executor loop) {
    return sweep(loop).silence();
  }

  private Sweep sweep(Executor loop) {
    Sweep sweep = sweeps.get(loop);
    if (sweep == null) {
      throw new IllegalArgumentException("no loop of this transport");
    }
    return sweep;
  }

  /// Stops accepting, closes the connections that wait for a request, and lets the others finish
  /// the exchange that they are at; what is answered meanwhile says `connection: close`. Streams
  /// and WebSockets are the server's to end.
  ///
  /// @return completes when no connection is left, on any thread
  public CompletableFuture<Void> stop() {
    CompletableFuture<Void> drained = shared.stop();
    closeListeners();
    onEachLoop(Sweep::stopping);
    return drained.copy();
  }

  /// Cuts what is still open and ends the loops.
  @Override
  public void close() {
    var _ = shared.stop();
    if (workers.isShuttingDown()) {
      return;
    }
    closeListeners();
    onEachLoop(Sweep::cut);
    var bossEnded = boss.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    bossEnded.awaitUninterruptibly();
  }

  private void closeListeners() {
    for (Channel listener : listeners) {
      listener.close().awaitUninterruptibly();
    }
  }

  /// Looks at all deadlines now, and waits for that.
  void sweepNow() {
    onEachLoop(Sweep::run);
  }

  private void onEachLoop(Consumer<Sweep> action) {
    var done =
        sweeps.values().stream()
            .map(sweep -> CompletableFuture.runAsync(() -> action.accept(sweep), sweep.loop))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(done).join();
  }
}
