package dev.duet.broker.disk.store;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Blocks of indexes that were read and found right, the ones used last, up to a bound in bytes.
/// Any thread. One for all segments of a log, or of several.
public final class BlockCache {
  /// Most bytes, unless it is said otherwise: 16 MiB, enough for the hashes of 1.4 million
  /// channels.
  public static final long DEFAULT_BYTES = 16L << 20;

  /// What an entry takes beside its bytes: map, key, header, about.
  private static final int OVERHEAD = 120;

  private static final int STRIPES = 16;

  private final Stripe[] stripes = new Stripe[STRIPES];
  private final AtomicLong files = new AtomicLong();

  /// @param bytes most bytes that it takes
  public BlockCache(long bytes) {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(bytes / STRIPES);
    }
  }

  /// A number for a file, never given twice.
  long newFile() {
    return files.incrementAndGet();
  }

  byte @Nullable [] get(long file, int block) {
    return stripe(file, block).get(new Place(file, block));
  }

  /// @param bytes verified, not changed any more
  void put(long file, int block, byte[] bytes) {
    stripe(file, block).put(new Place(file, block), bytes);
  }

  /// Forgets all blocks of a file.
  void forget(long file) {
    for (Stripe stripe : stripes) {
      stripe.forget(file);
    }
  }

  /// Bytes that it takes now.
  public long bytes() {
    long sum = 0;
    for (Stripe stripe : stripes) {
      sum += stripe.bytes();
    }
    return sum;
  }

  private Stripe stripe(long file, int block) {
    return stripes[(int) (file * 31 + block) & STRIPES - 1];
  }

  private record Place(long file, int block) {}

  private static final class Stripe {
    private final long most;
    private final Map<Place, byte[]> blocks = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    Stripe(long most) {
      this.most = most;
    }

    synchronized byte @Nullable [] get(Place place) {
      return blocks.get(place);
    }

    synchronized void put(Place place, byte[] block) {
      byte[] before = blocks.put(place, block);
      bytes += size(block) - (before == null ? 0 : size(before));
      Iterator<byte[]> oldest = blocks.values().iterator();
      while (bytes > most && oldest.hasNext()) {
        bytes -= size(oldest.next());
        oldest.remove();
      }
    }

    synchronized void forget(long file) {
      blocks
          .entrySet()
          .removeIf(
              entry -> {
                boolean its = entry.getKey().file == file;
                bytes -= its ? size(entry.getValue()) : 0;
                return its;
              });
    }

    synchronized long bytes() {
      return bytes;
    }

    private static long size(byte[] block) {
      return block.length + OVERHEAD;
    }
  }
}
