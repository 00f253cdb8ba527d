package dev.duet.server.hub;

import dev.duet.broker.Broker;
import dev.duet.broker.ForwardingBroker;
import dev.duet.broker.Log;
import java.util.List;
import java.util.Random;

/// The hub's view of the simulation's broker: the same logs, each a [SimLog].
final class SimBroker implements ForwardingBroker {
  private final Broker broker;
  private final List<SimLog> logs;

  SimBroker(Broker broker, Random random) {
    this.broker = broker;
    this.logs = broker.logs().stream().map(log -> new SimLog(log, random)).toList();
  }

  /// A page that was asked for is read.
  void answer() {
    logs.forEach(SimLog::answer);
  }

  void calm() {
    logs.forEach(SimLog::calm);
  }

  @Override
  public List<Log> logs() {
    return List.copyOf(logs);
  }

  @Override
  public Broker broker() {
    return broker;
  }
}
