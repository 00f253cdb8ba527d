package dev.duet.app.config;

import dev.duet.server.DuetSettings;
import dev.duet.server.transport.Deadlines;
import dev.duet.server.transport.TransportOptions;
import java.time.Duration;

/// The group `transport`.
public record TransportConfig(
    @Setting(value = "Most connections at once", unit = "connections", min = "1", max = "10000000")
        int connections,
    @Setting(
            value = "Event loops, each a thread",
            unit = "loops",
            min = "1",
            max = "1024",
            byDefault = "the number of processors")
        int loops,
    @Setting("Whether to use Linux' epoll where there is one, rather than the JDK's selector")
        boolean epoll,
    @Setting(value = "Longest time for a request's head", min = "1s", max = "10m")
        Duration headTimeout,
    @Setting(
            value = "Longest time that a connection waits for its next request",
            min = "1s",
            max = "1h")
        Duration idleTimeout,
    @Setting(value = "Longest pause in a request's body", min = "1s", max = "10m")
        Duration bodyTimeout,
    @Setting(value = "Least rate of a body, per second", min = "1B", max = "1GiB") Size bodyRate,
    @Setting(
            value = "Longest time that bytes wait for a reader who takes none",
            min = "1s",
            max = "1h")
        Duration drainTimeout) {

  public static final TransportConfig DEFAULT =
      new TransportConfig(
          TransportOptions.DEFAULT_MAX_CONNECTIONS,
          DuetSettings.DEFAULT.transport().loops(),
          true,
          Deadlines.DEFAULT.head(),
          Deadlines.DEFAULT.idle(),
          Deadlines.DEFAULT.body(),
          new Size(Deadlines.DEFAULT.bodyBytesPerSecond()),
          Deadlines.DEFAULT.drain());

  /// @param heartbeat a path is dead when two of them were not acknowledged
  TransportOptions options(ServerConfig server, ProxiesConfig proxies, Duration heartbeat) {
    Deadlines rest = Deadlines.DEFAULT;
    return TransportOptions.on(server.host(), server.port())
        .withLoops(loops)
        .withEpoll(epoll)
        .withMaxConnections(connections)
        .withProxies(proxies.proxies())
        .withDeadlines(
            new Deadlines(
                headTimeout,
                idleTimeout,
                bodyTimeout,
                Math.toIntExact(bodyRate.bytes()),
                drainTimeout,
                rest.linger(),
                rest.closing(),
                rest.gone(),
                heartbeat.multipliedBy(2)));
  }
}
