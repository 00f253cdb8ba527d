package dev.duet.broker.disk.store;

import dev.duet.broker.StorageFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/// Counts what a store does with its files. Any thread.
public final class Meter {
  private final AtomicLongArray syncs = new AtomicLongArray(StorageFigures.BOUNDS.size() + 1);
  private final AtomicLong syncNanos = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicLong rewritten = new AtomicLong();

  /// A sync took so long, whether it succeeded or not.
  void synced(long nanos) {
    int bucket = 0;
    while (bucket < StorageFigures.BOUNDS.size()
        && nanos > StorageFigures.BOUNDS.get(bucket) * 1_000L) {
      bucket++;
    }
    syncs.incrementAndGet(bucket);
    syncNanos.addAndGet(nanos);
  }

  /// A write or a sync failed.
  void failed() {
    failures.incrementAndGet();
  }

  /// A rewrite wrote so many bytes.
  void rewrote(long bytes) {
    rewritten.addAndGet(bytes);
  }

  /// How many syncs took at most each of [StorageFigures#BOUNDS], and, last, longer.
  public List<Long> syncs() {
    var counts = new ArrayList<Long>(syncs.length());
    for (int i = 0; i < syncs.length(); i++) {
      counts.add(syncs.get(i));
    }
    return counts;
  }

  /// How long syncs took together.
  public long syncNanos() {
    return syncNanos.get();
  }

  /// Writes and syncs that failed.
  public long failures() {
    return failures.get();
  }

  /// Bytes that rewrites wrote.
  public long rewritten() {
    return rewritten.get();
  }
}
