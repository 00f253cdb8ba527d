package dev.duet.app.bench;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/// How well the bench's own reading loops keep up: the CPU time of their threads, and how late they
/// come to a task that is due every ten milliseconds.
final class OwnLoops {
  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(10);

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final List<Probe> probes = new ArrayList<>();

  OwnLoops(EventLoopGroup readers, LongSupplier clock) {
    for (EventExecutor loop : readers) {
      var probe =
          new Probe(
              clock,
              (task, nanos) -> {
                if (!loop.isShuttingDown()) {
                  var unused = loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
                }
              });
      probes.add(probe);
      loop.execute(probe::start);
    }
  }

  /// Lags are counted from now on.
  void measure() {
    probes.forEach(Probe::measure);
  }

  /// Lags are no longer counted.
  void measured() {
    probes.forEach(probe -> probe.measured = false);
  }

  /// CPU time of each loop, in nanoseconds; 0 where the JVM does not tell.
  long[] cpuNanos() {
    return probes.stream()
        .mapToLong(probe -> Math.max(0, threads.getThreadCpuTime(probe.thread)))
        .toArray();
  }

  /// After the loops have stopped.
  Histogram lag() {
    var lag = new Histogram(3);
    probes.forEach(probe -> lag.add(probe.lag));
    return lag;
  }

  /// Runs a task of the loop later.
  interface Later {
    void after(Runnable task, long nanos);
  }

  /// Of one loop, and confined to it.
  static final class Probe {
    final Histogram lag = new Histogram(3);
    private final LongSupplier clock;
    private final Later loop;
    private long due;
    private volatile boolean measured;
    private volatile long thread;

    Probe(LongSupplier clock, Later loop) {
      this.clock = clock;
      this.loop = loop;
    }

    void measure() {
      measured = true;
    }

    void start() {
      thread = Thread.currentThread().threadId();
      due = clock.getAsLong();
      tick();
    }

    private void tick() {
      long now = clock.getAsLong();
      if (measured) {
        Tally.record(lag, now - due);
      }
      due = now + PERIOD;
      loop.after(this::tick, PERIOD);
    }
  }
}
