package dev.duet.app.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One subscriber: a connection that reads a channel and checks what comes. Confined to its loop.
abstract class Listener extends ChannelInboundHandlerAdapter implements StampScanner.Sink {
  final Audience audience;

  /// The number of its channel.
  final int channel;

  final StampScanner scanner;

  private final Sequence sequence;
  private final long since;
  private @Nullable Tally tally;
  private boolean open;
  private boolean ended;
  private long readAt;

  Listener(Audience audience, int channel) {
    this.audience = audience;
    this.channel = channel;
    this.scanner = new StampScanner(audience.opening(), this);
    this.sequence = new Sequence(audience.fromOne());
    this.since = audience.clock().getAsLong();
  }

  /// Sends the first request.
  abstract void ask(ChannelHandlerContext socket);

  /// Takes what came.
  abstract void take(ChannelHandlerContext socket, ByteBuf in);

  Sequence sequence() {
    return sequence;
  }

  boolean isOpen() {
    return open;
  }

  // ---- what the socket says

  @Override
  public void channelRegistered(ChannelHandlerContext socket) {
    tally = audience.tally(socket.channel().eventLoop());
  }

  @Override
  public void channelActive(ChannelHandlerContext socket) {
    ask(socket);
  }

  @Override
  public void channelRead(ChannelHandlerContext socket, Object message) {
    var in = (ByteBuf) message;
    try {
      readAt = audience.clock().getAsLong();
      int length = in.readableBytes();
      if (!ended) {
        take(socket, in);
      }
      tally().read(length);
    } catch (BenchException e) {
      broken(socket, String.valueOf(e.getMessage()));
    } finally {
      in.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext socket) {
    broken(socket, "the server closed the connection");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext socket, Throwable cause) {
    broken(socket, String.valueOf(cause.getMessage()));
  }

  // ---- what subclasses say

  /// From now on it gets everything.
  void opened() {
    if (!open && !ended) {
      open = true;
      Tally.record(tally().connect, audience.clock().getAsLong() - since);
      audience.opened();
    }
  }

  /// It gets nothing any more.
  void broken(ChannelHandlerContext socket, String why) {
    if (!ended) {
      ended = true;
      if (open) {
        audience.gone(why);
      } else {
        audience.failed(why);
      }
      socket.close();
    }
  }

  void refused(ChannelHandlerContext socket, Head head, ByteBuf rest) {
    String said = rest.toString(StandardCharsets.UTF_8).strip();
    broken(
        socket,
        "the server answered "
            + head.firstLine()
            + (said.isEmpty() ? "" : ": " + said.lines().findFirst().orElse("")));
  }

  static void write(ChannelHandlerContext socket, String text) {
    socket.writeAndFlush(ByteBufUtil.writeUtf8(socket.alloc(), text), socket.voidPromise());
  }

  // ---- what comes

  @Override
  public void stamp(int stamped, long number, long due) {
    Tally counts = tally();
    if (stamped != channel) {
      counts.misdelivered++;
      counts.seen(false);
      return;
    }
    Sequence.Seen seen = sequence.see(number);
    counts.seen(seen != Sequence.Seen.REPEAT);
    if (seen == Sequence.Seen.REPEAT) {
      counts.repeated++;
      return;
    }
    if (seen == Sequence.Seen.LATE) {
      counts.outOfOrder++;
    }
    boolean measured = audience.isMeasured(due);
    if (measured) {
      Tally.record(counts.latency, readAt - due);
    }
    if (audience.isLast(channel, number) && measured) {
      Tally.record(counts.last, readAt - due);
    }
    if (number == audience.missed()) {
      Tally.record(counts.returned, readAt - since);
    }
  }

  private Tally tally() {
    return Objects.requireNonNull(tally);
  }
}
