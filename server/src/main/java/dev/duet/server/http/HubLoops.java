package dev.duet.server.http;

import dev.duet.server.hub.HubLoop;
import java.util.concurrent.Executor;

/// Finds the delivery loop that runs on an event loop.
@FunctionalInterface
public interface HubLoops {
  /// The loop of this event loop. Called on its thread.
  HubLoop of(Executor loop);
}
