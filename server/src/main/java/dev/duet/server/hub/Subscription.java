package dev.duet.server.hub;

import dev.duet.server.exchange.Outlet;

/// A stream that has been prepared. Confined to the loop.
public interface Subscription {
  /// Begins to write to `outlet`, which the subscription listens to from now on.
  void begin(Outlet outlet);

  /// Sets what is called once, when it has ended, whoever ended it. Before it begins.
  void onClose(Runnable action);

  /// Ends it in order: its reader is told why, if there is room to, and the request's closer is
  /// called. Harmless if it has ended.
  void end(Ending why);

  /// Ends it: nothing is written any more, and nothing is kept. Harmless if it has ended.
  void close();
}
