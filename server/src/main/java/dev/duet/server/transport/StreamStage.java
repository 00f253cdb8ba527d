package dev.duet.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;

/// A connection whose last answer streams. What the client still sends means nothing; that it
/// closes its side means that it has gone: see [dev.duet.server.exchange.Exchange#onGone].
final class StreamStage extends Stage {
  /// Most bytes dropped between two sweeps: the rest of a request's body, and then nothing is
  /// expected.
  static final int MAX_DROPPED_BYTES = 64 << 10;

  private final Connection connection;
  private final PacedOutlet outlet;
  private final ConnectionKind kind;
  private int dropped;

  StreamStage(Connection connection, PacedOutlet outlet, ConnectionKind kind) {
    this.connection = connection;
    this.outlet = outlet;
    this.kind = kind;
    connection.keepReading(true);
  }

  @Override
  ConnectionKind kind() {
    return kind;
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
  void writable() {
    outlet.drained();
  }

  @Override
  void inputClosed() {
    outlet.lost();
    connection.finish();
  }

  @Override
  void closed() {
    outlet.lost();
  }

  @Override
  void sweep(long now) {
    dropped = 0;
  }
}
