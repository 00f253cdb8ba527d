package dev.duet.server.transport;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The connections of one event loop, and the one timer that looks at all their deadlines, once a
/// second. Confined to its loop.
final class Sweep {
  static final long PERIOD_MILLIS = 1_000;
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);

  final EventLoop loop;
  final Shared shared;
  final HttpDate date;

  final Traffic traffic = new Traffic();

  private final List<Connection> connections = new ArrayList<>();
  private long expected;
  private long lateness;

  /// When it ran last; read by any thread.
  private volatile long lastRun;

  Sweep(EventLoop loop, Shared shared) {
    this.loop = loop;
    this.shared = shared;
    this.date = new HttpDate(shared.options().wallClock());
    this.lastRun = now();
    this.expected = lastRun;
  }

  void start() {
    lastRun = now();
    var _ =
        loop.scheduleWithFixedDelay(this::run, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  long now() {
    return shared.options().nanoTime().getAsLong();
  }

  void add(Connection connection) {
    connection.sweepIndex = connections.size();
    connections.add(connection);
    shared.opened();
    traffic.accepted++;
    traffic.opened(connection.kind());
  }

  void remove(Connection connection) {
    Connection last = connections.removeLast();
    if (last != connection) {
      connections.set(connection.sweepIndex, last);
      last.sweepIndex = connection.sweepIndex;
    }
    shared.closed();
    traffic.closed(connection.kind());
  }

  TrafficFigures figures() {
    return traffic.figures(lateness);
  }

  /// How long ago it ran last, in nanoseconds: about a second at most while the loop is well. Any
  /// thread.
  long silence() {
    return Math.max(0, now() - lastRun);
  }

  void run() {
    long now = now();
    lateness = Math.max(0, now - Math.max(expected, lastRun + PERIOD_NANOS));
    lastRun = now;
    each(
        connection -> {
          try {
            connection.sweep(now);
          } catch (RuntimeException e) {
            connection.broken(e);
          }
        });
    expected = now() + PERIOD_NANOS;
  }

  void stopping() {
    each(Connection::stopping);
  }

  void cut() {
    each(Connection::cut);
  }

  /// Backwards, so that one that removes itself makes none be left out.
  private void each(Consumer<Connection> action) {
    for (int i = connections.size() - 1; i >= 0; i--) {
      if (i < connections.size()) {
        action.accept(connections.get(i));
      }
    }
  }
}
