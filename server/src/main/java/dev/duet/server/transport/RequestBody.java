package dev.duet.server.transport;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.BodyQuota;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderResult;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Collects the body of a request. What it holds grows with what came, not with what was announced.
final class RequestBody {
  private static final int FIRST_BYTES = 4 << 10;

  private final long announced;
  private boolean complete;
  private @Nullable CompletableFuture<byte[]> whole;
  private int maxBytes;
  private BodyQuota quota = BodyQuota.NONE;
  private byte[] bytes = {};
  private int length;
  private long received;
  private long askedAt;
  private long receivedAt;

  /// @param announced the length, or [Http1Head#CHUNKED]
  RequestBody(long announced, boolean complete) {
    this.announced = announced;
    this.complete = complete;
  }

  CompletionStage<byte[]> ask(int max, BodyQuota counted, long now) {
    if (whole != null) {
      throw new IllegalStateException("the body has been asked for");
    }
    var asked = new CompletableFuture<byte[]>();
    whole = asked;
    maxBytes = max;
    quota = counted;
    askedAt = now;
    receivedAt = now;
    if (complete) {
      asked.complete(bytes);
    } else if (announced > max) {
      asked.completeExceptionally(tooLarge());
    }
    return asked;
  }

  /// Whether bytes are wanted: it was asked for, and has neither come nor failed.
  boolean wanted() {
    return whole != null && !whole.isDone();
  }

  boolean begun() {
    return received > 0;
  }

  boolean complete() {
    return complete;
  }

  boolean failed() {
    return whole != null && whole.isCompletedExceptionally();
  }

  /// The bytes still to come; 0 where that is not known.
  long rest() {
    return announced < 0 ? 0 : announced - received;
  }

  void received(ByteBuf part, boolean last, DecoderResult result, long now) {
    CompletableFuture<byte[]> asked = whole;
    if (asked == null || asked.isDone()) {
      return;
    }
    int added = part.readableBytes();
    received += added;
    receivedAt = now;
    if (result.isFailure()) {
      fail(asked, new DuetException(ErrorCode.BAD_REQUEST, "the framing of the body is broken"));
    } else if (received > maxBytes) {
      fail(asked, tooLarge());
    } else if (!quota.take(added)) {
      fail(
          asked, new DuetException(ErrorCode.BUSY, "too many bytes of publications are under way"));
    } else {
      append(part, added);
      if (last) {
        complete = true;
        asked.complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
      }
    }
  }

  private void append(ByteBuf part, int added) {
    if (length + added > bytes.length) {
      long most = announced < 0 ? maxBytes : announced;
      long room = Math.max(Math.max(2L * bytes.length, FIRST_BYTES), length + added);
      bytes = Arrays.copyOf(bytes, (int) Math.min(room, most));
    }
    part.readBytes(bytes, length, added);
    length += added;
  }

  /// Fails a body that comes too slowly.
  void sweep(long now, Deadlines deadlines) {
    CompletableFuture<byte[]> asked = whole;
    if (asked == null || asked.isDone()) {
      return;
    }
    long pause = deadlines.body().toNanos();
    if (now - receivedAt >= pause || now - askedAt >= deadlines.allowed(received)) {
      fail(
          asked,
          new DuetException(
              ErrorCode.REQUEST_TIMEOUT,
              "the body came at less than " + deadlines.bodyBytesPerSecond() + " bytes a second"));
    }
  }

  /// The client has gone: what came of the body is dropped.
  void gone() {
    if (wanted()) {
      drop();
    }
  }

  private void fail(CompletableFuture<byte[]> asked, DuetException why) {
    drop();
    asked.completeExceptionally(why);
  }

  private void drop() {
    quota.release(length);
    length = 0;
    bytes = new byte[0];
  }

  private DuetException tooLarge() {
    return new DuetException(
        ErrorCode.TOO_LARGE, "the body has more than the " + maxBytes + " bytes that are allowed");
  }
}
