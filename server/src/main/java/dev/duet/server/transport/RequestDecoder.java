package dev.duet.server.transport;

import dev.duet.protocol.ErrorCode;
import dev.duet.server.transport.HeadGuard.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Netty's decoder of requests behind a gate: it decodes only what its [Http1Stage] is hungry for,
/// so that of a pipelining client there waits what one read brought, as bytes. When it is removed,
/// the bytes it has not decoded pass on.
final class RequestDecoder extends HttpRequestDecoder {
  static final int MAX_LINE_BYTES = 32 << 10;
  static final int MAX_HEADER_BYTES = 32 << 10;
  static final int MAX_CHUNK_BYTES = 16 << 10;

  private final Http1Stage stage;
  private final HeadGuard guard = new HeadGuard();
  private @Nullable ChannelHandlerContext context;
  /// Bytes that the guard has looked at and the codec has not taken.
  private int ahead;

  private boolean inHead = true;
  private boolean broken;
  private boolean reading;

  RequestDecoder(Http1Stage stage) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxChunkSize(MAX_CHUNK_BYTES)
            .setStrictLineParsing(true)
            .setAllowDuplicateContentLengths(false)
            .setInitialBufferSize(128));
    this.stage = stage;
  }

  boolean attached() {
    return context != null && !context.isRemoved();
  }

  /// Whether bytes are being decoded further up the stack, so that the gate is looked at again
  /// anyway.
  boolean reading() {
    return reading;
  }

  /// Bytes that wait to be decoded.
  int waiting() {
    return actualReadableBytes();
  }

  /// Decodes what waits, now that the stage is hungry again.
  void resume() throws Exception {
    if (context != null && !context.isRemoved()) {
      channelRead(context, Unpooled.EMPTY_BUFFER);
      channelReadComplete(context);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelRead(ChannelHandlerContext at, Object message) throws Exception {
    boolean outermost = !reading;
    reading = true;
    try {
      super.channelRead(at, message);
    } finally {
      reading = !outermost;
    }
  }

  /// Unlike the codec's own: it would read more whenever it fired nothing, and so fill up with what
  /// the gate holds back.
  @Override
  public void channelReadComplete(ChannelHandlerContext at) {
    discardSomeReadBytes();
    at.fireChannelReadComplete();
  }

  @Override
  protected void decode(ChannelHandlerContext at, ByteBuf bytes, List<Object> out)
      throws Exception {
    if (broken) {
      bytes.skipBytes(bytes.readableBytes());
    } else if (!stage.hungry()) {
      stage.held();
    } else if (inHead) {
      decodeHead(at, bytes, out);
    } else {
      super.decode(at, bytes, out);
      inHead = !out.isEmpty() && out.getLast() instanceof LastHttpContent;
    }
  }

  private void decodeHead(ChannelHandlerContext at, ByteBuf bytes, List<Object> out)
      throws Exception {
    ahead += guard.check(bytes, bytes.readerIndex() + ahead, bytes.readableBytes() - ahead);
    if (guard.begun()) {
      stage.headBegan();
    }
    Fault fault = guard.fault();
    if (fault == null) {
      int before = bytes.readableBytes();
      super.decode(at, bytes, out);
      ahead -= before - bytes.readableBytes();
      fault = disagreement(out);
    }
    if (fault != null) {
      refuse(bytes, out, fault);
    } else if (!out.isEmpty()) {
      guard.reset();
      ahead = 0;
      inHead = out.getLast() instanceof LastHttpContent;
    }
  }

  /// A head that ends elsewhere for the guard than for the codec could be two requests to somebody.
  private @Nullable Fault disagreement(List<Object> out) {
    boolean decoded =
        !out.isEmpty()
            && out.getFirst() instanceof HttpRequest request
            && request.decoderResult().isSuccess();
    return decoded && (ahead != 0 || !guard.complete())
        ? new Fault(ErrorCode.BAD_REQUEST, "the end of the head is not clear")
        : null;
  }

  private void refuse(ByteBuf bytes, List<Object> out, Fault fault) {
    bytes.skipBytes(bytes.readableBytes());
    out.clear();
    out.add(fault);
    broken = true;
  }

  /// RFC 9112 section 6.1: such a request may be an attempt to smuggle another one.
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Content-Length and Transfer-Encoding");
  }
}
