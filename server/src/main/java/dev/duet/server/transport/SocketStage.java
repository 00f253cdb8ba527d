package dev.duet.server.transport;

import dev.duet.protocol.CloseCode;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketFrames;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.exchange.SocketReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An open WebSocket (RFC 6455): answers pings, does the closing handshake, and passes messages to
/// its receiver. What it writes itself is bounded: while the client does not read, only the latest
/// of its pings will be answered (section 5.5.3).
final class SocketStage extends Stage implements Socket, SocketDecoder.Sink {
  private static final Logger LOG = LoggerFactory.getLogger(SocketStage.class);
  private static final int ABNORMAL = 1006;
  private static final int MAX_REASON_BYTES = 123;
  private static final long NEVER = Long.MIN_VALUE;

  /// Most bytes that wait undecoded while a socket that is not read is looked at for its end.
  private static final int MAX_UNREAD_BYTES = 64 << 10;

  private static final long MAX_FULL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private enum State {
    /// 101 is on its way; the receiver does not know yet.
    NEW,
    OPEN,
    /// We have sent a close frame and wait for the client's.
    CLOSING,
    OVER
  }

  private final Connection connection;
  private final SocketReceiver receiver;
  private final SocketDecoder decoder;
  private final PacedOutlet outlet;
  private final ConnectionKind kind;
  private State state = State.NEW;
  private boolean paused;

  /// Since when the quota has had no room; not read meanwhile.
  private long fullSince = NEVER;

  private long inputClosedAt = NEVER;

  /// Since when a message is under way, as the sweeps saw it.
  private long messageSince = NEVER;

  private @Nullable ByteBuf unread;
  private byte @Nullable [] unanswered;
  private int closeCode = ABNORMAL;
  private String closeReason = "";
  private long closingSince;

  SocketStage(
      Connection connection, SocketLimits limits, SocketReceiver receiver, ConnectionKind kind) {
    this.connection = connection;
    this.kind = kind;
    this.receiver = receiver;
    this.decoder = new SocketDecoder(limits, this);
    this.outlet = new PlainOutlet(connection, () -> startClosing(CloseCode.NORMAL.code(), ""));
  }

  @Override
  ConnectionKind kind() {
    return kind;
  }

  /// Tells the receiver, as a task: not on the stack of the one who accepts.
  void start(String protocol) {
    connection
        .loop()
        .execute(
            () -> {
              if (state == State.NEW) {
                state = State.OPEN;
                tell(() -> receiver.opened(this, protocol));
                connection.keepReading(reading());
                pump();
                connection.flush();
              }
            });
  }

  @Override
  public Executor loop() {
    return connection.loop();
  }

  @Override
  public Outlet outlet() {
    return outlet;
  }

  @Override
  public void close(int code, String reason) {
    if (!SocketDecoder.legal(code)) {
      throw new IllegalArgumentException("a close frame may not have the code " + code);
    }
    if (state == State.OPEN) {
      outlet.lost();
      startClosing(code, reason);
    }
  }

  private void startClosing(int code, String reason) {
    if (state == State.OPEN) {
      state = State.CLOSING;
      decoder.discard();
      fullSince = NEVER;
      closeCode = code;
      closeReason = reason;
      closingSince = connection.sweep.now();
      sendClose(code, reason);
      connection.flush();
      pauseReading(false);
    }
  }

  @Override
  public void pauseReading(boolean pause) {
    if (state == State.OPEN || (state == State.CLOSING && !pause)) {
      paused = pause;
      connection.keepReading(reading());
      if (!pause && unread != null) {
        connection
            .loop()
            .execute(
                () -> {
                  pump();
                  connection.flush();
                });
      }
    }
  }

