package dev.duet.server;

import dev.duet.broker.Broker;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Operators;
import dev.duet.server.http.About;
import dev.duet.server.http.Resources;
import dev.duet.server.http.SocketHandler;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.metrics.Connections;
import dev.duet.server.metrics.Console;
import dev.duet.server.metrics.Metrics;
import dev.duet.server.presence.Presence;
import dev.duet.server.presence.Present;
import dev.duet.server.publish.Outcome;
import dev.duet.server.publish.Publisher;
import dev.duet.server.rpc.Calls;
import dev.duet.server.rpc.RpcHandler;
import dev.duet.server.session.Rpc;
import dev.duet.server.session.Sessions;
import dev.duet.server.subscribe.SubscribeHandler;
import dev.duet.server.subscribe.SubscribeTo;
import dev.duet.server.subscribe.Subscribed;
import dev.duet.server.subscribe.Subscriptions;
import dev.duet.server.transport.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// A running server. Its methods may be called from any thread.
///
/// ```java
/// try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0))) {
///   duet.publish("orders", Draft.text("hello"));
/// }
/// ```
public final class Duet implements AutoCloseable {
  private static final long TICK_MILLIS = 1_000;
  private static final long PRESENCE_TICK_MILLIS = 250;

  /// How often a stop looks at its clock.
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final DuetSettings settings;
  private final Broker broker;
  private final Hub hub;
  private final Guard guard;
  private final Publisher publisher;
  private final Presence presence;
  private final Sessions sessions;
  private final Calls calls;
  private final Resources resources;
  private final Transport transport;
  private final Subscriptions subscriptions;
  private final ServerThreads threads = new ServerThreads();
  private final Map<Executor, HubLoop> loops = new ConcurrentHashMap<>();
  private final OpenSockets sockets;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();

  private Duet(DuetSettings settings, Broker broker) {
    this.settings = settings;
    this.broker = broker;
    this.hub = new Hub(broker, settings.hub(), settings.transport().nanoTime());
    this.guard =
        new Guard(
            settings.access(),
            new Operators(settings.operators()),
            settings.transport().nanoTime(),
            settings.transport().wallClock());
    this.publisher =
        new Publisher(
            broker, settings.limits(), threads.workers(), settings.transport().nanoTime());
    this.presence =
        new Presence(
            broker,
            settings.presence(),
            settings.transport().nanoTime(),
            settings.transport().wallClock());
    this.sessions =
        new Sessions(guard, broker.namespaces(), hub, publisher, presence, settings.sessions());
    this.calls = new Calls(settings.rpc(), threads.callers(), settings.transport().nanoTime());
    sessions.register("rpc", new Rpc.Kind(calls, settings.limits().maxBodyBytes()));
    this.sockets = new OpenSockets(publisher.quota());
    this.resources =
        new Resources(
            about(settings),
            settings.routes(),
            settings.allowed(),
            settings.host(),
            guard,
            broker,
            hub,
            settings.hub(),
            this::loop,
            publisher,
            sessions,
            presence,
            calls,
            threads.timer());
    var address = new InetSocketAddress(settings.host(), settings.port());
    try {
      this.transport =
          Transport.start(settings.transport().withAddresses(List.of(address)), resources);
    } catch (RuntimeException e) {
      release();
      throw e;
    }
    threads.every(PRESENCE_TICK_MILLIS, presence::tick);
    threads.every(TICK_MILLIS, guard::tick);
    threads.every(calls.tickMillis(), calls::tick);
    transport.loops().forEach(loop -> CompletableFuture.runAsync(() -> loop(loop), loop).join());
    var metrics =
        new Metrics(
            broker,
            hub,
            transport,
            loops,
            publisher,
            sessions,
            calls,
            threads.workers(),
            settings.transport().nanoTime(),
            about(settings).version());
    resources.started(metrics);
    var console =
        new Console(
            broker,
            hub,
            metrics,
            settings.transport().nanoTime(),
            settings.host() + ":" + transport.port());
    threads.every(TICK_MILLIS, console::tick);
    var connections =
        new Connections(
            broker,
            hub,
            loops,
            threads.workers(),
            settings.transport().nanoTime(),
            settings.transport().wallClock());
    threads.every(Connections.TICK_MILLIS, connections::tick);
    this.subscriptions =
        new Subscriptions(
            hub,
            broker.namespaces(),
            settings.hub(),
            transport.loops().stream()
                .map(loop -> new Subscriptions.Place(loop, loop(loop)))
                .toList());
  }

