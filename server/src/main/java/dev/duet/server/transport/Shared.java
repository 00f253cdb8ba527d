package dev.duet.server.transport;

import dev.duet.server.exchange.ExchangeHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/// What all connections of a transport share. Safe for use by all loops.
final class Shared {
  private final TransportOptions options;
  private final ExchangeHandler handler;
  private final AtomicInteger connections = new AtomicInteger();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private volatile boolean stopping;

  Shared(TransportOptions options, ExchangeHandler handler) {
    this.options = options;
    this.handler = handler;
  }

  TransportOptions options() {
    return options;
  }

  ExchangeHandler handler() {
    return handler;
  }

  int connections() {
    return connections.get();
  }

  boolean full() {
    return connections.get() >= options.maxConnections();
  }

  void opened() {
    connections.incrementAndGet();
  }

  void closed() {
    if (connections.decrementAndGet() == 0 && stopping) {
      drained.complete(null);
    }
  }

  boolean stopping() {
    return stopping;
  }

  /// From now on no connection is accepted or kept for another request.
  ///
  /// @return completes when the last connection has closed
  CompletableFuture<Void> stop() {
    stopping = true;
    if (connections.get() == 0) {
      drained.complete(null);
    }
    return drained;
  }
}
