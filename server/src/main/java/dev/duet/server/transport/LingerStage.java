package dev.duet.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;

/// Saying goodbye: what waits is drained, then our side is shut down, then what the client still
/// sends is read and dropped until it closes too. A socket closed with unread bytes would send a
/// reset, which can destroy the tail of the answer on its way (RFC 9112 section 9.6).
final class LingerStage extends Stage {
  /// Most bytes that are read and dropped; a client that sends more is cut.
  static final int MAX_DROPPED_BYTES = 1 << 20;

  private final Connection connection;
  private boolean outputClosed;
  private long outputClosedAt;
  private long dropped;

  LingerStage(Connection connection) {
    this.connection = connection;
    connection.keepReading(true);
  }

  /// All that waited has been handed to the kernel, or the connection broke.
  void drained() {
    outputClosedAt = connection.sweep.now();
    outputClosed = true;
    if (connection.inputClosed() || !connection.socket.isActive()) {
      connection.close();
    } else if (connection.socket instanceof DuplexChannel duplex) {
      duplex.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }
  }

  @Override
  void read(Object message) {
    if (message instanceof ByteBuf bytes) {
      dropped += bytes.readableBytes();
    }
    ReferenceCountUtil.release(message);
    if (dropped > MAX_DROPPED_BYTES) {
      connection.cut();
    }
  }

  @Override
  void inputClosed() {
    if (outputClosed) {
      connection.close();
    }
  }

  @Override
  void closed() {}

  @Override
  void sweep(long now) {
    if (outputClosed && now - outputClosedAt >= connection.deadlines().linger().toNanos()) {
      connection.close();
    }
  }
}