  /// Starts a server with logs of its own: in memory, and on disk with
  /// [DuetSettings#withDataDirectory]. Blocks: it may read files.
  ///
  /// @throws java.io.UncheckedIOException if the address cannot be bound; nothing is left running
  /// @throws dev.duet.broker.disk.UnusableDirectoryException if the data directory cannot be used;
  ///     the message is for people
  public static Duet start(DuetSettings settings) {
    OwnLogs logs = OwnLogs.open(settings);
    Duet duet;
    try {
      duet = start(settings, logs.broker());
    } catch (RuntimeException e) {
      logs.broker().close();
      throw e;
    }
    duet.threads.every(TICK_MILLIS, logs.tick());
    return duet;
  }

  /// Starts a server on a broker, which it closes when it stops. The settings' namespaces are the
  /// broker's to know.
  ///
  /// @throws java.io.UncheckedIOException if the address cannot be bound; nothing is left running
  public static Duet start(DuetSettings settings, Broker broker) {
    return new Duet(settings, broker);
  }

  /// The port that it listens on.
  public int port() {
    return transport.port();
  }

  /// The present cursor: everything that is published lies before it.
  public Cursor cursor() {
    return hub.now();
  }

  /// Publishes from Java; publications of one thread to one channel are in the log in the order of
  /// its calls. What is checked of a body over the network is checked here: line breaks between the
  /// tokens of JSON become spaces.
  ///
  /// ```java
  /// duet.publish("orders", Draft.json("{\"id\":7}"));
  /// ```
  ///
  /// @return completes with the outcome, on any thread; does not wait for it
  /// @throws dev.duet.protocol.DuetException if the channel's name is illegal or no namespace takes
  ///     it; if the payload is not what its type says, or larger than the limit
  public CompletionStage<Outcome> publish(String channel, Draft draft) {
    return publisher.publish(channel, publisher.checked(draft));
  }

  /// Subscribes in the process, to one channel, from where its retention suggests: the state, then
  /// its changes, where the latest per key is kept; else what is published after this has returned.
  ///
  /// ```java
  /// duet.subscribe("orders", (publication, cursor) -> System.out.println(publication));
  /// ```
  ///
  /// The handler is called on a virtual thread of the subscription's own, and may block.
  ///
  /// @return what it is closed with, and knows its cursor
  /// @throws dev.duet.protocol.DuetException if the channel's name is illegal or no namespace takes
  ///     it
  /// @throws IllegalStateException if the server has stopped
  public Subscribed subscribe(String channel, SubscribeHandler handler) {
    return subscribe(SubscribeTo.channels(channel), handler);
  }

  /// Subscribes in the process, to several channels in one order, or from a cursor or a start:
  /// everything after it comes, once, and what is missing is told as a gap before what follows it.
  /// Access is not asked.
  ///
  /// ```java
  /// duet.subscribe(SubscribeTo.channels("orders", "trades").after(cursor), handler);
  /// ```
  ///
  /// @return what it is closed with, and knows its cursor
  /// @throws dev.duet.protocol.DuetException if no namespace takes one of the channels
  /// @throws IllegalStateException if the server has stopped
  public Subscribed subscribe(SubscribeTo to, SubscribeHandler handler) {
    return subscriptions.subscribe(to, handler);
  }

  /// Who is on a channel now: members are connections that asked to be one.
  public Present presence(String channel) {
    return presence.of(channel);
  }

  /// Speaks on a WebSocket path of the application's own, from now on: an absolute path such as
  /// `/echo`, none of the server's own; at `/` it is beside the start page. When the server stops,
  /// its sockets are closed with 1012.
  ///
  /// @throws IllegalArgumentException if the path is taken or not a path
  public Duet socketHandler(String path, SocketHandler handler) {
    resources.socketHandler(path, sockets.tracked(handler));
    return this;
  }

