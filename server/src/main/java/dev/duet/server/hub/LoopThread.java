package dev.duet.server.hub;

import java.util.concurrent.Executor;

/// The one thread that a [HubLoop] runs on: an event loop of the transport, or a task queue of the
/// simulation. Tasks run one at a time, in the order in which one thread handed them in.
public interface LoopThread extends Executor {
  /// Runs `task` once after at least `delayNanos`.
  void schedule(Runnable task, long delayNanos);
}
