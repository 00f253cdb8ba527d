package dev.duet.systemtests.clients;

import java.util.function.Consumer;

/// One connection of a client that does not come back by itself: from a cursor to its end.
@FunctionalInterface
interface Session {
  /// Returns when the connection has ended, however it did.
  ///
  /// @param url of the channels, with a query that says where to begin; more may be added with `&`
  /// @param closing takes what ends the connection early
  void run(String url, Journal journal, Consumer<Runnable> closing) throws Exception;
}
