package dev.duet.server.session;

import dev.duet.protocol.CloseCode;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Action;
import dev.duet.server.access.Pass;
import dev.duet.server.exchange.BodyQuota;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketReceiver;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.Peer;
import dev.duet.server.rpc.Call;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One socket that speaks `duet.v1`. Its requests are read as they come, decided on, and carried
/// out in their order; each is answered when it is done. Confined to its loop.
///
/// The socket is not read while as many requests, or bytes of them, as allowed are under way, or
/// while an answer waits for room: so a client that asks and does not listen holds itself up.
public final class Session implements SocketReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private final Sessions all;
  private final Executor loop;
  private final Grants grants;
  private final Answers answers;
  private final Histories histories;
  private final Subscriptions subscriptions;
  private final Peer peer;

  /// Calls of methods that are not answered.
  private final Set<Call> calls = new HashSet<>(2);

  /// Those that are not yet begun, in their order.
  private final ArrayDeque<Pending> queue = new ArrayDeque<>();

  /// Requests that are not settled.
  private int underWay;

  /// Their bytes, which count in the quota.
  private int held;

  /// So many at least, and it is not read.
  private final int maxHeld;

  private boolean draining;
  private boolean broken;
  private boolean paused;
  private @Nullable Socket socket;
  private @Nullable Closing closing;
  private boolean closed;

  /// A close that waits for what is under way.
  private record Closing(CloseCode code, String reason) {}

  Session(Sessions all, HubLoop hub, Executor loop, Grants grants, Peer peer, long paceNanos) {
    this.all = all;
    this.loop = loop;
    this.grants = grants;
    this.maxHeld = all.socketLimits().maxMessageBytes();
    this.subscriptions =
        new Subscriptions(this, hub, all.presence(), all.limits(), paceNanos, peer);
    this.peer = peer;
    this.answers = new Answers(subscriptions::offer);
    this.histories = new Histories(this, hub, answers);
  }

  // ---- the socket

  @Override
  public void opened(Socket opened, String protocol) {
    socket = opened;
    if (!subscriptions.begin(opened.outlet())) {
      end(CloseCode.SERVICE_RESTART, "the server stops");
    }
    grants.begin(this);
  }

  @Override
  public void text(byte[] message) {
    take(message, false);
  }

  @Override
  public void binary(byte[] message) {
    take(message, true);
  }

  /// What came whole before the end is still carried out, as a request over HTTP would be; but
  /// calls of methods are given up, for nobody hears their answers.
  @Override
  public void closed(int code, String reason) {
    closed = true;
    answers.close();
    grants.close();
    subscriptions.close();
    histories.close();
    giveUp();
    drain();
  }

  /// What it was allowed is over: nothing more is delivered or answered.
  void withdrawn(ErrorCode why) {
    if (socket != null && !closed) {
      answers.close();
      subscriptions.close();
      giveUp();
      socket.close(why.closeCode().code(), why.text());
    }
  }

  /// A request was answered with an error.
  void refused(ErrorCode code) {
    all.refused(code);
  }

  private void giveUp() {
    List.copyOf(calls).forEach(Call::cancel);
  }

  /// Whether nobody hears it any more.
  boolean closed() {
    return closed;
  }

  /// Reads nothing more, and closes the socket when what is under way has been answered.
  void end(CloseCode code, String reason) {
    if (closing == null) {
      closing = new Closing(code, reason);
      ready();
    }
  }

  // ---- requests

  /// A message, from when it came until it is carried out.
  private static final class Pending {
    final int bytes;
    @Nullable Request request;
    @Nullable Reply reply;
    @Nullable Throwable refused;
    @Nullable Pass pass;
    boolean decided;

    Pending(int bytes) {
      this.bytes = bytes;
    }
  }

  private void take(byte[] message, boolean binary) {
    if (broken) {
      all.publisher().quota().release(message.length);
      return;
    }
    var pending = new Pending(message.length);
    underWay++;
    held += message.length;
    queue.add(pending);
    whenDone(
        all.publisher().prepare(message.length, loop, () -> all.read(message, binary)),
        (reading, failure) -> read(pending, reading, failure));
    pace();
  }

  private void read(Pending pending, @Nullable Reading reading, @Nullable Throwable failure) {
    pending.reply = new Reply(this, reading == null ? null : reading.id(), pending.bytes);
    if (reading == null || reading.request() == null) {
      decided(pending, null, reading == null ? failure : reading.failure());
    } else {
      pending.request = reading.request();
      decide(pending, reading.request());
    }
  }

  /// The one place where it is decided whether a request may be carried out. Requests are decided
  /// side by side, and carried out in their order.
  private void decide(Pending pending, Request request) {
    Action action = request.action();
    if (action == null) {
      decided(pending, null, null);
    } else {
      whenDone(
          grants.ask(action, request.names()),
          (allowed, refused) -> decided(pending, allowed, refused));
    }
  }

  private void decided(Pending pending, @Nullable Pass allowed, @Nullable Throwable refused) {
    pending.pass = allowed;
    pending.refused = refused;
    pending.decided = true;
    drain();
  }

  /// Carries out what is next, as far as it is decided. An answer that finds no room waits, and the
  /// socket is not read meanwhile; but what has come already goes on, so that it does not count as
  /// long as the client likes.
  private void drain() {
    if (draining) {
      return;
    }
    draining = true;
    try {
      while (!broken && !queue.isEmpty() && queue.getFirst().decided && !answers.full()) {
        carryOut(queue.removeFirst());
      }
    } catch (RuntimeException | Error e) {
      broken(e);
    } finally {
      draining = false;
    }
  }

  private void carryOut(Pending next) {
    Reply reply = next.reply;
    if (reply == null) {
      return;
    }
    Request request = next.request;
    if (next.refused != null || request == null) {
      reply.fail(next.refused);
      return;
    }
    try {
      grants.check(next.pass);
      reply.allowed(next.pass);
      request.carryOut(this, reply);
    } catch (DuetException e) {
      reply.fail(e);
    }
  }

  /// Whether as much is under way as may be, or what was said is not heard. As many bytes as the
  /// largest message has are enough to keep a log busy, and few beside all that may be under way.
  private boolean full() {
    return closing != null
        || answers.waiting()
        || underWay >= all.limits().maxRequests()
        || held >= maxHeld;
  }

  /// Reads on, or not.
  private void pace() {
    if (socket == null || closed) {
      return;
    }
    boolean wanted = full();
    if (paused != wanted) {
      paused = wanted;
      socket.pauseReading(wanted);
    }
    if (closing != null && underWay == 0 && !answers.waiting()) {
      socket.close(closing.code().code(), closing.reason());
    }
  }

  /// The outlet has room again: what waits goes first.
  void ready() {
    answers.ready();
    histories.ready();
    drain();
    pace();
  }

  // ---- what requests and their replies call

  /// What it follows.
  Subscriptions subscriptions() {
    return subscriptions;
  }

  /// What it may.
  Grants grants() {
    return grants;
  }

  /// Its pages.
  Histories histories() {
    return histories;
  }

  /// Where the server stands.
  String present() {
    return all.present();
  }

  /// Goes on with what becomes of `stage`: at once if that is known, else on the loop.
  public <T> void whenDone(
      CompletionStage<T> stage, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    CompletableFuture<T> known = stage.toCompletableFuture();
    BiConsumer<@Nullable T, @Nullable Throwable> guarded =
        (value, failure) -> {
          try {
            then.accept(value, failure);
          } catch (RuntimeException | Error e) {
            broken(e);
          }
        };
    if (known.isDone()) {
      known.whenComplete(guarded);
    } else {
      known.whenCompleteAsync(guarded, loop);
    }
  }

  /// A request may stay without its answer: the client must not wait for it.
  private void broken(Throwable failure) {
    LOG.error("A session is closed after a defect", failure);
    all.publisher().quota().release(held);
    held = 0;
    broken = true;
    if (socket != null) {
      socket.close(CloseCode.INTERNAL_ERROR.code(), "the server failed");
    }
  }

  /// Says what is no answer.
  public void say(Message message) {
    answers.send(message.frame());
  }

  /// Says it, unless it would have to wait and the quota has no room for that; takes it over.
  boolean say(ByteBuf frame, BodyQuota waiting) {
    return answers.send(frame, waiting);
  }

  /// The client's address.
  InetSocketAddress remote() {
    return peer.remote();
  }

  /// A call is under way: it is given up when the socket closes.
  void began(Call call) {
    calls.add(call);
  }

  void ended(Call call) {
    calls.remove(call);
  }

  /// A request is answered, and its bytes no longer count.
  void settled(int bytes) {
    uncount(bytes);
    underWay--;
    pace();
  }

  /// Bytes of a request no longer count.
  void uncount(int bytes) {
    if (!broken) {
      all.publisher().quota().release(bytes);
      held -= bytes;
    }
  }
}
