package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// One file. Reading by any thread; writing by one at a time.
public interface StoredFile extends Closeable {
  /// Bytes in it.
  long size() throws IOException;

  /// Reads at `position` until `into` is full or the file ends.
  ///
  /// @return how many bytes were read; 0 at or beyond the end
  int read(ByteBuffer into, long position) throws IOException;

  /// Writes all that remains in `from` at `position`.
  ///
  /// @throws DiskFullException if there is no room; a part may have been written
  /// @throws IOException if it failed otherwise; a part may have been written
  void write(ByteBuffer from, long position) throws IOException;

  /// Makes content and size survive a power loss. After a failure nothing is known of what was
  /// written since the last success, not even after a later success.
  void force() throws IOException;

  /// Cuts it to `size` bytes.
  void truncate(long size) throws IOException;
}