  /// Answers calls of a method, from now on: `POST /rpc/greet`, and `rpc` on a `duet.v1` socket.
  ///
  /// ```java
  /// duet.rpc("greet", request -> RpcAnswer.text("Hello, " + request.text()));
  /// ```
  ///
  /// @param method its name: 1 to 255 characters of `A-Z a-z 0-9 . _ : -`
  /// @param handler runs on a virtual thread for each call, within the bounds of
  ///     [DuetSettings#rpc()]
  /// @throws IllegalArgumentException if the name is none, or taken
  public Duet rpc(String method, RpcHandler handler) {
    calls.register(method, handler);
    return this;
  }

  /// Takes back all that this user was allowed: streams, sockets and waiting polls that rest on it
  /// are told why and end, now; what the user asks for after that is decided anew.
  ///
  /// @return completes when all of it has been told to end, with how many that were
  public CompletionStage<Integer> revoke(String user) {
    return guard.revoke(user);
  }

  /// Takes back what was allowed of channels, where the rule says so of the user (null: nobody in
  /// particular) and one of the channels. What several channels rest on ends whole. The rule is
  /// asked on event loops, so it must be fast; where it throws, it takes back.
  ///
  /// ```java
  /// duet.revoke((user, channel) -> channel.equals("room-7"));
  /// ```
  ///
  /// @return completes when all of it has been told to end, with how many that were
  public CompletionStage<Integer> revoke(BiPredicate<@Nullable String, String> rule) {
    return guard.revoke(rule);
  }

  /// Stops gracefully: streams and sockets are told when to come back, publishes under way are
  /// finished, calls of methods get nine tenths of `grace` to be answered and are then interrupted,
  /// and what is left after `grace` is cut. Subscriptions in the process end; handlers of theirs
  /// that run are waited for, no longer than `grace`. Blocks; not to be called on a loop of the
  /// server. The time is that of the transport's clock.
  ///
  /// Where the server is being stopped already it waits for that, and `grace` means nothing; a
  /// subscription's handler, for which a stop waits, does not wait for the stop.
  public void stop(Duration grace) {
    long nanos = grace.toNanos();
    if (stopping.getAndSet(true)) {
      if (!subscriptions.isOnThreadOfOne()) {
        stopped.join();
      }
      return;
    }
    try {
      stop(nanos);
    } finally {
      stopped.complete(null);
    }
  }

  private void stop(long graceNanos) {
    long tenth = graceNanos / 10;
    long end = now() + graceNanos;
    resources.stopping();
    presence.stop();
    calls.stopping();
    subscriptions.stop();
    CompletableFuture<Void> drained = transport.stop();
    hub.stop();
    sockets.closeAll(hub::nextReturnMillis);
    await(drained, end - tenth);
    calls.close();
    // What the interrupted answer has its tenth also where this comes late, on a busy machine.
    long cut = now() + Math.max(tenth, end - now());
    await(drained, cut);
    subscriptions.await(cut - now());
    transport.close();
    release();
  }

  /// Looks at the clock again and again, which is not the one by which the JDK waits.
  private void await(CompletableFuture<Void> done, long until) {
    for (long left = until - now(); left > 0 && !done.isDone(); left = until - now()) {
      done.copy().completeOnTimeout(null, Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS).join();
    }
  }

  private long now() {
    return settings.transport().nanoTime().getAsLong();
  }

  /// [#stop] with the time that its settings give.
  @Override
  public void close() {
    stop(settings.stopTimeout());
  }

  private static About about(DuetSettings settings) {
    String version = Duet.class.getPackage().getImplementationVersion();
    InstantSource clock = settings.transport().wallClock();
    return new About(
        version == null ? "development" : version,
        List.of("HTTP/1.1", "WebSocket"),
        clock.instant(),
        clock);
  }

  private void release() {
    threads.close();
    hub.close();
    broker.close();
  }

  private HubLoop loop(Executor loop) {
    return loops.computeIfAbsent(
        loop, of -> hub.addLoop(new ServerLoop((ScheduledExecutorService) of)));
  }
}
