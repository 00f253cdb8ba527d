package dev.duet.app.bench;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/// The loops of the bench: some that read, and one that publishes, so that what is read never
/// delays what is sent.
final class Sockets implements AutoCloseable {
  private static final long MOST_SECONDS = 10;

  private final boolean epoll = Epoll.isAvailable();
  private final EventLoopGroup readers;
  private final EventLoopGroup publisher;

  Sockets(int threads) {
    this.readers =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("bench-read", true), handler());
    this.publisher =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("bench-publish", true), handler());
  }

  private IoHandlerFactory handler() {
    return epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  EventLoopGroup readers() {
    return readers;
  }

  EventLoopGroup publisher() {
    return publisher;
  }

  Class<? extends SocketChannel> type() {
    return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  /// Cuts all connections and ends the loops.
  @Override
  public void close() {
    var first = publisher.shutdownGracefully(0, MOST_SECONDS, TimeUnit.SECONDS);
    var second = readers.shutdownGracefully(0, MOST_SECONDS, TimeUnit.SECONDS);
    first.awaitUninterruptibly(MOST_SECONDS, TimeUnit.SECONDS);
    second.awaitUninterruptibly(MOST_SECONDS, TimeUnit.SECONDS);
  }
}
