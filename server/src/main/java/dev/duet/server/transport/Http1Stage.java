package dev.duet.server.transport;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.Problem;
import dev.duet.server.exchange.Response;
import dev.duet.server.transport.HeadGuard.Fault;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection that speaks HTTP/1.1 or HTTP/1.0: one exchange at a time, in the order of the
/// requests (RFC 9112 section 9.3). It reads only what somebody wants; while an exchange is under
/// way one read is outstanding, to notice that the client goes away.
final class Http1Stage extends Stage {
  /// Most of an unread body that is read and dropped to keep a connection; beyond, a new connection
  /// is cheaper than the bytes.
  static final int MAX_DRAINED_BYTES = 64 << 10;

  /// A client whose bytes are held back is still read once a second up to this, to notice that it
  /// goes away where only a read tells it.
  private static final int MAX_HELD_BYTES = 64 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(Http1Stage.class);

  private enum Phase {
    /// Between requests, or before the first.
    IDLE,
    /// The head of a request has begun.
    HEAD,
    /// The handler has the exchange.
    EXCHANGE,
    /// Answered; the rest of the body is dropped.
    DRAIN,
    /// Another stage has taken over.
    OVER
  }

  private final Connection connection;
  private final RequestDecoder decoder = new RequestDecoder(this);
  private Phase phase = Phase.IDLE;
  private long since;
  private boolean first = true;
  private boolean held;
  private long drained;
  private @Nullable Http1Head waiting;
  private @Nullable Http1Exchange exchange;

  Http1Stage(Connection connection) {
    this.connection = connection;
    this.since = connection.sweep.now();
  }

  RequestDecoder decoder() {
    return decoder;
  }

  /// Whether more of what the client sends is wanted now.
  boolean hungry() {
    return switch (phase) {
      case IDLE, HEAD -> connection.writable();
      case EXCHANGE -> exchange == null || exchange.wantsBody();
      case DRAIN -> true;
      case OVER -> false;
    };
  }

  /// There are bytes that nobody wants yet: none are read until somebody does.
  void held() {
    held = true;
  }

  void headBegan() {
    if (phase == Phase.IDLE) {
      phase = Phase.HEAD;
      since = first ? since : connection.sweep.now();
    }
  }

