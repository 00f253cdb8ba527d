package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Reads what can be read where a disk cannot read all: page by page.
final class Pages {
  static final int PAGE = 4096;
  private static final int TRIES = 2;

  private Pages() {}

  /// Fills a buffer; pages that cannot be read, also when they are tried again, are zeros, which
  /// are no record.
  ///
  /// @param unreadable is told where each of these is
  /// @return why no page could be read; null if one could
  static @Nullable IOException read(
      StoredFile file, long position, ByteBuffer into, LongConsumer unreadable)
      throws ClosedChannelException {
    int start = into.position();
    IOException why = null;
    boolean some = false;
    while (into.hasRemaining()) {
      long at = position + into.position() - start;
      int wanted = (int) Math.min(into.remaining(), PAGE - at % PAGE);
      ByteBuffer page = ByteBuffer.allocate(0);
      for (int tries = 0; tries < TRIES && page.capacity() == 0; tries++) {
        try {
          ByteBuffer one = ByteBuffer.allocate(wanted);
          file.read(one, at);
          page = one;
        } catch (ClosedChannelException e) {
          throw e;
        } catch (IOException e) {
          why = e;
        }
      }
      if (page.capacity() == 0) {
        unreadable.accept(at);
        into.put(new byte[wanted]);
        continue;
      }
      some = true;
      into.put(page.flip());
      if (page.limit() < wanted) {
        break;
      }
    }
    return some ? null : why;
  }
}
