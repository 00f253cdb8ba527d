package dev.duet.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One accepted connection from accept to close: the only handler of ours in its pipeline that
/// stays. It passes events to its [Stage] and cuts a client who drains nothing while bytes wait for
/// him.
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  final Channel socket;
  final Sweep sweep;

  /// Where the sweep keeps it; the sweep's alone.
  int sweepIndex;

  private Stage stage;
  private InetSocketAddress remote;
  private boolean remoteKnown = true;
  private String scheme = "http";
  private boolean inputClosed;
  private boolean closed;

  /// What waited first in line when last looked at, and since when that has not moved.
  private int waitingEntry;

  private long waitingProgress;
  private long waitingSince;

  Connection(Channel socket, Sweep sweep) {
    this.socket = socket;
    this.sweep = sweep;
    this.remote =
        socket.remoteAddress() instanceof InetSocketAddress address
            ? address
            : new InetSocketAddress(0);
    this.stage =
        sweep.shared.options().proxies().protocol() ? new PrefaceStage(this) : new Http1Stage(this);
    this.waitingSince = sweep.now();
  }

  /// Puts a new connection into its pipeline.
  static Connection open(Channel socket, Sweep sweep) {
    var connection = new Connection(socket, sweep);
    switch (connection.stage) {
      case Http1Stage http -> socket.pipeline().addLast(http.decoder());
      case PrefaceStage preface -> socket.pipeline().addLast(preface.decoder());
      default -> throw new IllegalStateException("no first stage");
    }
    socket.pipeline().addLast(connection);
    return connection;
  }

  EventLoop loop() {
    return socket.eventLoop();
  }

  Deadlines deadlines() {
    return sweep.shared.options().deadlines();
  }

  /// Who is at the other end: by the PROXY protocol, or else by TCP.
  InetSocketAddress remote() {
    return remote;
  }

  /// Who sent a request.
  ///
  /// @param fields all header fields of a name in lower case
  /// @throws dev.duet.protocol.DuetException 400 if a trusted proxy cannot be understood
  Sender sender(Function<String, List<String>> fields) {
    return Sender.of(remote, remoteKnown, scheme, sweep.shared.options().proxies(), fields);
  }

  /// @param known whether the proxy says for whom it connects
  void speaksFor(InetSocketAddress client, boolean known) {
    remote = client;
    remoteKnown = known;
  }

  /// Whether it did not begin with the PROXY protocol.
  boolean direct() {
    return !sweep.shared.options().proxies().protocol();
  }

  /// The client's connection to a proxy is encrypted.
  void secured() {
    scheme = "https";
  }

  /// Requests follow, after what another decoder still holds.
  void speakHttp(ChannelHandler after) {
    var http = new Http1Stage(this);
    become(http);
    socket.pipeline().addAfter(socket.pipeline().context(after).name(), "requests", http.decoder());
  }

  void become(Stage next) {
    ConnectionKind before = stage.kind();
    stage = next;
    if (!closed) {
      sweep.traffic.closed(before);
      sweep.traffic.opened(next.kind());
    }
  }

  /// What it is used for.
  ConnectionKind kind() {
    return stage.kind();
  }

  /// Whether the client has shut down its side.
  boolean inputClosed() {
    return inputClosed;
  }

  /// Whether to go on reading without being asked.
  void keepReading(boolean on) {
    if (socket.isOpen()) {
      socket.config().setAutoRead(on && !inputClosed);
    }
  }

  /// Asks for one read.
  void readOnce() {
    if (socket.isOpen() && !inputClosed) {
      socket.read();
    }
  }

  /// Whether the client takes what is written; see the water marks of the socket's options.
  boolean writable() {
    return socket.isWritable();
  }

  /// Queues bytes; takes over the reference.
  void write(ByteBuf bytes) {
    sweep.traffic.bytesOut += bytes.readableBytes();
    socket.unsafe().write(bytes, socket.unsafe().voidPromise());
  }

  void flush() {
    socket.unsafe().flush();
  }

  /// Ends the connection in order: see [LingerStage].
  void finish() {
    if (closed || stage instanceof LingerStage) {
      return;
    }
    var linger = new LingerStage(this);
    become(linger);
    socket.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> linger.drained());
  }

  /// Ends the connection at once, with a reset: what waits in the kernel for a client who does not
  /// read goes with it.
  void cut() {
    if (socket.isOpen()) {
      socket.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    close();
  }

  /// Closes without regard to what waits.
  @SuppressWarnings("FutureReturnValueIgnored")
  void close() {
    socket.close();
  }

  void sweep(long now) {
    if (drainsNothing(now)) {
      LOG.debug("{} drained nothing for {}: cut", remote(), deadlines().drain());
      cut();
    } else {
      stage.sweep(now);
    }
  }

  private boolean drainsNothing(long now) {
    @Nullable ChannelOutboundBuffer buffer = socket.unsafe().outboundBuffer();
    Object first = buffer == null ? null : buffer.current();
    int entry = first == null ? 0 : System.identityHashCode(first);
    long progress = first == null ? 0 : buffer.currentProgress();
    if (entry == 0 || entry != waitingEntry || progress != waitingProgress) {
      waitingEntry = entry;
      waitingProgress = progress;
      waitingSince = now;
      return false;
    }
    return now - waitingSince >= deadlines().drain().toNanos();
  }

  void stopping() {
    stage.stopping();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    sweep.add(this);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    socket.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (closed) {
      ReferenceCountUtil.release(message);
    } else {
      stage.read(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    stage.readComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (socket.isWritable()) {
      stage.writable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent && !inputClosed) {
      inputClosed = true;
      keepReading(false);
      stage.inputClosed();
    } else if (event instanceof ChannelOutputShutdownEvent && !(stage instanceof LingerStage)) {
      // Netty's answer to a write that failed.
      cut();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    closed();
  }

  /// Comes without [#channelInactive] for a connection that broke before it was active.
  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    closed();
  }

  private void closed() {
    if (!closed) {
      closed = true;
      sweep.remove(this);
      stage.closed();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    broken(cause);
  }

  void broken(Throwable cause) {
    if (cause instanceof IOException
        || (cause instanceof DecoderException && stage instanceof PrefaceStage)) {
      LOG.debug("{} broke: {}", remote(), cause.toString());
    } else {
      LOG.warn("{} is cut after a defect", remote(), cause);
    }
    cut();
  }
}
