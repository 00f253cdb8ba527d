package dev.duet.app.bench;

import io.netty.buffer.ByteBuf;

/// Chunks (RFC 9112 section 7.1).
final class ChunkedBody implements Body {
  private static final int MOST_EXTENSION = 1_024;

  private enum Part {
    SIZE,
    EXTENSION,
    DATA,
    AFTER_DATA,
    END
  }

  private final StampScanner scanner;
  private Part part = Part.SIZE;
  private long left;
  private int extension;

  ChunkedBody(StampScanner scanner) {
    this.scanner = scanner;
  }

  @Override
  public void take(ByteBuf in) {
    while (in.isReadable()) {
      switch (part) {
        case DATA -> data(in);
        case SIZE, EXTENSION -> size(in.readByte());
        case AFTER_DATA -> afterData(in.readByte());
        case END -> throw new BenchException("the server ended the stream");
      }
    }
  }

  private void data(ByteBuf in) {
    int length = (int) Math.min(left, in.readableBytes());
    scanner.scan(in, in.readerIndex(), length);
    in.skipBytes(length);
    left -= length;
    if (left == 0) {
      part = Part.AFTER_DATA;
    }
  }

  private void size(byte b) {
    int digit = Character.digit(b, 16);
    if (b == '\n') {
      part = left == 0 ? Part.END : Part.DATA;
      extension = 0;
    } else if (part == Part.SIZE && digit >= 0 && left < 1L << 48) {
      left = left << 4 | digit;
    } else if (++extension <= MOST_EXTENSION && (part == Part.EXTENSION || b == ';' || b == '\r')) {
      part = Part.EXTENSION;
    } else {
      throw new BenchException("the server's chunks are not those of HTTP/1.1");
    }
  }

  private void afterData(byte b) {
    if (b == '\n') {
      part = Part.SIZE;
    } else if (b != '\r') {
      throw new BenchException("a chunk of the server is longer than it says");
    }
  }
}