  @Override
  void read(Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(message);
    } else {
      unread = unread == null ? bytes : join(unread, bytes);
      pump();
    }
  }

  private static ByteBuf join(ByteBuf one, ByteBuf other) {
    try {
      return Unpooled.copiedBuffer(one, other);
    } finally {
      one.release();
      other.release();
    }
  }

  private boolean reading() {
    return !paused && fullSince == NEVER;
  }

  /// Decodes as long as somebody listens.
  private void pump() {
    while (unread != null && reading() && (state == State.OPEN || state == State.CLOSING)) {
      if (!decoder.next(unread)) {
        dropUnread();
      }
    }
    if (state == State.OVER) {
      dropUnread();
    } else if (connection.inputClosed() && unread == null) {
      over(closeCode, closeReason);
      connection.close();
    }
  }

  private void dropUnread() {
    ByteBuf bytes = unread;
    unread = null;
    if (bytes != null) {
      bytes.release();
    }
  }

  @Override
  void readComplete() {
    connection.flush();
  }

  @Override
  void writable() {
    byte[] payload = unanswered;
    if (payload != null && state == State.OPEN) {
      unanswered = null;
      send(SocketFrames.PONG, payload);
      connection.flush();
    }
    outlet.drained();
  }

  @Override
  void inputClosed() {
    inputClosedAt = connection.sweep.now();
    pump();
  }

  @Override
  void closed() {
    over(closeCode, closeReason);
    dropUnread();
  }

  @Override
  void sweep(long now) {
    if (state == State.OPEN) {
      sweepOpen(now);
      connection.flush();
    }
    if (state == State.CLOSING
        && now - closingSince >= connection.deadlines().closing().toNanos()) {
      over(closeCode, closeReason);
      connection.cut();
    }
  }

  private void sweepOpen(long now) {
    if (inputClosedAt != NEVER && now - inputClosedAt >= connection.deadlines().gone().toNanos()) {
      // What it said last waits undecoded: nobody wants it.
      over(closeCode, closeReason);
      connection.cut();
    } else if (fullSince != NEVER) {
      long since = fullSince;
      messageSince = now;
      fullSince = NEVER;
      pump();
      if (fullSince == NEVER) {
        connection.keepReading(reading());
      } else if (now - since >= MAX_FULL_NANOS) {
        close(CloseCode.TRY_AGAIN_LATER.code(), "too many bytes of messages are under way");
      } else {
        fullSince = since;
      }
    } else if (decoder.held() == 0) {
      messageSince = NEVER;
    } else if (messageSince == NEVER || paused) {
      messageSince = now;
    } else if (now - messageSince >= connection.deadlines().allowed(decoder.held())) {
      close(CloseCode.POLICY.code(), "the message came too slowly");
    }
    if (state == State.OPEN
        && !reading()
        && (unread == null || unread.readableBytes() < MAX_UNREAD_BYTES)) {
      // Else an end would stay unnoticed where only a read tells it.
      connection.readOnce();
    }
  }

  @Override
  public void full() {
    fullSince = connection.sweep.now();
    connection.keepReading(false);
  }

  @Override
  public void text(byte[] message) {
    messageSince = NEVER;
    if (state == State.OPEN) {
      tell(() -> receiver.text(message));
    }
  }

  @Override
  public void binary(byte[] message) {
    messageSince = NEVER;
    if (state == State.OPEN) {
      tell(() -> receiver.binary(message));
    }
  }

  @Override
  public void ping(byte[] payload) {
    if (state != State.OPEN) {
      return;
    }
    if (!connection.writable()) {
      connection.flush();
    }
    if (connection.writable()) {
      send(SocketFrames.PONG, payload);
    } else {
      unanswered = payload;
    }
  }

  @Override
  public void pong() {
    if (state == State.OPEN) {
      tell(receiver::pong);
    }
  }

  /// The client's close frame: answered with the same code, or the answer to ours (section 5.5.1).
  @Override
  public void closeReceived(int code, String reason) {
    if (state == State.CLOSING) {
      over(closeCode, closeReason);
    } else {
      sendClose(code, "");
      over(code, reason);
    }
    connection.finish();
  }

  @Override
  public void failed(CloseCode code, String why) {
    LOG.debug("{} broke the WebSocket protocol: {}", connection.remote(), why);
    if (state == State.OPEN) {
      sendClose(code.code(), why);
      over(code.code(), why);
    } else {
      over(closeCode, closeReason);
    }
    connection.finish();
  }

  private void tell(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      LOG.error("The receiver of a WebSocket failed", e);
      close(CloseCode.INTERNAL_ERROR.code(), "the server failed");
    }
  }

  private void over(int code, String reason) {
    if (state != State.OVER) {
      boolean known = state != State.NEW;
      state = State.OVER;
      decoder.discard();
      outlet.lost();
      if (known) {
        connection.loop().execute(() -> tell(() -> receiver.closed(code, reason)));
      }
    }
  }

  private void sendClose(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    int end = Math.min(text.length, MAX_REASON_BYTES);
    while (end < text.length && (text[end] & 0xC0) == 0x80) {
      end--;
    }
    if (code == SocketDecoder.NO_CODE) {
      send(SocketFrames.CLOSE, new byte[0]);
    } else {
      byte[] payload = Arrays.copyOf(new byte[] {(byte) (code >> 8), (byte) code}, 2 + end);
      System.arraycopy(text, 0, payload, 2, end);
      send(SocketFrames.CLOSE, payload);
    }
  }

  private void send(int opcode, byte[] payload) {
    ByteBuf frame =
        connection
            .socket
            .alloc()
            .directBuffer(SocketFrames.headLength(payload.length) + payload.length);
    SocketFrames.writeHead(frame, opcode, payload.length);
    connection.write(frame.writeBytes(payload));
  }
}
