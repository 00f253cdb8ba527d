package dev.duet.server.transport;

import dev.duet.server.exchange.BodyQuota;
import dev.duet.server.exchange.Exchange;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.Response;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.exchange.SocketReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderResult;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// One request on an [Http1Stage] and its answer.
final class Http1Exchange implements Exchange {
  private final Http1Stage stage;
  private final Connection connection;
  private final Http1Head head;
  private final RequestBody body;
  private boolean answered;
  private boolean gone;
  private @Nullable Runnable onGone;

  Http1Exchange(Http1Stage stage, Connection connection, Http1Head head, boolean bodyComplete) {
    this.stage = stage;
    this.connection = connection;
    this.head = head;
    this.body = new RequestBody(head.bodyLength(), bodyComplete);
  }

  @Override
  public Http1Head head() {
    return head;
  }

  @Override
  public Executor loop() {
    return connection.loop();
  }

  @Override
  public CompletionStage<byte[]> body(int maxBytes, BodyQuota quota) {
    boolean interim = head.expectsContinue() && !body.begun();
    CompletionStage<byte[]> whole = body.ask(maxBytes, quota, connection.sweep.now());
    if (body.wanted()) {
      if (interim) {
        connection.write(Http1Answer.goOn(connection.socket.alloc()));
        connection.flush();
      }
      stage.hungryAgain();
    }
    return whole;
  }

  @Override
  public void respond(Response response) {
    claim();
    stage.answer(this, response);
  }

  @Override
  public Outlet stream(List<Header> headers) {
    claim();
    ByteBuf top =
        Http1Answer.head(
            connection.socket.alloc(), 200, headers, "close", connection.sweep.date.value());
    connection.write(top);
    connection.flush();
    var outlet = new PlainOutlet(connection, connection::finish);
    stage.handOver(new StreamStage(connection, outlet, kind(headers)));
    if (gone || head.method().equals("HEAD")) {
      outlet.lost();
      connection.finish();
    }
    return outlet;
  }

  private static ConnectionKind kind(List<Header> headers) {
    for (Header header : headers) {
      if (header.name().equals("content-type")) {
        return ConnectionKind.ofStream(header.value());
      }
    }
    return ConnectionKind.HTTP;
  }

  @Override
  public void accept(List<String> protocols, SocketLimits limits, SocketReceiver receiver) {
    claim();
    var handshake = Rfc6455Handshake.of(head, protocols);
    Response refusal = handshake.refusal();
    if (refusal != null) {
      stage.answer(this, refusal);
      return;
    }
    connection.write(
        Http1Answer.head(
            connection.socket.alloc(),
            101,
            handshake.headers(),
            "Upgrade",
            connection.sweep.date.value()));
    connection.flush();
    var socket =
        new SocketStage(
            connection, limits, receiver, ConnectionKind.ofSocket(handshake.protocol()));
    stage.handOver(socket);
    socket.start(handshake.protocol());
  }

  @Override
  public void onGone(Runnable action) {
    onGone = action;
    if (gone) {
      connection.loop().execute(this::tellGone);
    }
  }

  private void claim() {
    if (answered) {
      throw new IllegalStateException("this request has been answered");
    }
    answered = true;
  }

  boolean wantsBody() {
    return body.wanted();
  }

  boolean bodyComplete() {
    return body.complete();
  }

  /// Whether what is left of the body is worth reading to keep the connection. A client that waits
  /// for 100 may send its body or not, so its next bytes could be either.
  boolean restIsSmall() {
    return body.complete()
        || (body.rest() <= Http1Stage.MAX_DRAINED_BYTES
            && !body.failed()
            && !(head.expectsContinue() && !body.begun()));
  }

  void received(ByteBuf bytes, boolean last, DecoderResult result) {
    body.received(bytes, last, result, connection.sweep.now());
  }

  void sweep(long now, Deadlines deadlines) {
    body.sweep(now, deadlines);
  }

  /// The handler failed: what it would have answered is this, unless it had answered.
  void failed(Response problem) {
    if (answered) {
      connection.cut();
    } else {
      respond(problem);
    }
  }

  /// The client has gone.
  void gone() {
    if (!gone) {
      gone = true;
      body.gone();
      tellGone();
    }
  }

  private void tellGone() {
    Runnable action = onGone;
    onGone = null;
    if (action != null && !answered) {
      action.run();
    }
  }
}