  @Override
  void read(Object message) {
    try {
      switch (message) {
        case HttpRequest request -> request(request);
        case HttpContent content -> content(content);
        case Fault fault -> refuse(new DuetException(fault.code(), fault.detail()));
        default -> {}
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void request(HttpRequest request) {
    first = false;
    try {
      var head = new Http1Head(request, connection);
      phase = Phase.EXCHANGE;
      if (head.bodyLength() == 0) {
        waiting = head;
      } else {
        begin(head, false);
      }
    } catch (DuetException e) {
      refuse(e);
    }
  }

  private void content(HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    if (waiting != null) {
      Http1Head head = waiting;
      waiting = null;
      begin(head, true);
    } else if (phase == Phase.EXCHANGE && exchange != null) {
      exchange.received(content.content(), last, content.decoderResult());
    } else if (phase == Phase.DRAIN) {
      drain(content, last);
    }
  }

  private void drain(HttpContent content, boolean last) {
    drained += content.content().readableBytes();
    if (content.decoderResult().isFailure() || drained > MAX_DRAINED_BYTES) {
      leave();
      connection.finish();
    } else if (last) {
      idle();
    }
  }

  private void begin(Http1Head head, boolean bodyComplete) {
    connection.sweep.traffic.requests++;
    var begun = new Http1Exchange(this, connection, head, bodyComplete);
    exchange = begun;
    try {
      connection.sweep.shared.handler().handle(begun);
    } catch (DuetException e) {
      begun.failed(Problem.response(e));
    } catch (RuntimeException | Error e) {
      LOG.error("The handler of {} {} failed", head.method(), head.rawPath(), e);
      begun.failed(Problem.response(ErrorCode.INTERNAL, "the server failed; its log says more"));
    }
  }

  /// Answers what is not a request, and closes.
  private void refuse(DuetException e) {
    phase = Phase.EXCHANGE;
    send(Problem.response(e), false, "close");
    leave();
    connection.finish();
  }

  private void send(Response response, boolean bodyLeftOut, @Nullable String connectionOption) {
    ErrorCode refused = response.refused();
    if (refused != null) {
      connection.sweep.traffic.refused(refused);
    }
    connection.write(
        Http1Answer.whole(
            connection.socket.alloc(),
            response,
            bodyLeftOut,
            connectionOption,
            connection.sweep.date.value()));
    if (!decoder.reading()) {
      connection.flush();
    }
  }

  /// Sends the answer of the exchange under way and turns to the next request, or closes.
  void answer(Http1Exchange answered, Response response) {
    Http1Head head = answered.head();
    boolean keep = head.keepsAlive() && answered.restIsSmall() && mayGoOn();
    send(
        response,
        head.method().equals("HEAD"),
        keep ? (head.persistent() ? null : "keep-alive") : "close");
    exchange = null;
    if (!keep) {
      leave();
      connection.finish();
    } else if (answered.bodyComplete()) {
      idle();
      hungryAgain();
    } else {
      phase = Phase.DRAIN;
      since = connection.sweep.now();
      drained = 0;
      hungryAgain();
    }
  }

  private boolean mayGoOn() {
    return !connection.inputClosed() && !connection.sweep.shared.stopping();
  }

  private void idle() {
    phase = Phase.IDLE;
    since = connection.sweep.now();
    if (connection.sweep.shared.stopping()) {
      leave();
      connection.finish();
    }
  }

  /// Reads on, first what was held back. As a task, so that the next request is not handled on the
  /// stack of the answer to this one.
  void hungryAgain() {
    if (decoder.reading()) {
      return;
    }
    connection
        .loop()
        .execute(
            () -> {
              if (phase == Phase.OVER || !hungry()) {
                return;
              }
              if (held) {
                held = false;
                try {
                  decoder.resume();
                } catch (Exception e) {
                  connection.broken(e);
                }
              } else {
                connection.readOnce();
              }
            });
  }

  /// Another stage takes over: the codec goes, and what it has not decoded is passed on to that
  /// stage, which must be in place.
  void handOver(Stage next) {
    phase = Phase.OVER;
    exchange = null;
    connection.become(next);
    if (decoder.attached()) {
      connection.socket.pipeline().remove(decoder);
    }
  }

  private void leave() {
    phase = Phase.OVER;
    if (decoder.attached()) {
      connection.socket.pipeline().remove(decoder);
    }
  }

  @Override
  void readComplete() {
    connection.flush();
    if (phase != Phase.OVER && !connection.inputClosed()) {
      if (hungry() && held) {
        hungryAgain();
      } else if (hungry() || !held) {
        connection.readOnce();
      }
    }
  }

  @Override
  void writable() {
    hungryAgain();
  }

  @Override
  void inputClosed() {
    if (exchange == null || !exchange.bodyComplete()) {
      gone();
      leave();
      connection.finish();
    } else {
      since = connection.sweep.now();
      gone();
    }
  }

  @Override
  void closed() {
    phase = Phase.OVER;
    gone();
  }

  private void gone() {
    if (exchange != null) {
      exchange.gone();
    }
  }

  @Override
  void sweep(long now) {
    Deadlines deadlines = connection.deadlines();
    long elapsed = now - since;
    switch (phase) {
      case IDLE -> {
        if (elapsed >= (first ? deadlines.head() : deadlines.idle()).toNanos()) {
          leave();
          connection.finish();
        }
      }
      case HEAD -> {
        if (elapsed >= deadlines.head().toNanos()) {
          refuse(
              new DuetException(
                  ErrorCode.REQUEST_TIMEOUT,
                  "the head was not complete after " + deadlines.head().toSeconds() + " s"));
        }
      }
      case EXCHANGE -> {
        if (connection.inputClosed() && elapsed >= deadlines.gone().toNanos()) {
          connection.cut();
        } else if (exchange != null) {
          exchange.sweep(now, deadlines);
          if (held && decoder.waiting() < MAX_HELD_BYTES) {
            connection.readOnce();
          }
        }
      }
      case DRAIN -> {
        if (elapsed >= deadlines.body().toNanos()) {
          leave();
          connection.finish();
        }
      }
      case OVER -> {}
    }
  }

  @Override
  void stopping() {
    if (phase == Phase.IDLE) {
      leave();
      connection.finish();
    }
  }
}
