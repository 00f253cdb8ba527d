package dev.duet.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;

/// Writes to a TCP socket without TLS, on the shortest way that Netty's API allows: past the
/// pipeline, without a promise per write. There is no handler on that way that could have a say.
final class PlainOutlet extends PacedOutlet {
  private final Channel.Unsafe unsafe;
  private final ChannelPromise noPromise;

  /// @param finish what ends the answer in order
  PlainOutlet(Connection connection, Runnable finish) {
    super(connection, finish);
    this.unsafe = connection.socket.unsafe();
    this.noPromise = unsafe.voidPromise();
  }

  @Override
  boolean hasRoom() {
    return connection.writable();
  }

  @Override
  void put(ByteBuf frame) {
    connection.sweep.traffic.bytesOut += frame.readableBytes();
    unsafe.write(frame.retainedDuplicate(), noPromise);
  }

  @Override
  public void flush() {
    unsafe.flush();
  }
}
