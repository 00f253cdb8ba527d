package dev.duet.server;

import dev.duet.broker.Namespaces;
import dev.duet.server.http.AllowedPlaces;
import dev.duet.server.http.Route;
import dev.duet.server.http.Routes;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.session.SessionLimits;
import dev.duet.server.transport.TransportOptions;
import java.time.Duration;

/// How a server is set up.
///
/// @param host name or address that it listens on; `0.0.0.0` or `::` for all
/// @param port port, 0 for a free one
/// @param namespaces which channels there are, and what they keep
/// @param memoryBytes most bytes of heap that the log in memory holds
/// @param allowed under which names it may be addressed, and which web pages may use it
/// @param routes paths of the application's own, for channels and pages
/// @param limits bounds on what comes in
/// @param sessions bounds on one `duet.v1` socket
/// @param hub bounds of delivery, heartbeats, and the times that clients are told to wait
/// @param transport connections and deadlines; its addresses are replaced by `host` and `port`
/// @param stopTimeout how long a graceful stop waits for what is under way
public record DuetSettings(
    String host,
    int port,
    Namespaces namespaces,
    long memoryBytes,
    AllowedPlaces allowed,
    Routes routes,
    PublishLimits limits,
    SessionLimits sessions,
    HubSettings hub,
    TransportOptions transport,
    Duration stopTimeout) {

  /// Port 8080 on 127.0.0.1, one namespace for all channels, in memory, at most a quarter of the
  /// heap.
  public static final DuetSettings DEFAULT =
      new DuetSettings(
          "127.0.0.1",
          8080,
          Namespaces.DEFAULT,
          Runtime.getRuntime().maxMemory() / 4,
          AllowedPlaces.DEFAULT,
          Routes.NONE,
          PublishLimits.DEFAULT,
          SessionLimits.DEFAULT,
          HubSettings.DEFAULT,
          TransportOptions.on("127.0.0.1", 8080),
          Duration.ofSeconds(10));

  public DuetSettings {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is a number from 0 to 65535, not " + port);
    }
    if (memoryBytes < 1 || stopTimeout.isNegative()) {
      throw new IllegalArgumentException("a bound is at least 1, a time not negative");
    }
  }

  public DuetSettings withHost(String value) {
    return new DuetSettings(
        value,
        port,
        namespaces,
        memoryBytes,
        allowed,
        routes,
        limits,
        sessions,
        hub,
        transport,
        stopTimeout);
  }

  public DuetSettings withPort(int value) {
    return new DuetSettings(
        host,
        value,
        namespaces,
        memoryBytes,
        allowed,
        routes,
        limits,
        sessions,
        hub,
        transport,
        stopTimeout);
  }

  public DuetSettings withNamespaces(Namespaces value) {
    return new DuetSettings(
        host,
        port,
        value,
        memoryBytes,
        allowed,
        routes,
        limits,
        sessions,
        hub,
        transport,
        stopTimeout);
  }

  public DuetSettings withMemoryBytes(long value) {
    return new DuetSettings(
        host,
        port,
        namespaces,
        value,
        allowed,
        routes,
        limits,
        sessions,
        hub,
        transport,
        stopTimeout);
  }

  public DuetSettings withAllowed(AllowedPlaces value) {
    return new DuetSettings(
        host,
        port,
        namespaces,
        memoryBytes,
        value,
        routes,
        limits,
        sessions,
        hub,
        transport,
        stopTimeout);
  }

  public DuetSettings withRoutes(Routes value) {
    return new DuetSettings(
        host,
        port,
        namespaces,
        memoryBytes,
        allowed,
        value,
        limits,
        sessions,
        hub,
        transport,
        stopTimeout);
  }

  /// One route more: `withRoute(Route.channel("/events", "clock"))`.
  ///
  /// @throws IllegalArgumentException if its path is taken
  public DuetSettings withRoute(Route route) {
    return withRoutes(routes.with(route));
  }

  public DuetSettings withLimits(PublishLimits value) {
    return new DuetSettings(
        host,
        port,
        namespaces,
        memoryBytes,
        allowed,
        routes,
        value,
        sessions,
        hub,
        transport,
        stopTimeout);
  }

  public DuetSettings withSessions(SessionLimits value) {
    return new DuetSettings(
        host,
        port,
        namespaces,
        memoryBytes,
        allowed,
        routes,
        limits,
        value,
        hub,
        transport,
        stopTimeout);
  }

  public DuetSettings withHub(HubSettings value) {
    return new DuetSettings(
        host,
        port,
        namespaces,
        memoryBytes,
        allowed,
        routes,
        limits,
        sessions,
        value,
        transport,
        stopTimeout);
  }

  public DuetSettings withTransport(TransportOptions value) {
    return new DuetSettings(
        host,
        port,
        namespaces,
        memoryBytes,
        allowed,
        routes,
        limits,
        sessions,
        hub,
        value,
        stopTimeout);
  }

  public DuetSettings withStopTimeout(Duration value) {
    return new DuetSettings(
        host,
        port,
        namespaces,
        memoryBytes,
        allowed,
        routes,
        limits,
        sessions,
        hub,
        transport,
        value);
  }
}
