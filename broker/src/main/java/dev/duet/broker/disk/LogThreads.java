package dev.duet.broker.disk;

import dev.duet.broker.disk.store.Unforeseen;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/// The threads of one log: one that commits, one that gives room back, and one that syncs and tries
/// whether a log that failed can be written again; at `disk` the second is all that it does. They
/// are never interrupted, because that would close the files that they use.
final class LogThreads implements Commits {
  /// Until what could not be committed is tried again, where nobody asks for it before.
  private static final long AGAIN_NANOS = 250_000_000;

  /// Between two looks at what can be given back.
  private static final long COMPACT_NANOS = 5_000_000_000L;

  private final DiskLog log;
  private final Thread committer;
  private final Thread syncer;
  private final Thread compactor;
  private final long syncNanos;
  private final long syncBytes;
  private final LongConsumer pace;
  private volatile boolean signalled;
  private volatile boolean syncNow;
  private volatile boolean closed;

  LogThreads(DiskLog log, DiskSettings settings) {
    this.log = log;
    this.syncNanos = settings.syncEvery().toNanos();
    this.syncBytes = settings.syncBytes();
    this.pace = settings.pace();
    this.committer = thread("commit", this::commit);
    this.syncer = thread("sync", this::sync);
    this.compactor = thread("compact", this::compact);
  }

  private Thread thread(String what, Runnable work) {
    return Thread.ofPlatform().name("duet-log-" + log.name() + "-" + what).daemon().unstarted(work);
  }

  void start() {
    committer.start();
    compactor.start();
    syncer.start();
  }

  @Override
  public void appended(DiskLog ours) {
    if (!signalled) {
      signalled = true;
      LockSupport.unpark(committer);
    }
  }

  private void commit() {
    boolean again = false;
    while (!closed) {
      if (!signalled) {
        park(again);
      }
      if (signalled || again) {
        signalled = false;
        again = !isCommitted();
      }
    }
  }

  private void park(boolean again) {
    if (again) {
      LockSupport.parkNanos(this, AGAIN_NANOS);
    } else {
      LockSupport.park(this);
    }
  }

  /// Commits all that waits. What it could neither commit nor fail still waits.
  private boolean isCommitted() {
    try {
      while (!closed && log.committing().commit(Integer.MAX_VALUE, true)) {
        if (log.store().unsynced() >= syncBytes && !syncNow) {
          syncNow = true;
          LockSupport.unpark(syncer);
        }
      }
      return true;
    } catch (RuntimeException | Error e) {
      Unforeseen.say("a commit failed in a way that was not foreseen", e);
      return false;
    }
  }

  private void sync() {
    while (!closed) {
      if (!syncNow) {
        LockSupport.parkNanos(this, syncNanos);
      }
      syncNow = false;
      try {
        log.store().sync();
      } catch (RuntimeException | Error e) {
        Unforeseen.say("a sync failed in a way that was not foreseen", e);
      }
    }
  }

  private void compact() {
    Compactor work = null;
    while (!closed) {
      LockSupport.parkNanos(this, COMPACT_NANOS);
      try {
        work = work == null ? log.compactor(this::pace) : work;
        while (!closed && work.step()) {}
      } catch (IOException | RuntimeException | Error e) {
        if (!closed) {
          Unforeseen.say("room could not be given back", e);
        }
      }
    }
  }

  /// After a piece was written.
  private void pace(long bytes) {
    pace.accept(bytes);
    if (closed) {
      throw new CompletionException(new IOException("the log is closed"));
    }
  }

  /// Ends them, when what they do now is done.
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(committer);
    LockSupport.unpark(syncer);
    LockSupport.unpark(compactor);
    join(committer);
    join(syncer);
    join(compactor);
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
