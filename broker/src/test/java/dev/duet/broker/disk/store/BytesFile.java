package dev.duet.broker.disk.store;

import java.nio.ByteBuffer;

/// A file that is there to be read.
record BytesFile(byte[] bytes, int length) implements StoredFile {
  @Override
  public long size() {
    return length;
  }

  @Override
  public int read(ByteBuffer into, long position) {
    int count = (int) Math.max(0, Math.min(into.remaining(), length - position));
    into.put(bytes, (int) Math.min(position, length), count);
    return count;
  }

  @Override
  public void write(ByteBuffer from, long position) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void force() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void truncate(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
