package dev.duet.server.http;

import dev.duet.broker.Broker;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Action;
import dev.duet.server.access.Caller;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Operators;
import dev.duet.server.access.Pass;
import dev.duet.server.exchange.Exchange;
import dev.duet.server.exchange.ExchangeHandler;
import dev.duet.server.exchange.Problem;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Response;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.presence.Presence;
import dev.duet.server.publish.Publisher;
import dev.duet.server.rpc.Calls;
import dev.duet.server.session.Sessions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/// Where every request comes in: through the gate, to the resource that its path names.
public final class Resources implements ExchangeHandler {
  static final String CHANNELS = "/channels/";
  static final String METHODS = "/rpc/";

  /// Most routes that a 404 names.
  private static final int MOST_NAMED = 20;

  private static final List<String> READ = List.of("GET", "HEAD", "OPTIONS");
  private static final List<String> READ_AND_PUBLISH = List.of("GET", "HEAD", "POST", "OPTIONS");
  private static final List<String> CALL = List.of("POST", "OPTIONS");
  private static final List<String> CHANNEL = List.of("GET", "HEAD", "POST", "DELETE", "OPTIONS");

  private final Gate gate;
  private final Hub hub;
  private final Doorway doorway;
  private final ChannelReads reads;
  private final Publishing publishing;
  private final Calling calling;
  private final HubLoops loops;
  private final Sessions sessions;
  private final Site site = new Site();
  private final About about;
  private final Routes routes;
  private final Map<String, SocketHandler> sockets = new ConcurrentHashMap<>();
  private final Operators operators;
  private volatile Operating operating = Operating.STARTING;
  private volatile boolean stopping;

  /// @param about what is said of the server
  /// @param routes the application's own paths
  /// @param listeningOn the address that the server was told to listen on
  /// @param timer wakes sockets that wait for room to publish
  public Resources(
      About about,
      Routes routes,
      AllowedPlaces allowed,
      String listeningOn,
      Guard guard,
      Broker broker,
      Hub hub,
      HubSettings settings,
      HubLoops loops,
      Publisher publisher,
      Sessions sessions,
      Presence presence,
      Calls calls,
      ScheduledExecutorService timer) {
    this.about = about;
    this.routes = routes;
    this.gate = new Gate(allowed, listeningOn);
    this.operators = guard.operators();
    this.hub = hub;
    this.loops = loops;
    this.sessions = sessions;
    this.doorway = new Doorway(guard);
    var bodies = new Bodies(guard, publisher);
    this.publishing = new Publishing(doorway, bodies, publisher);
    this.calling = new Calling(doorway, bodies, calls, publisher.limits().maxBodyBytes());
    this.reads =
        new ChannelReads(
            broker.namespaces(),
            doorway,
            loops,
            settings,
            presence,
            new ChannelSockets(doorway, loops, settings, presence, publisher, timer),
            new ChannelInfos(broker, hub),
            site);
  }

  /// Speaks on a WebSocket path of the application's own; at `/` beside the start page.
  ///
  /// @throws IllegalArgumentException if the path is one of the server's, taken, or no path
  public void socketHandler(String path, SocketHandler handler) {
    if (!RoutePath.check(path).names().isEmpty()) {
      throw new IllegalArgumentException("the path of a handler has no braces: '" + path + "'");
    }
    boolean isRoute = routes.all().stream().anyMatch(route -> route.path().equals(path));
    if (isRoute || sockets.putIfAbsent(path, handler) != null) {
      throw new IllegalArgumentException("the path '" + path + "' is taken already");
    }
  }

  /// The server has started: from now on this says how it is.
  public void started(Operating how) {
    operating = how;
  }

  /// From now on `/health` says that the server stops.
  public void stopping() {
    stopping = true;
  }

  @Override
  public void handle(Exchange exchange) {
    Gate.Passed passed;
    try {
      passed = gate.check(exchange.head(), isHealth(exchange.head().rawPath()));
    } catch (DuetException e) {
      new Visit(exchange, Gate.NOBODY).fail(e);
      return;
    }
    var visit = new Visit(exchange, passed);
    try {
      route(visit);
    } catch (DuetException e) {
      visit.fail(e);
    }
  }

  /// Probes address the server by whatever address they found; what they are told harms nobody.
  private static boolean isHealth(String rawPath) {
    return rawPath.equals("/health") || rawPath.startsWith("/health/");
  }

  private void metrics(Visit visit) {
    if (allowed(visit, READ)) {
      operators.check(visit.head());
      visit.query().only(List.of());
      operating
          .metrics(visit.head().header("accept"))
          .whenCompleteAsync(
              (response, failure) -> {
                if (failure == null) {
                  visit.respond(response);
                } else {
                  visit.fail(failure);
                }
              },
              visit.loop());
    }
  }

  private Operating.Health health() {
    Operating.Health health = operating.health();
    return stopping ? new Operating.Health(health.live(), false, "stopping") : health;
  }

  private void session(Visit visit) {
    Duration pace = Pace.of(visit.query().only(List.of(Pace.PARAMETER)));
    List<String> protocols = Subprotocols.ofSession(visit.head());
    HubLoop loop = loops.of(visit.loop());
    if (loop.stopped()) {
      throw new DuetException(ErrorCode.STOPPING, "the server stops");
    }
    doorway.enter(
        visit,
        Action.CONNECT,
        List.of("/ws"),
        pass ->
            visit
                .exchange()
                .accept(
                    protocols,
                    sessions.socketLimits(),
                    sessions.open(
                        loop, visit.loop(), new Caller(visit.head()), pass, pace.toNanos())));
  }

