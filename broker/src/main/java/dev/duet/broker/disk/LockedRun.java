package dev.duet.broker.disk;

import dev.duet.broker.disk.store.Cuts;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.Spot;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

/// A run that grows while it is read: every look is taken under the log's lock.
final class LockedRun implements Run {
  private final Run run;
  private final ReentrantLock lock;

  LockedRun(Run run, ReentrantLock lock) {
    this.run = run;
    this.lock = lock;
  }

  @FunctionalInterface
  private interface Look<T> {
    T at(Run run) throws IOException;
  }

  private <T> T look(Look<T> look) throws IOException {
    lock.lock();
    try {
      return look.at(run);
    } finally {
      lock.unlock();
    }
  }

  private long number(ToLongFunction<Run> look) {
    lock.lock();
    try {
      return look.applyAsLong(run);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int size() {
    return (int) number(Run::size);
  }

  @Override
  public boolean keyed() {
    return run.keyed();
  }

  @Override
  public long firstSeq() {
    return number(Run::firstSeq);
  }

  @Override
  public long prev() {
    return number(Run::prev);
  }

  @Override
  public Cuts cuts() {
    lock.lock();
    try {
      return run.cuts();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long lastSeq() {
    return number(Run::lastSeq);
  }

  @Override
  public long maxTime() {
    return number(Run::maxTime);
  }

  @Override
  public void spot(int index, Spot into) throws IOException {
    look(
        one -> {
          one.spot(index, into);
          return into;
        });
  }

  @Override
  public int after(long offset) throws IOException {
    return look(one -> one.after(offset));
  }

  @Override
  public int since(long time) throws IOException {
    return look(one -> one.since(time));
  }
}
