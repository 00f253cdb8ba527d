package dev.duet.server.hub;

import dev.duet.server.exchange.Outlet;

/// A stream that has been prepared. Confined to the loop.
public interface Subscription {
  /// Begins to write to `outlet`, which the subscription listens to from now on.
  void begin(Outlet outlet);

  /// Ends it: nothing is written any more, and nothing is kept. Harmless if it has ended.
  void close();
}
