package dev.duet.app.bench;

import io.netty.buffer.ByteBuf;

/// What comes after the head of an answer: takes the framing away and looks for stamps in the rest.
interface Body {
  /// Takes all that is there.
  void take(ByteBuf in);

  /// Bytes up to the end of the connection.
  static Body plain(StampScanner scanner) {
    return in -> {
      scanner.scan(in, in.readerIndex(), in.readableBytes());
      in.skipBytes(in.readableBytes());
    };
  }
}
