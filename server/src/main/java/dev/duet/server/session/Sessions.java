package dev.duet.server.session;

import dev.duet.broker.Namespaces;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Caller;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Pass;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.Peer;
import dev.duet.server.presence.Presence;
import dev.duet.server.publish.Publisher;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLongArray;

/// All sockets that speak `duet.v1`, and what they can be asked. Any thread.
public final class Sessions {
  /// The sub-protocol.
  public static final String PROTOCOL = "duet.v1";

  /// Most fragments of a message.
  private static final int MAX_FRAGMENTS = 1_024;

  private final Guard guard;
  private final Hub hub;
  private final Publisher publisher;
  private final Presence presence;
  private final SessionLimits limits;
  private final Map<String, RequestKind> kinds = new ConcurrentHashMap<>();
  private final AtomicLongArray refused = new AtomicLongArray(ErrorCode.values().length);

  /// @param guard decides who may what
  /// @param limits bounds on one socket
  public Sessions(
      Guard guard,
      Namespaces namespaces,
      Hub hub,
      Publisher publisher,
      Presence presence,
      SessionLimits limits) {
    this.guard = guard;
    this.hub = hub;
    this.publisher = publisher;
    this.presence = presence;
    this.limits = limits;
    register("subscribe", new Subscribe.Kind(namespaces, limits));
    register("unsubscribe", new Unsubscribe.Kind(limits));
    register("publish", new Publish.Kind(publisher));
    register("history", new History.Kind(namespaces));
    register("presence", new Attendees.Kind(presence, namespaces));
    register("ping", Ping.KIND);
  }

  /// Adds a kind of request, for the sockets that are open as well.
  ///
  /// @throws IllegalArgumentException if there is one of that name
  public void register(String type, RequestKind kind) {
    if (kinds.putIfAbsent(type, kind) != null) {
      throw new IllegalArgumentException("there is a kind of request named '" + type + "'");
    }
  }

  /// The receiver of a socket that is about to be opened.
  ///
  /// @param loop of its connection, whose delivery loop is `of`
  /// @param caller the request that opens the socket
  /// @param pass what it was allowed with
  /// @param paceNanos how often it wants what is live at most; 0 for at once
  public Session open(HubLoop of, Executor loop, Caller caller, Pass pass, long paceNanos) {
    return new Session(
        this,
        of,
        loop,
        new Grants(guard, caller, pass, loop),
        new Peer(caller.remote(), pass.user()),
        paceNanos);
  }

  /// Bounds on what a client may send: a publication in base64 or with as many escapes as letters,
  /// and the header of a binary frame.
  public SocketLimits socketLimits() {
    long most = 2L * publisher.limits().maxBodyBytes() + Incoming.MAX_HEADER_BYTES + 2;
    return new SocketLimits(
        (int) Math.min(most, publisher.limits().maxInFlightBytes()),
        MAX_FRAGMENTS,
        publisher.quota());
  }

  /// What a client may name.
  public List<String> protocols() {
    return List.of(PROTOCOL);
  }

  /// The requests that were answered with an error since the server started, by reason.
  public Map<ErrorCode, Long> refused() {
    var counts = new EnumMap<ErrorCode, Long>(ErrorCode.class);
    for (ErrorCode code : ErrorCode.values()) {
      long count = refused.get(code.ordinal());
      if (count > 0) {
        counts.put(code, count);
      }
    }
    return counts;
  }

  // ---- what sessions call

  void refused(ErrorCode code) {
    refused.incrementAndGet(code.ordinal());
  }

  Publisher publisher() {
    return publisher;
  }

  Presence presence() {
    return presence;
  }

  SessionLimits limits() {
    return limits;
  }

  String present() {
    return hub.now().toString();
  }

  Reading read(byte[] message, boolean binary) {
    return Reading.of(message, binary, kinds);
  }
}
