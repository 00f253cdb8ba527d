package dev.duet.server;

import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.DiskSettings;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.server.access.Access;
import dev.duet.server.access.AccessSettings;
import dev.duet.server.access.OperatorSettings;
import dev.duet.server.http.AllowedPlaces;
import dev.duet.server.http.Route;
import dev.duet.server.http.Routes;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.presence.PresenceSettings;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.rpc.RpcLimits;
import dev.duet.server.session.SessionLimits;
import dev.duet.server.transport.TransportOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How a server is set up.
///
/// @param host name or address that it listens on; `0.0.0.0` or `::` for all
/// @param port port, 0 for a free one
/// @param namespaces which channels there are, and what they keep
/// @param dataDirectory where what namespaces want to survive the process is kept; null: nowhere,
///     all is in memory, and receipts say so
/// @param diskBytes most bytes of each log in it; there is one for each durability in use
/// @param segmentBytes bytes at which a file of these logs is closed and the next one begun
/// @param memoryBytes most bytes of heap that the log in memory holds
/// @param allowed under which names it may be addressed, and which web pages may use it
/// @param routes paths of the application's own, for channels and pages
/// @param access who may what
/// @param operators who may see how the server is
/// @param limits bounds on what comes in
/// @param sessions bounds on one `duet.v1` socket
/// @param presence who counts as being there, and how many
/// @param rpc bounds on calls of the application's methods
/// @param hub bounds of delivery, heartbeats, and the times that clients are told to wait
/// @param transport connections and deadlines; its addresses are replaced by `host` and `port`
/// @param stopTimeout how long a graceful stop waits for what is under way
public record DuetSettings(
    String host,
    int port,
    Namespaces namespaces,
    @Nullable Path dataDirectory,
    long diskBytes,
    long segmentBytes,
    long memoryBytes,
    AllowedPlaces allowed,
    Routes routes,
    AccessSettings access,
    OperatorSettings operators,
    PublishLimits limits,
    SessionLimits sessions,
    PresenceSettings presence,
    RpcLimits rpc,
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
          null,
          DiskSettings.DEFAULT_MAX_BYTES,
          SegmentLimits.DEFAULT.bytes(),
          Runtime.getRuntime().maxMemory() / 4,
          AllowedPlaces.DEFAULT,
          Routes.NONE,
          AccessSettings.OPEN,
          OperatorSettings.DEFAULT,
          PublishLimits.DEFAULT,
          SessionLimits.DEFAULT,
          PresenceSettings.DEFAULT,
          RpcLimits.DEFAULT,
          HubSettings.DEFAULT,
          TransportOptions.on("127.0.0.1", 8080),
          Duration.ofSeconds(10));

  /// @throws IllegalArgumentException if the port is none, the time negative, or a bound below 1,
  ///     that on disk below 64 MiB
  public DuetSettings {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is a number from 0 to 65535, not " + port);
    }
    if (diskBytes < DiskSettings.MIN_MAX_BYTES) {
      throw new IllegalArgumentException(
          "a log on disk takes at least " + DiskSettings.MIN_MAX_BYTES + " bytes");
    }
    if (segmentBytes < 1 || memoryBytes < 1 || stopTimeout.isNegative()) {
      throw new IllegalArgumentException("a bound is at least 1, a time not negative");
    }
  }

  /// These, but listening on another name or address.
  public DuetSettings withHost(String value) {
    return with(to -> to.host = value);
  }

  /// These, but listening on another port; 0 takes a free one, which [Duet#port()] tells.
  public DuetSettings withPort(int value) {
    return with(to -> to.port = value);
  }

  /// These, but with other channels.
  public DuetSettings withNamespaces(Namespaces value) {
    return with(to -> to.namespaces = value);
  }

  /// These, but keeping on disk what namespaces want to survive the process, which by default is
  /// everything: at durability `os` it survives the process, at `disk` power loss too. The
  /// directory is made if it is not there, and is one server's at a time. With null all is in
  /// memory, whatever the namespaces want; [dev.duet.server.publish.Outcome.Published] says what
  /// was reached.
  public DuetSettings withDataDirectory(@Nullable Path value) {
    return with(to -> to.dataDirectory = value);
  }

  /// These, but with another bound on each log on disk, in bytes.
  public DuetSettings withDiskBytes(long value) {
    return with(to -> to.diskBytes = value);
  }

  /// These, but with files of another size in the logs on disk, in bytes. What is let go gives its
  /// space back file by file.
  public DuetSettings withSegmentBytes(long value) {
    return with(to -> to.segmentBytes = value);
  }

  /// These, but with another bound on the log in memory, in bytes.
  public DuetSettings withMemoryBytes(long value) {
    return with(to -> to.memoryBytes = value);
  }

  /// These, but known under other names, or to other web pages.
  public DuetSettings withAllowed(AllowedPlaces value) {
    return with(to -> to.allowed = value);
  }

  /// These, but with other paths of the application's own.
  public DuetSettings withRoutes(Routes value) {
    return with(to -> to.routes = value);
  }

  /// One route more: `withRoute(Route.channel("/events", "clock"))`.
  ///
  /// @throws IllegalArgumentException if its path is taken
  public DuetSettings withRoute(Route route) {
    return withRoutes(routes.with(route));
  }

  /// These, but with another rule of who may what.
  public DuetSettings withAccess(AccessSettings value) {
    return with(to -> to.access = value);
  }

  /// These, but asking this who may what, with the usual bounds.
  public DuetSettings withAccess(Access value) {
    return withAccess(AccessSettings.of(value));
  }

  /// These, but with another rule of who may see how the server is.
  public DuetSettings withOperators(OperatorSettings value) {
    return with(to -> to.operators = value);
  }

  /// These, but with other bounds on what comes in.
  public DuetSettings withLimits(PublishLimits value) {
    return with(to -> to.limits = value);
  }

  /// These, but with other bounds on one `duet.v1` socket.
  public DuetSettings withSessions(SessionLimits value) {
    return with(to -> to.sessions = value);
  }

  /// These, but with another grace period, or other bounds on members.
  public DuetSettings withPresence(PresenceSettings value) {
    return with(to -> to.presence = value);
  }

  /// These, but with other bounds on calls of methods.
  public DuetSettings withRpc(RpcLimits value) {
    return with(to -> to.rpc = value);
  }

  /// These, but with other bounds of delivery.
  public DuetSettings withHub(HubSettings value) {
    return with(to -> to.hub = value);
  }

  /// These, but with other bounds on connections.
  public DuetSettings withTransport(TransportOptions value) {
    return with(to -> to.transport = value);
  }

  /// These, but waiting so long when it stops.
  public DuetSettings withStopTimeout(Duration value) {
    return with(to -> to.stopTimeout = value);
  }

  private DuetSettings with(Consumer<Copy> change) {
    var copy = new Copy(this);
    change.accept(copy);
    return copy.settings();
  }

  /// A copy that can be changed.
  private static final class Copy {
    String host;
    int port;
    Namespaces namespaces;
    @Nullable Path dataDirectory;
    long diskBytes;
    long segmentBytes;
    long memoryBytes;
    AllowedPlaces allowed;
    Routes routes;
    AccessSettings access;
    OperatorSettings operators;
    PublishLimits limits;
    SessionLimits sessions;
    PresenceSettings presence;
    RpcLimits rpc;
    HubSettings hub;
    TransportOptions transport;
    Duration stopTimeout;

    Copy(DuetSettings from) {
      host = from.host;
      port = from.port;
      namespaces = from.namespaces;
      dataDirectory = from.dataDirectory;
      diskBytes = from.diskBytes;
      segmentBytes = from.segmentBytes;
      memoryBytes = from.memoryBytes;
      allowed = from.allowed;
      routes = from.routes;
      access = from.access;
      operators = from.operators;
      limits = from.limits;
      sessions = from.sessions;
      presence = from.presence;
      rpc = from.rpc;
      hub = from.hub;
      transport = from.transport;
      stopTimeout = from.stopTimeout;
    }

    DuetSettings settings() {
      return new DuetSettings(
          host,
          port,
          namespaces,
          dataDirectory,
          diskBytes,
          segmentBytes,
          memoryBytes,
          allowed,
          routes,
          access,
          operators,
          limits,
          sessions,
          presence,
          rpc,
          hub,
          transport,
          stopTimeout);
    }
  }
}
