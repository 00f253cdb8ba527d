package dev.duet.server.hub;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// A loop of the simulation: a queue of tasks that run when the simulation picks them.
final class SimLoop implements LoopThread {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final List<Timed> timed = new ArrayList<>();
  private final LongSupplier ticker;

  private record Timed(long at, Runnable task) {}

  SimLoop(LongSupplier ticker) {
    this.ticker = ticker;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public void schedule(Runnable task, long delayNanos) {
    timed.add(new Timed(ticker.getAsLong() + delayNanos, task));
  }

  /// Runs the next task, if there is one.
  boolean runOne() {
    for (int i = 0; i < timed.size(); i++) {
      if (timed.get(i).at <= ticker.getAsLong()) {
        tasks.add(timed.remove(i).task);
        break;
      }
    }
    Runnable task = tasks.poll();
    if (task != null) {
      task.run();
    }
    return task != null;
  }
}
