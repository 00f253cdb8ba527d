package dev.duet.app.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Waits of the thread that conducts a run; all of them end when the run is broken off. Any thread
/// may do that.
final class Waiting {
  private static final long SHORTLY = TimeUnit.MILLISECONDS.toNanos(5);

  private final LongSupplier clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition told = lock.newCondition();
  private boolean brokenOff;

  Waiting(LongSupplier clock) {
    this.clock = clock;
  }

  /// Waits until the clock says `time`.
  ///
  /// @return whether the run was broken off
  boolean until(long time) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      for (long left = time - clock.getAsLong(); left > 0 && !brokenOff; ) {
        var unused = told.awaitNanos(left);
        left = time - clock.getAsLong();
      }
      return brokenOff;
    } finally {
      lock.unlock();
    }
  }

  /// Waits a few milliseconds.
  boolean shortly() throws InterruptedException {
    return until(clock.getAsLong() + SHORTLY);
  }

  void breakOff() {
    lock.lock();
    try {
      brokenOff = true;
      told.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isBrokenOff() {
    lock.lock();
    try {
      return brokenOff;
    } finally {
      lock.unlock();
    }
  }
}
