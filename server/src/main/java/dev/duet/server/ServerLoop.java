package dev.duet.server;

import dev.duet.server.hub.LoopThread;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// An event loop as the thread of a delivery loop. After its end, tasks are dropped: there is
/// nobody left to deliver to.
record ServerLoop(ScheduledExecutorService loop) implements LoopThread {
  @Override
  public void execute(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      assert loop.isShutdown();
    }
  }

  @Override
  public void schedule(Runnable task, long delayNanos) {
    try {
      var unused = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      assert loop.isShutdown();
    }
  }
}
