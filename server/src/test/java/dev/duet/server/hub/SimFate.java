package dev.duet.server.hub;

import dev.duet.broker.Late;

/// What befalls the logs under the simulation, beyond what all late brokers do.
interface SimFate {
  Late broker();

  /// Something that was committed in a log is gone.
  void damage(int log);

  /// Something else, at a time of its own.
  default void strike() {}

  /// The server is not there: its logs come back, perhaps with new ids.
  void restart();

  /// Nothing befalls them any more.
  default void heal() {}
}
