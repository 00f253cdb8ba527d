package dev.duet.broker;

import java.util.List;

/// A broker that does what another does, but for what it says itself.
public interface ForwardingBroker extends Broker {
  /// The other one.
  Broker broker();

  @Override
  default List<Log> logs() {
    return broker().logs();
  }

  @Override
  default int logOf(String channel) {
    return broker().logOf(channel);
  }

  @Override
  default Namespaces namespaces() {
    return broker().namespaces();
  }

  @Override
  default Capabilities capabilities() {
    return broker().capabilities();
  }

  @Override
  default void close() {
    broker().close();
  }
}
