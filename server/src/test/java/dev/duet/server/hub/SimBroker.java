package dev.duet.server.hub;

import dev.duet.broker.Broker;
import dev.duet.broker.Capabilities;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import java.util.List;
import java.util.Random;

/// The hub's view of the simulation's broker: the same logs, each a [SimLog].
final class SimBroker implements Broker {
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
  public int logOf(String channel) {
    return broker.logOf(channel);
  }

  @Override
  public Namespaces namespaces() {
    return broker.namespaces();
  }

  @Override
  public Capabilities capabilities() {
    return broker.capabilities();
  }

  @Override
  public void close() {
    broker.close();
  }
}
