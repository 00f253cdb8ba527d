package dev.duet.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;

/// Saying goodbye: what waits is drained, then our side is shut down, then what the client still
/// sends is read and dropped until it closes too. A socket closed with unread bytes would send a
/// reset, which can destroy the tail of the answer on its way (RFC 9112 section 9.6).
final class LingerStage extends Stage {
  /// Most bytes that are read and dropped; a client that sends more is cut. Twice the largest body
  /// that can be configured: a client that reads only when it has sent all still gets its answer.
  static final int MAX_DROPPED_BYTES = 32 << 20;

  private final Connection connection;
  private boolean outputClosed;
  private long outputClosedAt;
  private long heardAt;
  private long dropped;

  LingerStage(Connection connection) {
    this.connection = connection;
    connection.keepReading(true);
  }

  @Override
  ConnectionKind kind() {
    return ConnectionKind.CLOSING;
  }

  /// All that waited has been handed to the kernel, or the connection broke.
  void drained() {
    outputClosedAt = connection.sweep.now();
    heardAt = outputClosedAt;
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
    heardAt = connection.sweep.now();
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
    Deadlines deadlines = connection.deadlines();
    if (outputClosed
        && (now - heardAt >= deadlines.linger().toNanos()
            || now - outputClosedAt >= deadlines.body().toNanos())) {
      connection.close();
    }
  }
}
