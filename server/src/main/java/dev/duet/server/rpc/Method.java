package dev.duet.server.rpc;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A method by its name, and what is logged of it: at most one failure a second, so that no client
/// fills a disk. Any thread.
final class Method {
  private static final Logger LOG = LoggerFactory.getLogger(Method.class);

  private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  final String name;
  final RpcHandler handler;
  private boolean anyLogged;
  private long lastLogged;
  private long passedOver;

  Method(String name, RpcHandler handler) {
    this.name = name;
    this.handler = handler;
  }

  /// @param what happened to it
  /// @param failure null where there is none to show
  /// @param now by the calls' ticker
  synchronized void log(String what, @Nullable Throwable failure, long now) {
    if (anyLogged && now - lastLogged < LOG_EVERY_NANOS) {
      passedOver++;
      return;
    }
    String others = passedOver == 0 ? "" : " (and " + passedOver + " more since the last line)";
    LOG.error("The method '{}' {}{}", name, what, others, failure);
    anyLogged = true;
    lastLogged = now;
    passedOver = 0;
  }
}
