package dev.duet.server;

import dev.duet.server.http.SocketHandler;
import java.time.Duration;

/// A running server.
public final class Duet implements AutoCloseable {
  private final DuetSettings settings;

  private Duet(DuetSettings settings) {
    this.settings = settings;
  }

  /// Starts a server with the log in memory.
  ///
  /// @throws java.io.UncheckedIOException if the address cannot be bound; nothing is left running
  public static Duet start(DuetSettings settings) {
    return new Duet(settings);
  }

  /// The port that it listens on.
  public int port() {
    return settings.port();
  }

  /// Speaks on a WebSocket path of the application's own, from now on: an absolute path such as
  /// `/echo`,
  /// none of the server's own.
  ///
  /// @throws IllegalArgumentException if the path is taken or not a path
  public Duet socketHandler(String path, SocketHandler handler) {
    return this;
  }

  /// Stops gracefully: streams and sockets are told when to come back, publishes under way are
  /// finished,
  /// then what is left after `grace` is cut. Blocks; not to be called on a loop of the server.
  public void stop(Duration grace) {}

  /// [#stop] with the time that its settings give.
  @Override
  public void close() {
    stop(settings.stopTimeout());
  }
}
