package dev.duet.server.exchange;

/// What answers requests: all that a transport calls.
@FunctionalInterface
public interface ExchangeHandler {
  /// Answers a request now or later. Called on [Exchange#loop()], once per request, when the head
  /// is complete; must not block.
  ///
  /// What it throws before it answered becomes an answer: a [dev.duet.protocol.DuetException] its
  /// problem details, anything else a 500 that is logged.
  void handle(Exchange exchange);
}
