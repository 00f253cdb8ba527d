package dev.duet.broker;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.ToIntFunction;

/// Several brokers as one: its logs are theirs, one after the other.
public final class JoinedBroker implements Broker {
  private final List<Broker> brokers;
  private final ToIntFunction<String> placement;
  private final List<Log> logs = new ArrayList<>();
  private final int[] firstLog;

  /// @param brokers at least one, all with the same namespaces; closed when this is
  /// @param placement the index in `brokers` of the one in which a channel lives, for every legal
  ///     name; the same for ever
  /// @throws IllegalArgumentException if there is none, their namespaces differ, or two logs have
  ///     the same name
  public JoinedBroker(List<? extends Broker> brokers, ToIntFunction<String> placement) {
    this.brokers = List.copyOf(brokers);
    this.placement = placement;
    this.firstLog = new int[this.brokers.size()];
    if (this.brokers.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one broker");
    }
    var names = new HashSet<String>();
    for (int i = 0; i < firstLog.length; i++) {
      Broker broker = this.brokers.get(i);
      if (!broker.namespaces().equals(namespaces())) {
        throw new IllegalArgumentException("brokers that are joined have the same namespaces");
      }
      firstLog[i] = logs.size();
      for (Log log : broker.logs()) {
        if (!names.add(log.name())) {
          throw new IllegalArgumentException("two logs have the name '" + log.name() + "'");
        }
        logs.add(log);
      }
    }
  }

  @Override
  public List<Log> logs() {
    return List.copyOf(logs);
  }

  @Override
  public int logOf(String channel) {
    int broker = placement.applyAsInt(channel);
    return firstLog[broker] + brokers.get(broker).logOf(channel);
  }

  @Override
  public Namespaces namespaces() {
    return brokers.getFirst().namespaces();
  }

  /// What all of them can do.
  @Override
  public Capabilities capabilities() {
    boolean manyNodes = true;
    boolean ownOrder = true;
    for (Broker broker : brokers) {
      manyNodes &= broker.capabilities().manyNodes();
      ownOrder &= broker.capabilities().ownOrder();
    }
    return new Capabilities(manyNodes, ownOrder);
  }

  /// Closes all, the last first; what one throws keeps none open.
  @Override
  public void close() {
    RuntimeException failure = null;
    for (Broker broker : brokers.reversed()) {
      try {
        broker.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
