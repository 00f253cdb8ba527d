package dev.duet.broker.disk.store;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/// Runs one piece of work on an executor, never twice at a time; asked for while it runs, once more
/// after. Any thread.
final class Background {
  private static final System.Logger LOG = System.getLogger("dev.duet.broker.disk");

  private final ReentrantLock running = new ReentrantLock();
  private final Executor executor;
  private final Runnable work;
  private boolean due;
  private boolean queued;
  private boolean closed;

  Background(Executor executor, Runnable work) {
    this.executor = executor;
    this.work = work;
  }

  void wake() {
    synchronized (this) {
      due = true;
      if (queued || closed) {
        return;
      }
      queued = true;
    }
    try {
      executor.execute(this::run);
    } catch (RejectedExecutionException e) {
      // The executor ends, and the log with it soon: what is left is done at the next start.
      failed();
    } catch (RuntimeException | Error e) {
      if (!leaveQueue()) {
        throw e;
      }
      // It did not begin: no thread can be made, say. Whoever woke it did not fail.
      LOG.log(
          System.Logger.Level.ERROR, "nothing runs in the background, the next wake tries it", e);
    }
  }

  private void run() {
    running.lock();
    boolean ended = false;
    try {
      while (take()) {
        work.run();
      }
      ended = true;
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR, "work in the background failed, the next wake tries it", e);
    } finally {
      if (!ended) {
        failed();
      }
      running.unlock();
    }
  }

  /// Whether it was waiting to begin.
  private synchronized boolean leaveQueue() {
    boolean was = queued;
    queued = false;
    return was;
  }

  private synchronized void failed() {
    queued = false;
  }

  private synchronized boolean take() {
    boolean go = due && !closed;
    due = false;
    queued = go;
    return go;
  }

  /// Nothing runs after this; waits for what does.
  void close() {
    synchronized (this) {
      closed = true;
    }
    running.lock();
    running.unlock();
  }
}
