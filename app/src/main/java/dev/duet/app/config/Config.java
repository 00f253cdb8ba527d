package dev.duet.app.config;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention.Mode;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.DuetException;
import dev.duet.server.DuetSettings;
import dev.duet.server.access.OperatorSettings;
import dev.duet.server.http.AllowedPlaces;
import dev.duet.server.http.Routes;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.presence.PresenceSettings;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.session.SessionLimits;
import dev.duet.server.transport.AddressRange;
import dev.duet.server.transport.Deadlines;
import dev.duet.server.transport.TransportOptions;
import dev.duet.server.transport.TrustedProxies;
import dev.duet.server.transport.TrustedProxies.Fields;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/// The configuration: this record and those below it are the tree of keys. A component `ringBytes`
/// of [Delivery] is the key `ring-bytes` in the group `delivery`; the record `DEFAULT` of each
/// holds what is not given. What a component means and allows stands in its [Setting], and what it
/// allows beside others in its record's constructor.
public record Config(
    @Setting("Where the server listens, and who may use it") Server server,
    @Setting("Which proxies stand before it, and what they are believed") Proxies proxies,
    @Setting("Where publications are kept") Log log,
    @Setting("Bounds on what comes in") Limits limits,
    @Setting(
            "Which channels there are and what they keep; a channel belongs to the first whose"
                + " pattern matches, and without one there is no such channel")
        List<Namespace> namespaces,
    @Setting(
            value =
                "Paths of your own for channels, so that clients need not change: /events:"
                    + " {channel: clock}",
            byName = true)
        List<Route> routes,
    @Setting("How publications go to their readers") Delivery delivery,
    @Setting("Who counts as being on a channel") Presence presence,
    @Setting("Connections and deadlines") Transport transport,
    @Setting("Who may see how the server is: /metrics, and the channels that begin with ~")
        Operators operators,
    @Setting("What is told about the running server, on stderr") Logging logging) {

  public static final Config DEFAULT =
      new Config(
          Server.DEFAULT,
          Proxies.DEFAULT,
          Log.DEFAULT,
          Limits.DEFAULT,
          List.of(Namespace.DEFAULT),
          List.of(),
          Delivery.DEFAULT,
          Presence.DEFAULT,
          Transport.DEFAULT,
          Operators.DEFAULT,
          Logging.DEFAULT);

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

  private static Routes table(List<Route> routes) {
    return new Routes(routes.stream().<dev.duet.server.http.Route>map(Route::route).toList());
  }

  /// What the server is started with.
  public DuetSettings settings() {
    return DuetSettings.DEFAULT
        .withHost(server.host())
        .withPort(server.port())
        .withAllowed(new AllowedPlaces(server.allowedHosts(), server.allowedOrigins()))
        .withStopTimeout(server.stopTimeout())
        .withMemoryBytes(log.memory().bytes())
        .withLimits(limits.limits())
        .withSessions(limits.sessions())
        .withNamespaces(new Namespaces(namespaces.stream().map(Namespace::namespace).toList()))
        .withRoutes(table(routes))
        .withOperators(operators.settings())
        .withPresence(presence.settings())
        .withHub(delivery.settings())
        .withTransport(transport.options(server, proxies, delivery.heartbeat()));
  }

  /// The group `server`.
  public record Server(
      @Setting("Name or address that it listens on; 0.0.0.0 or :: for all of the machine's")
          String host,
      @Setting(value = "Port that it listens on; 0 takes a free one", min = "0", max = "65535")
          int port,
      @Setting(
              "Names under which it may be addressed, beside loopback and `host`, without port; *"
                  + " for any")
          List<String> allowedHosts,
      @Setting(
              "Origins of the web pages that may use it, beside its own; 'null' (in quotes) for"
                  + " files that are opened from a disk and for sandboxed pages; * for any")
          List<String> allowedOrigins,
      @Setting(
              value = "Longest time that a graceful stop waits for what is under way",
              min = "0s",
              max = "10m")
          Duration stopTimeout) {

    public static final Server DEFAULT =
        new Server(
            DuetSettings.DEFAULT.host(),
            DuetSettings.DEFAULT.port(),
            List.of(),
            List.of(),
            DuetSettings.DEFAULT.stopTimeout());

    private static final Pattern HOST = Pattern.compile("\\*|[A-Za-z0-9._-]+|\\[?[0-9A-Fa-f:.]+]?");
    private static final Pattern ORIGIN =
        Pattern.compile("\\*|null|[A-Za-z][A-Za-z0-9+.-]*://[^/\\s@?#]+");

    public Server {
      allowedHosts = List.copyOf(allowedHosts);
      allowedOrigins = List.copyOf(allowedOrigins);
      check(
          "allowedHosts", HOST, allowedHosts, "a name without scheme and port, such as a.example");
      check("allowedOrigins", ORIGIN, allowedOrigins, "an origin, such as https://a.example");
    }

    private static void check(String component, Pattern form, List<String> values, String allowed) {
      for (String value : values) {
        if (!form.matcher(value).matches()) {
          throw new BadValueException(
              component, "has '" + value + "', but must have " + allowed + ", or * for any");
        }
      }
    }
  }

  /// The group `proxies`.
  public record Proxies(
      @Setting(
              "Addresses and ranges (10.0.0.0/8) that they connect from. What anybody else says in"
                  + " these fields is passed over; so nobody is believed by default, not even"
                  + " 127.0.0.1, from where every user of the machine may connect")
          List<String> trusted,
      @Setting(
              "The fields in which they name the client: x-forwarded (X-Forwarded-For, -Proto,"
                  + " -Host), forwarded (RFC 7239) or none. They must set these on every request,"
                  + " and not pass on what a client sent")
          Fields fields,
      @Setting(
              "Whether they begin each connection with the PROXY protocol (version 1 or 2); then"
                  + " nobody else may connect")
          boolean protocol) {

    public static final Proxies DEFAULT =
        new Proxies(List.of(), TrustedProxies.NONE.fields(), TrustedProxies.NONE.protocol());

    public Proxies {
      trusted = List.copyOf(trusted);
      for (String range : trusted) {
        try {
          AddressRange.parse(range);
        } catch (IllegalArgumentException e) {
          throw new BadValueException("trusted", "has '" + range + "', which " + e.getMessage());
        }
      }
      if (protocol && trusted.isEmpty()) {
        throw new BadValueException(
            "protocol",
            "is true, so only trusted proxies may connect; but proxies.trusted is empty");
      }
    }

    TrustedProxies proxies() {
      return new TrustedProxies(
          trusted.stream().map(AddressRange::parse).toList(), fields, protocol);
    }
  }

  /// The group `log`.
  public record Log(
      @Setting(
              value = "Most heap that the log in memory takes; the oldest publications go first",
              min = "1MiB",
              byDefault = "a quarter of the heap")
          Size memory) {

    public static final Log DEFAULT = new Log(new Size(DuetSettings.DEFAULT.memoryBytes()));

    public Log {
      long heap = Runtime.getRuntime().maxMemory();
      if (memory.bytes() > heap / 4 * 3) {
        throw new BadValueException(
            "memory",
            "is %s, but must be at most three quarters of the heap, which is %s (-Xmx sets it)"
                .formatted(memory, new Size(heap).rounded()));
      }
    }
  }

  /// The group `limits`.
  public record Limits(
      @Setting(value = "Largest publication", min = "1B", max = "16MiB") Size publication,
      @Setting(
              value =
                  "Most bytes of bodies and uncommitted publications at once; publishers beyond are"
                      + " told to come back",
              min = "32MiB",
              byDefault = "an eighth of the heap, at least 32MiB")
          Size inFlight,
      @Setting(
              value = "Most channels that one socket of duet.v1 follows",
              unit = "channels",
              min = "1",
              max = "10000")
          int socketChannels,
      @Setting(
              value =
                  "Most requests of one socket of duet.v1 that are not yet answered; it is not read"
                      + " meanwhile",
              unit = "requests",
              min = "1",
              max = "10000")
          int socketRequests) {

    public static final Limits DEFAULT =
        new Limits(
            new Size(PublishLimits.DEFAULT.maxBodyBytes()),
            new Size(PublishLimits.DEFAULT.maxInFlightBytes()),
            SessionLimits.DEFAULT.maxChannels(),
            SessionLimits.DEFAULT.maxRequests());

    SessionLimits sessions() {
      return new SessionLimits(socketChannels, socketRequests);
    }

    PublishLimits limits() {
      return PublishLimits.DEFAULT
          .withMaxBodyBytes((int) publication.bytes())
          .withMaxInFlightBytes(inFlight.bytes());
    }
  }

  /// One of the list `namespaces`.
  public record Namespace(
      @Setting(
              value = "A channel's name, or its beginning and * at the end; * alone takes all",
              required = true)
          String pattern,
      @Setting("What each of its channels keeps") Retention retention,
      @Setting(
              "What an acknowledged publication survives; so far only memory: until the server"
                  + " ends")
          Durability durability) {

    public static final Namespace DEFAULT =
        new Namespace("*", Retention.DEFAULT, Durability.MEMORY);

    public Namespace {
      String fixed = pattern.endsWith("*") ? pattern.substring(0, pattern.length() - 1) : pattern;
      try {
        if (!fixed.isEmpty()) {
          ChannelNames.checkPublishable(fixed);
        }
      } catch (DuetException e) {
        throw new BadValueException(
            "pattern",
            "is '%s', but must be a channel's name, or its beginning and * at the end: %s"
                .formatted(pattern, e.getMessage()));
      }
      if (durability != Durability.MEMORY) {
        throw new BadValueException(
            "durability",
            "is '%s', which needs a log on disk, and this version has none: so far only 'memory'"
                .formatted(durability.text()));
      }
    }

    boolean covers(Namespace other) {
      return namespace().matches(other.pattern);
    }

    dev.duet.broker.Namespace namespace() {
      return new dev.duet.broker.Namespace(pattern, retention.retention(), durability);
    }
  }

  /// One of the list `routes`.
  public record Route(
      @Setting(
              value =
                  "The path. A part of it may be a name in braces, for any one part:"
                      + " /users/{id}/events",
              required = true)
          String path,
      @Setting(
              value =
                  "The channel, or several with commas; may have the names in braces of the path:"
                      + " user.{id}",
              required = true)
          String channel,
      @Setting(
              "Where a reader begins who does not say: default, now, start, -10 for the last ten,"
                  + " or a time")
          String since,
      @Setting("Whether a reader who does not say gets envelopes") boolean envelope,
      @Setting("Whether it takes publications too, with POST and on its WebSockets")
          boolean publish,
      @Setting(
              value = "The pace of a reader who does not say: from 100ms, or 0s for none",
              min = "0s",
              max = "60s")
          Duration every) {

    public static final Route DEFAULT =
        new Route("/events", "events", "default", false, false, Duration.ZERO);

    public Route {
      try {
        var unused = dev.duet.server.http.Route.channel(path, "x");
      } catch (IllegalArgumentException e) {
        throw new BadValueException("path", "cannot be: " + e.getMessage());
      }
      try {
        var unused = dev.duet.server.http.Route.channel(path, channel);
      } catch (IllegalArgumentException e) {
        throw new BadValueException("channel", "cannot be: " + e.getMessage());
      }
      try {
        var unused = dev.duet.server.http.Route.channel(path, channel).withSince(since);
      } catch (IllegalArgumentException | DuetException e) {
        throw new BadValueException("since", "cannot be: " + e.getMessage());
      }
      try {
        var unused = dev.duet.server.http.Route.channel(path, channel).withEvery(every);
      } catch (IllegalArgumentException e) {
        throw new BadValueException("every", "cannot be: " + e.getMessage());
      }
    }

    dev.duet.server.http.Route route() {
      return new dev.duet.server.http.Route.ToChannel(
          path, channel, since, envelope, publish, every);
    }
  }

  /// The group `retention` of a namespace.
  public record Retention(
      @Setting(
              "history: all, up to the bounds; latest: the last publication of each key; none:"
                  + " nothing, only who is connected gets it")
          Mode mode,
      @Setting(value = "Most publications", unit = "publications", min = "1", max = "100000000")
          int count,
      @Setting(value = "Most bytes", min = "1B") Size bytes,
      @Setting(value = "Longest time", min = "1s", max = "36500d") Duration age) {

    public static final Retention DEFAULT =
        new Retention(
            dev.duet.broker.Retention.DEFAULT.mode(),
            dev.duet.broker.Retention.DEFAULT.maxCount(),
            new Size(dev.duet.broker.Retention.DEFAULT.maxBytes()),
            dev.duet.broker.Retention.DEFAULT.maxAge());

    dev.duet.broker.Retention retention() {
      return new dev.duet.broker.Retention(mode, count, bytes.bytes(), age);
    }
  }

  /// The group `delivery`.
  public record Delivery(
      @Setting(
              value = "A stream that got nothing for so long gets a heartbeat",
              min = "1s",
              max = "10m")
          Duration heartbeat,
      @Setting(value = "Time that clients wait before they return", min = "0ms", max = "1h")
          Duration retry,
      @Setting(
              value = "Over how long a stop spreads the return of its clients",
              unit = "clients a second",
              min = "1",
              max = "1000000")
          int returnsPerSecond,
      @Setting(
              value = "Bytes of the newest publications that are kept ready to send",
              min = "1MiB",
              max = "64GiB")
          Size ringBytes,
      @Setting(
              value = "Most publications that are kept ready to send; rounded up to a power of two",
              unit = "publications",
              min = "2",
              max = "16777216")
          int ringCount) {

    public static final Delivery DEFAULT =
        new Delivery(
            HubSettings.DEFAULT.heartbeat(),
            Duration.ofMillis(HubSettings.DEFAULT.retryMillis()),
            HubSettings.DEFAULT.returnsPerSecond(),
            new Size(HubSettings.DEFAULT.ringBytes()),
            HubSettings.DEFAULT.ringEntries());

    HubSettings settings() {
      HubSettings rest = HubSettings.DEFAULT;
      return new HubSettings(
          ringBytes.bytes(),
          ringCount,
          rest.sliceReaders(),
          rest.sliceNanos(),
          rest.runBytes(),
          rest.pageCount(),
          rest.pageBytes(),
          rest.pagesUnderWay(),
          heartbeat,
          Math.toIntExact(retry.toMillis()),
          returnsPerSecond);
    }
  }

  /// The group `presence`.
  public record Presence(
      @Setting(
              value = "How long a member stays after its last connection is gone",
              min = "0s",
              max = "10m")
          Duration grace,
      @Setting(
              value = "Most members of one channel; who comes beyond is told so",
              unit = "members",
              min = "1",
              max = "100000")
          int members) {

    public static final Presence DEFAULT =
        new Presence(PresenceSettings.DEFAULT.grace(), PresenceSettings.DEFAULT.maxMembers());

    PresenceSettings settings() {
      return PresenceSettings.DEFAULT.withGrace(grace).withMaxMembers(members);
    }
  }

  /// The group `transport`.
  public record Transport(
      @Setting(
              value = "Most connections at once",
              unit = "connections",
              min = "1",
              max = "10000000")
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

    public static final Transport DEFAULT =
        new Transport(
            TransportOptions.DEFAULT_MAX_CONNECTIONS,
            DuetSettings.DEFAULT.transport().loops(),
            true,
            Deadlines.DEFAULT.head(),
            Deadlines.DEFAULT.idle(),
            Deadlines.DEFAULT.body(),
            new Size(Deadlines.DEFAULT.bodyBytesPerSecond()),
            Deadlines.DEFAULT.drain());

    /// @param heartbeat a path is dead when two of them were not acknowledged
    TransportOptions options(Server server, Proxies proxies, Duration heartbeat) {
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

  /// The group `operators`.
  public record Operators(
      @Setting(
              "Whether requests from the server's own machine may, without a key. Set it to false"
                  + " behind a proxy there that does not name its clients in X-Forwarded-For or"
                  + " Forwarded: all that it passes on comes from this machine")
          boolean local,
      @Setting(
              value =
                  "What others show as Authorization: Bearer <key>: at least 16 visible ASCII"
                      + " characters; none: nobody else may",
              secret = true)
          String key) {

    private static final String NO_KEY = "none";

    public static final Operators DEFAULT = new Operators(OperatorSettings.DEFAULT.local(), NO_KEY);

    public Operators {
      try {
        var unused = settings(local, key);
      } catch (IllegalArgumentException e) {
        throw new BadValueException("key", "cannot be: " + e.getMessage());
      }
    }

    OperatorSettings settings() {
      return settings(local, key);
    }

    private static OperatorSettings settings(boolean local, String key) {
      return new OperatorSettings(local, key.equals(NO_KEY) ? null : key);
    }

    /// Never shows the key.
    @Override
    public String toString() {
      return settings().toString();
    }
  }

  /// The group `logging`.
  public record Logging(
      @Setting("How much is told") Level level,
      @Setting("text: a line each, for people; json: a JSON object in a line each") Format format,
      @Setting("How much the network library tells") Level nettyLevel) {

    public static final Logging DEFAULT = new Logging(Level.INFO, Format.TEXT, Level.WARN);

    /// From the least to the most.
    public enum Level {
      ERROR,
      WARN,
      INFO,
      DEBUG,
      TRACE
    }

    /// What a line of the log looks like.
    public enum Format {
      TEXT,
      JSON
    }
  }
}