  private void route(Visit visit) {
    if (visit.head().rawPath().equals("*")) {
      allow(visit, CHANNEL);
      return;
    }
    String path = PercentCoding.decode("the path", visit.head().rawPath(), false);
    if (path.startsWith(CHANNELS)) {
      channels(visit, path.substring(CHANNELS.length()));
      return;
    }
    if (path.startsWith(METHODS)) {
      if (allowed(visit, CALL)) {
        calling.post(visit, path.substring(METHODS.length()));
      }
      return;
    }
    SocketHandler handler = sockets.get(path);
    if (handler != null && isTaken(visit, path)) {
      doorway.enter(visit, Action.CONNECT, List.of(path), pass -> open(visit, handler, pass));
      return;
    }
    if (path.equals("/ws")) {
      session(visit);
      return;
    }
    if (path.equals("/metrics")) {
      metrics(visit);
      return;
    }
    if (path.equals("/channels")) {
      throw new DuetException(
          ErrorCode.NOT_FOUND,
          "a channel's name follows: /channels/<name>, or several with commas");
    }
    Response known = plain(visit.head(), path);
    Routes.Found route = RoutePath.isOwn(path) ? null : routes.find(path);
    if (route != null && route.route() instanceof Route.ToChannel to && isTaken(visit, path)) {
      own(visit.on(to), to.channels(route.captured()));
      return;
    }
    if (route != null && route.route() instanceof Route.Page page) {
      if (allowed(visit, READ)) {
        visit.respond(Response.of(200, page.contentType(), page.content()));
      }
      return;
    }
    if (known == null) {
      visit.respond(notFound(path));
    } else if (allowed(visit, READ)) {
      visit.query().only(List.of());
      visit.respond(known);
    }
  }

  /// At `/` only WebSockets are taken: the rest is the start page's.
  private static boolean isTaken(Visit visit, String path) {
    return !path.equals("/") || visit.head().wantsWebSocket();
  }

  /// A channel at a path of the application's own.
  private void own(Visit visit, List<String> channels) {
    if (visit.head().wantsWebSocket()) {
      reads.get(visit, channels);
    } else if (allowed(visit, visit.mayPublish() ? READ_AND_PUBLISH : READ)) {
      if (visit.head().method().equals("POST")) {
        publishing.post(visit, channels);
      } else {
        reads.get(visit, channels);
      }
    }
  }

  private Response notFound(String path) {
    var known =
        new ArrayList<>(List.of("/", CHANNELS + "<name>", "/ws", "/cursor", "/health", "/metrics"));
    routes.all().stream()
        .map(Route::path)
        .filter(of -> !known.contains(of))
        .limit(MOST_NAMED)
        .forEach(known::add);
    return Problem.response(
        ErrorCode.NOT_FOUND,
        "nothing is at '" + Shown.of(path) + "'; there are " + String.join(", ", known));
  }

  private void open(Visit visit, SocketHandler handler, Pass pass) {
    var receiver = handler.receiver(visit.head(), pass.user());
    visit
        .exchange()
        .accept(
            handler.protocols(), handler.limits(), new HeldSocket(doorway.guard(), pass, receiver));
  }

  private @Nullable Response plain(RequestHead head, String path) {
    return switch (path) {
      case "/" -> start(head);
      case "/cursor" -> Replies.of(hub.now());
      case "/health" -> Replies.health(health());
      case "/health/live" -> Replies.probe("live", health().live());
      case "/health/ready" -> Replies.probe("ready", health().ready());
      default -> site.asset(path);
    };
  }

  /// The page, but to those who ask for JSON.
  private Response start(RequestHead head) {
    Accept.Choice choice = Accept.choose(head.headers("accept"));
    boolean isJson = choice != null && choice.form() == Accept.Form.JSON && choice.named();
    return isJson ? about.response() : site.start(head);
  }

  private void channels(Visit visit, String names) {
    List<String> channels = ChannelNames.parseList(names);
    if (visit.head().wantsWebSocket()) {
      reads.get(visit, channels);
      return;
    }
    if (!allowed(visit, CHANNEL)) {
      return;
    }
    switch (visit.head().method()) {
      case "POST" -> publishing.post(visit, channels);
      case "DELETE" -> publishing.delete(visit, channels);
      default -> reads.get(visit, channels);
    }
  }

  /// Answers what is not to be answered by the resource itself: `OPTIONS`, and methods that it does
  /// not have.
  private static boolean allowed(Visit visit, List<String> methods) {
    String method = visit.head().method();
    if (method.equals("OPTIONS")) {
      allow(visit, methods);
      return false;
    }
    if (!methods.contains(method)) {
      String allow = String.join(", ", methods);
      visit.respond(
          Problem.response(
                  ErrorCode.METHOD_NOT_ALLOWED, "'" + Shown.of(method) + "' is not one of " + allow)
              .with("allow", allow));
      return false;
    }
    return true;
  }

  private static void allow(Visit visit, List<String> methods) {
    String allow = String.join(", ", methods);
    Response response = Response.empty(204).with("allow", allow);
    if (visit.head().header("access-control-request-method") != null) {
      response =
          response
              .with("access-control-allow-methods", allow)
              .with(
                  "access-control-allow-headers",
                  "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match,"
                      + " Last-Event-ID")
              .with("access-control-max-age", "600");
    }
    visit.respond(response);
  }
}
