package dev.duet.server;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads of a server beside its event loops. Any thread.
final class ServerThreads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerThreads.class);

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("duet-timer", true));
  private final ScheduledExecutorService workers =
      Executors.newScheduledThreadPool(
          Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
          new DefaultThreadFactory("duet-worker", true));
  private final ExecutorService callers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("duet-rpc").factory());

  /// One thread, for what is short.
  ScheduledExecutorService timer() {
    return timer;
  }

  /// Half as many as there are processors, for what would hold up a loop.
  ScheduledExecutorService workers() {
    return workers;
  }

  /// A virtual thread for each call of a method.
  ExecutorService callers() {
    return callers;
  }

  /// Runs a task of the timer again and again, also after it has failed.
  void every(long millis, Runnable task) {
    var unused =
        timer.scheduleWithFixedDelay(
            () -> {
              try {
                task.run();
              } catch (RuntimeException | Error failure) {
                LOG.error("A task of the server's timer failed", failure);
              }
            },
            millis,
            millis,
            TimeUnit.MILLISECONDS);
  }

  /// Ends them at once; what they do is interrupted.
  @Override
  public void close() {
    timer.shutdownNow();
    workers.shutdownNow();
    callers.shutdownNow();
  }
}
