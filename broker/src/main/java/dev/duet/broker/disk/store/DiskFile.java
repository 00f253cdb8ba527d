package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/// A real file. Bytes go through it in pieces, so that the JDK's own direct buffers, one per
/// thread, stay small.
final class DiskFile implements StoredFile {
  private static final int PIECE = 256 << 10;

  private final FileChannel file;

  private DiskFile(FileChannel file) {
    this.file = file;
  }

  static DiskFile open(Path path, OpenOption... options) throws IOException {
    return new DiskFile(asked(() -> FileChannel.open(path, options)));
  }

  /// Something that is asked of the file system.
  interface Call<T> {
    T go() throws IOException;
  }

  /// Tells a full disk from other failures.
  static <T> T asked(Call<T> call) throws IOException {
    try {
      return call.go();
    } catch (IOException e) {
      if (FullDisk.here().says(e)) {
        throw new DiskFullException(IoReason.of(e), e);
      }
      throw e;
    }
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    int limit = into.limit();
    int start = into.position();
    try {
      while (into.position() < limit) {
        into.limit(Math.min(limit, into.position() + PIECE));
        if (file.read(into, position + into.position() - start) < 0) {
          break;
        }
      }
    } finally {
      into.limit(limit);
    }
    return into.position() - start;
  }

  @Override
  public void write(ByteBuffer from, long position) throws IOException {
    int limit = from.limit();
    int start = from.position();
    try {
      while (from.position() < limit) {
        from.limit(Math.min(limit, from.position() + PIECE));
        asked(() -> file.write(from, position + from.position() - start));
      }
    } finally {
      from.limit(limit);
    }
  }

  @Override
  public void force() throws IOException {
    asked(
        () -> {
          file.force(false);
          return true;
        });
  }

  @Override
  public void truncate(long size) throws IOException {
    asked(() -> file.truncate(size));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
