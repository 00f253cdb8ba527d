package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Writes an index file block by block. For one thread.
final class IndexOutput {
  private static final int BLOCKS = 16;

  private final SegmentHeader header;
  private final StoredFile file;
  private final byte[] block = new byte[IndexBlocks.BLOCK];
  private final ByteBuffer pending = ByteBuffer.allocate(BLOCKS * IndexBlocks.BLOCK);
  private int at;
  private int blocks;
  private long written;

  IndexOutput(SegmentHeader header, StoredFile file) {
    this.header = header;
    this.file = file;
  }

  /// Where the next byte goes.
  long address() {
    return (long) blocks * IndexBlocks.PAYLOAD + at;
  }

  void put(int value) throws IOException {
    if (at == IndexBlocks.PAYLOAD) {
      endBlock();
    }
    block[at++] = (byte) value;
  }

  void number(long value, int size) throws IOException {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
      put((int) (value >>> shift));
    }
  }

  void varint(long value) throws IOException {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      put((int) (rest | 0x80));
      rest >>>= 7;
    }
    put((int) rest);
  }

  void zigzag(long value) throws IOException {
    varint(Varints.zigzag(value));
  }

  void put(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      put(bytes.get());
    }
  }

  /// Goes on with a new block.
  void align() throws IOException {
    if (at > 0) {
      endBlock();
    }
  }

  /// Writes what is left.
  void finish() throws IOException {
    align();
    flush();
  }

  private void endBlock() throws IOException {
    Arrays.fill(block, at, IndexBlocks.PAYLOAD, (byte) 0);
    ByteBuffer.wrap(block).putInt(IndexBlocks.PAYLOAD, IndexBlocks.checksum(header, blocks, block));
    if (!pending.hasRemaining()) {
      flush();
    }
    pending.put(block);
    blocks++;
    at = 0;
  }

  private void flush() throws IOException {
    pending.flip();
    int count = pending.remaining();
    file.write(pending, written);
    written += count;
    pending.clear();
  }
}
