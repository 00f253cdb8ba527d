package dev.duet.server.transport;

import dev.duet.protocol.DuetException;
import dev.duet.server.exchange.Exchange;
import dev.duet.server.exchange.Exchange.Header;
import dev.duet.server.exchange.ExchangeHandler;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.Problem;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Response;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Answers by path: `/echo` the body, `/ignore` without reading it, `/hold` never, `/stream` a
/// stream that stays open, `/fail` not at all, `/who` for whom it takes the client.
final class EchoHandler implements ExchangeHandler {
  static final int MAX_BODY = 1_000;

  final Queue<Exchange> held = new ConcurrentLinkedQueue<>();
  final Queue<Outlet> streams = new ConcurrentLinkedQueue<>();
  final AtomicInteger requests = new AtomicInteger();
  final AtomicInteger gone = new AtomicInteger();
  final AtomicInteger ready = new AtomicInteger();

  /// Of the last exchange.
  volatile Executor loop = Runnable::run;

  @Override
  public void handle(Exchange exchange) {
    loop = exchange.loop();
    requests.incrementAndGet();
    String path = exchange.head().rawPath();
    switch (path) {
      case "/echo" -> exchange.body(MAX_BODY).whenComplete((b, e) -> echo(exchange, b, e));
      case "/hold" -> {
        exchange.onGone(gone::incrementAndGet);
        held.add(exchange);
      }
      case "/stream" -> stream(exchange);
      case "/who" -> exchange.respond(Response.text(200, "text/plain", who(exchange.head())));
      case "/fail" -> throw new IllegalStateException("asked for");
      default ->
          exchange.respond(
              Response.text(
                  200,
                  "text/plain",
                  exchange.head().method() + " " + path + " " + exchange.head().rawQuery()));
    }
  }

  private static String who(RequestHead head) {
    return "%s %s %d %s"
        .formatted(
            head.scheme(),
            head.remote().getAddress().getHostAddress(),
            head.remote().getPort(),
            head.forwardedHost());
  }

  private static void echo(Exchange exchange, byte @Nullable [] body, @Nullable Throwable e) {
    if (e instanceof DuetException refused) {
      exchange.respond(Problem.response(refused));
    } else if (body != null) {
      exchange.respond(Response.of(200, "application/octet-stream", body));
    }
  }

  private void stream(Exchange exchange) {
    Outlet outlet = exchange.stream(List.of(new Header("content-type", "text/event-stream")));
    outlet.listen(
        new Outlet.Listener() {
          @Override
          public void ready() {
            ready.incrementAndGet();
          }

          @Override
          public void gone() {
            gone.incrementAndGet();
          }
        });
    streams.add(outlet);
    ByteBuf hello = direct("hello\n");
    outlet.offer(hello);
    hello.release();
    outlet.flush();
  }

  static ByteBuf direct(String text) {
    return ByteBufUtil.writeAscii(UnpooledByteBufAllocator.DEFAULT, text);
  }

  static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
