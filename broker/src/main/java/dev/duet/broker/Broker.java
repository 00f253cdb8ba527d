package dev.duet.broker;

import java.util.List;

/// A set of logs, and the rule that says in which one a channel lives. All methods may be called
/// from any thread and none blocks.
public interface Broker extends AutoCloseable {
  /// The logs, fixed for the broker's life. The index of a log in this list is its index in every
  /// vector of offsets.
  List<Log> logs();

  /// The index of the log in which `channel` lives; the same for the broker's life. Defined for
  /// every legal name, also one that no namespace takes.
  int logOf(String channel);

  /// The namespaces that its channels belong to.
  Namespaces namespaces();

  /// What an acknowledged publication of `channel` survives: what its log says, and nothing where
  /// the channel keeps nothing.
  default Durability durabilityOf(String channel) {
    Namespace namespace = namespaces().of(channel);
    return namespace != null && namespace.retention().mode() == Retention.Mode.NONE
        ? Durability.MEMORY
        : logs().get(logOf(channel)).durability();
  }

  /// What it can do.
  Capabilities capabilities();

  /// Ends it: appends that are not committed fail, followers hear nothing more. Closing again does
  /// nothing.
  @Override
  void close();
}
