package dev.duet.app.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One connection of the publisher: requests in order, some under way at once, opened anew when the
/// server closes it. Confined to the publisher's loop.
final class PublisherLink {
  private static final int MOST_ANSWER = 1 << 20;

  private final Publisher publisher;
  private final int pipeline;
  private final ArrayDeque<Message> waiting = new ArrayDeque<>();
  private final ArrayDeque<Message> underWay = new ArrayDeque<>();
  private @Nullable Channel socket;

  /// @param since when it began to wait, later when it was sent
  private record Message(long number, long since) {}

  PublisherLink(Publisher publisher, int pipeline) {
    this.publisher = publisher;
    this.pipeline = pipeline;
  }

  CompletableFuture<Void> connect(Bootstrap bootstrap) {
    var connected = new CompletableFuture<Void>();
    bootstrap
        .clone()
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel made) {
                made.pipeline()
                    .addLast(
                        new HttpClientCodec(),
                        new HttpObjectAggregator(MOST_ANSWER),
                        new Answers());
              }
            })
        .connect()
        .addListener(
            done -> {
              if (done.isSuccess()) {
                connected.complete(null);
              } else {
                String why = "the publisher cannot connect: " + done.cause().getMessage();
                connected.completeExceptionally(new BenchException(why, done.cause()));
                failAll(why);
              }
            });
    return connected;
  }

  /// Takes a message, and sends it when its turn has come.
  void begin(long message, long now) {
    waiting.add(new Message(message, now));
    send();
  }

  void flush() {
    if (socket != null) {
      socket.flush();
    }
  }

  /// Breaks the connection if a publish has waited for its answer since before `time`.
  void cutIfOlderThan(long time) {
    if (socket != null && !underWay.isEmpty() && underWay.peek().since < time) {
      failUnderWay("the server did not answer a publish in time");
      socket.close();
    }
  }

  private void send() {
    while (socket != null && underWay.size() < pipeline && !waiting.isEmpty()) {
      Message message = waiting.remove();
      socket.write(request(message.number), socket.voidPromise());
      underWay.add(new Message(message.number, publisher.now()));
      publisher.sent(message.number, message.since);
    }
  }

  private FullHttpRequest request(long message) {
    Target target = publisher.plan().target();
    int number = publisher.channelOf(message);
    String body =
        Target.filled(target.publishBody(), target.channel(number), publisher.payloadOf(message));
    URI uri = target.publishUriFor(number);
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    var request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.valueOf(target.publishMethod()),
            (uri.getRawPath().isEmpty() ? "/" : uri.getRawPath()) + query,
            Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
    request.headers().set(HttpHeaderNames.HOST, uri.getRawAuthority());
    for (String header : target.publishHeaders()) {
      int colon = header.indexOf(':');
      request.headers().set(header.substring(0, colon), header.substring(colon + 1).strip());
    }
    HttpUtil.setContentLength(request, request.content().readableBytes());
    return request;
  }

  private void failUnderWay(String why) {
    for (Message message = underWay.poll(); message != null; message = underWay.poll()) {
      publisher.failed(message.number, why);
    }
  }

  private void failAll(String why) {
    failUnderWay(why);
    for (Message message = waiting.poll(); message != null; message = waiting.poll()) {
      publisher.neverSent(message.number, why);
    }
  }

  private final class Answers extends SimpleChannelInboundHandler<FullHttpResponse> {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      socket = context.channel();
      send();
      flush();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse answer) {
      Message message = underWay.poll();
      if (message == null) {
        return;
      }
      if (answer.decoderResult().isFailure()) {
        publisher.failed(message.number, "the answer to a publish is not HTTP/1.1");
        context.close();
      } else if (answer.status().codeClass() == HttpStatusClass.SUCCESS) {
        publisher.acknowledged(message.number);
      } else {
        String said = answer.content().toString(StandardCharsets.UTF_8).strip();
        publisher.failed(
            message.number,
            "a publish was answered with "
                + answer.status()
                + (said.isEmpty() ? "" : ": " + said.lines().findFirst().orElse("")));
      }
      send();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      socket = null;
      failUnderWay(
          publisher.isStopped()
              ? "the server had not answered a publish when the run ended"
              : "the server closed the connection before it answered a publish");
      if (!publisher.isStopped() || !waiting.isEmpty()) {
        var unused = connect(publisher.bootstrap());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      failUnderWay("the publisher's connection failed: " + cause.getMessage());
      context.close();
    }
  }
}
