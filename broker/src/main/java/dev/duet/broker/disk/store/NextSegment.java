package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The segment that comes next, made ready ahead: an empty file that the manifest names. So a
/// change of segment costs the writer no more than a header.
final class NextSegment {
  private final Parts parts;
  private final ReentrantLock own;
  private final Condition isPrepared;
  private @Nullable Prepared prepared;
  private boolean preparing;

  private record Prepared(long number, StoredFile file) {}

  /// @param own the store's, which guards this
  NextSegment(Parts parts, ReentrantLock own) {
    this.parts = parts;
    this.own = own;
    this.isPrepared = own.newCondition();
  }

  /// Whether it is ready. Under the lock.
  boolean isReady() {
    return prepared != null;
  }

  /// Makes it ready, without holding the lock meanwhile. By one thread, in the background.
  ///
  /// @param wanted is asked under the lock
  void prepareAhead(BooleanSupplier wanted) throws IOException {
    own.lock();
    try {
      if (preparing || !wanted.getAsBoolean()) {
        return;
      }
      preparing = true;
    } finally {
      own.unlock();
    }
    Prepared made = null;
    try {
      made = prepare();
    } finally {
      own.lock();
      preparing = false;
      prepared = made;
      isPrepared.signalAll();
      own.unlock();
    }
  }

  /// Begins it. Under the lock; waits if it is being made ready, makes it if it is not.
  ///
  /// @param base the offset of the log's last record
  /// @throws IOException if it failed; it can be tried again
  OpenSegment begin(long base) throws IOException {
    Prepared next = prepared();
    OpenSegment begun = OpenSegment.begin(parts, next.number, base, next.file);
    next.file.write(begun.segment().header.encode(), 0);
    prepared = null;
    return begun;
  }

  private Prepared prepared() throws IOException {
    while (preparing) {
      isPrepared.awaitUninterruptibly();
    }
    Prepared ready = prepared;
    if (ready == null) {
      ready = prepare();
      prepared = ready;
    }
    return ready;
  }

  private Prepared prepare() throws IOException {
    long number = parts.catalog().nextNumber();
    StoredFile file = parts.folder().create(SegmentHeader.logName(number));
    try {
      parts.folder().sync();
      parts.catalog().update(manifest -> manifest.withSegment(Manifest.Entry.open(number, -1)));
      return new Prepared(number, file);
    } catch (IOException e) {
      file.close();
      parts.catalog().discard(number);
      throw e;
    }
  }

  /// Lets go of its file. Under the lock.
  void close() throws IOException {
    if (prepared != null) {
      prepared.file.close();
      prepared = null;
    }
  }
}
