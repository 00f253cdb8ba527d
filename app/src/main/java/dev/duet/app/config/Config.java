package dev.duet.app.config;

import dev.duet.broker.Namespaces;
import dev.duet.server.DuetSettings;
import dev.duet.server.http.AllowedPlaces;
import dev.duet.server.http.Route;
import dev.duet.server.http.Routes;
import java.nio.file.Path;
import java.util.List;

/// The configuration: this record and those below it are the tree of keys. A component `ringBytes`
/// of [DeliveryConfig] is the key `ring-bytes` in the group `delivery`; the record `DEFAULT` of
/// each holds what is not given. What a component means and allows stands in its [Setting], and
/// what it allows beside others in its record's constructor.
public record Config(
    @Setting("Where the server listens, and who may use it") ServerConfig server,
    @Setting("Which proxies stand before it, and what they are believed") ProxiesConfig proxies,
    @Setting("Where publications are kept") LogConfig log,
    @Setting("Bounds on what comes in") LimitsConfig limits,
    @Setting(
            "Which channels there are and what they keep; a channel belongs to the first whose"
                + " pattern matches, and without one there is no such channel")
        List<NamespaceConfig> namespaces,
    @Setting(
            value =
                "Paths of your own for channels, so that clients need not change: /events:"
                    + " {channel: clock}",
            byName = true)
        List<RouteConfig> routes,
    @Setting("How publications go to their readers") DeliveryConfig delivery,
    @Setting("Who counts as being on a channel") PresenceConfig presence,
    @Setting("Connections and deadlines") TransportConfig transport,
    @Setting("Who may see how the server is: /metrics, and the channels that begin with ~")
        OperatorsConfig operators,
    @Setting("What is told about the running server, on stderr") LoggingConfig logging) {

  public static final Config DEFAULT =
      new Config(
          ServerConfig.DEFAULT,
          ProxiesConfig.DEFAULT,
          LogConfig.DEFAULT,
          LimitsConfig.DEFAULT,
          List.of(NamespaceConfig.DEFAULT),
          List.of(),
          DeliveryConfig.DEFAULT,
          PresenceConfig.DEFAULT,
          TransportConfig.DEFAULT,
          OperatorsConfig.DEFAULT,
          LoggingConfig.DEFAULT);

  public Config {
    routes = List.copyOf(routes);
    try {
      var unused = table(routes);
    } catch (IllegalArgumentException e) {
      throw new BadValueException("routes", "cannot be: " + e.getMessage());
    }
    namespaces = List.copyOf(namespaces);
    if (namespaces.isEmpty()) {
      throw new BadValueException("namespaces", "is empty, but there must be at least one");
    }
    for (int i = 0; i < namespaces.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (namespaces.get(j).covers(namespaces.get(i))) {
          throw new BadValueException(
              "namespaces",
              "has '%s' after '%s', which takes all its channels: the first that matches counts"
                  .formatted(namespaces.get(i).pattern(), namespaces.get(j).pattern()));
        }
      }
    }
  }

  private static Routes table(List<RouteConfig> routes) {
    return new Routes(routes.stream().<Route>map(RouteConfig::route).toList());
  }

  /// What the server is started with.
  ///
  /// @param directory against which a relative path of a directory is meant
  public DuetSettings settings(Path directory) {
    return DuetSettings.DEFAULT
        .withHost(server.host())
        .withPort(server.port())
        .withAllowed(new AllowedPlaces(server.allowedHosts(), server.allowedOrigins()))
        .withStopTimeout(server.stopTimeout())
        .withDataDirectory(log.isOnDisk() ? directory.resolve(log.data()) : null)
        .withDiskBytes(log.disk().bytes())
        .withSegmentBytes(log.segment().bytes())
        .withMemoryBytes(log.memory().bytes())
        .withLimits(limits.limits())
        .withSessions(limits.sessions())
        .withNamespaces(
            new Namespaces(namespaces.stream().map(NamespaceConfig::namespace).toList()))
        .withRoutes(table(routes))
        .withOperators(operators.settings())
        .withPresence(presence.settings())
        .withHub(delivery.settings())
        .withTransport(transport.options(server, proxies, delivery.heartbeat()));
  }
}
