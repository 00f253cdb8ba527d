package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Syncs what is written, segment by segment in log order. The store's lock is not held while the
/// disk works, so the writer goes on; a sync is good for what the file had when it began.
final class Syncer {
  private final ReentrantLock syncing = new ReentrantLock();
  private final Parts parts;
  private final ReentrantLock own;
  private final OpenSegments open;
  private final Healing healing;
  private @Nullable OpenSegment underWay;

  /// @param own the store's
  Syncer(Parts parts, ReentrantLock own, OpenSegments open, Healing healing) {
    this.parts = parts;
    this.own = own;
    this.open = open;
    this.healing = healing;
  }

  /// See [Store#sync].
  void sync() {
    syncing.lock();
    try {
      OpenSegment next = next();
      while (next != null && sync(next)) {
        next = next();
      }
    } finally {
      syncing.unlock();
    }
  }

  private @Nullable OpenSegment next() {
    own.lock();
    try {
      return open.isClosed() || !healing.tryHeal() ? null : open.firstUnsynced();
    } finally {
      own.unlock();
    }
  }

  /// Whether to go on.
  private boolean sync(OpenSegment segment) {
    own.lock();
    long upTo = segment.end();
    int failures = healing.syncFailures();
    underWay = segment;
    own.unlock();
    Throwable failure = null;
    try {
      force(segment);
    } catch (IOException | RuntimeException | Error e) {
      // Also one that nobody foresaw: the disk tells a failure once, and this may have been it.
      failure = e;
    }
    own.lock();
    try {
      underWay = null;
      if (open.isClosed() || !open.contains(segment)) {
        return !open.isClosed();
      }
      if (failure == null && failures != healing.syncFailures()) {
        return true;
      }
      if (failure == null) {
        segment.synced(upTo);
        open.count();
        return true;
      }
      healing.syncFailed(segment);
      var unused =
          healing.failed(
              failure instanceof IOException one ? one : new IOException(failure.toString()));
      return false;
    } finally {
      own.unlock();
    }
  }

  /// Whether a sync of it goes on, on another thread. A failure is told to one of two that sync the
  /// same file at once: neither may take its own success for the other's. Under the store's lock.
  boolean isUnderWay(OpenSegment segment) {
    return underWay == segment;
  }

  /// Syncs the segment's file, and counts it.
  void force(OpenSegment segment) throws IOException {
    long begun = parts.settings().ticker().getAsLong();
    try {
      segment.force();
    } finally {
      parts.meter().synced(parts.settings().ticker().getAsLong() - begun);
    }
  }
}
