package dev.duet.broker.disk;

import dev.duet.broker.Durability;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// The threads of one log: one that commits, and for the durability `os` one that syncs. They are
/// never interrupted, because that would close the files that they use.
final class LogThreads implements Commits {
  private final DiskLog log;
  private final Thread committer;
  private final Thread syncer;
  private final long syncNanos;
  private final long syncBytes;
  private volatile boolean signalled;
  private volatile boolean syncNow;
  private volatile boolean closed;

  LogThreads(DiskLog log, Duration syncEvery, long syncBytes) {
    this.log = log;
    this.syncNanos = syncEvery.toNanos();
    this.syncBytes = syncBytes;
    this.committer = thread("commit", this::commit);
    this.syncer = thread("sync", this::sync);
  }

  private Thread thread(String what, Runnable work) {
    return Thread.ofPlatform().name("duet-log-" + log.name() + "-" + what).daemon().unstarted(work);
  }

  void start() {
    committer.start();
    if (log.durability() == Durability.OS) {
      syncer.start();
    }
  }

  @Override
  public void appended(DiskLog ours) {
    if (!signalled) {
      signalled = true;
      LockSupport.unpark(committer);
    }
  }

  private void commit() {
    while (!closed) {
      if (!signalled) {
        LockSupport.park(this);
        continue;
      }
      signalled = false;
      while (log.committing().commit(Integer.MAX_VALUE, true)) {
        if (log.store().unsynced() >= syncBytes && !syncNow) {
          syncNow = true;
          LockSupport.unpark(syncer);
        }
      }
    }
  }

  private void sync() {
    while (!closed) {
      if (!syncNow) {
        LockSupport.parkNanos(this, syncNanos);
      }
      syncNow = false;
      log.store().sync();
    }
  }

  /// Ends both, when what they do now is done.
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(committer);
    LockSupport.unpark(syncer);
    join(committer);
    join(syncer);
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
