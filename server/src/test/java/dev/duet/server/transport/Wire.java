package dev.duet.server.transport;

import dev.duet.server.exchange.ExchangeHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/// A transport on loopback with a clock that tests move, and raw sockets to it.
final class Wire implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  final AtomicLong nanos = new AtomicLong(1);
  final Transport transport;

  Wire(ExchangeHandler handler) {
    this(handler, options -> options);
  }

  Wire(ExchangeHandler handler, UnaryOperator<TransportOptions> change) {
    TransportOptions options =
        TransportOptions.on("127.0.0.1", 0)
            .withLoops(2)
            .withClocks(nanos::get, java.time.InstantSource.system());
    transport = Transport.start(change.apply(options), handler);
  }

  /// Lets time pass, and looks at all deadlines.
  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    transport.sweepNow();
  }

  /// Returns when the loops have seen what was sent before: each has gone through its selector
  /// between two tasks.
  void settle() {
    transport.sweepNow();
    transport.sweepNow();
  }

  void awaitConnections(int count) {
    org.awaitility.Awaitility.await().until(() -> transport.connections() == count);
  }

  /// Sends all, shuts down its side, and reads until the server closes.
  String talkAndEnd(String bytes) {
    try (Raw raw = connect()) {
      return raw.send(bytes).endInput().rest();
    }
  }

  Raw connect() {
    return new Raw(transport.port());
  }

  /// Sends all, and reads until the server closes.
  String talk(String bytes) {
    try (Raw raw = connect()) {
      return raw.send(bytes).rest();
    }
  }

  @Override
  public void close() {
    transport.close();
  }

  /// A client's socket, in bytes; text is Latin-1.
  static final class Raw implements AutoCloseable {
    final Socket socket;
    private final InputStream in;

    Raw(int port) {
      try {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        in = socket.getInputStream();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    Raw send(String text) {
      return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Raw send(byte[] bytes) {
      return send(bytes, 0, bytes.length);
    }

    Raw send(byte[] bytes, int from, int to) {
      try {
        socket.getOutputStream().write(bytes, from, to - from);
        return this;
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    Raw endInput() {
      try {
        socket.shutdownOutput();
        return this;
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /// All until the server closes; fails if it resets.
    String rest() {
      return new String(restBytes(), StandardCharsets.ISO_8859_1);
    }

    byte[] restBytes() {
      try {
        return in.readAllBytes();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /// Waits until the server has closed or reset.
    void awaitEnd() {
      try {
        byte[] sink = new byte[1 << 16];
        while (in.read(sink) >= 0) {
          continue;
        }
      } catch (SocketException reset) {
        return;
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /// Up to and including this text.
    String until(String end) {
      var got = new ByteArrayOutputStream();
      try {
        while (!got.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
          int b = in.read();
          if (b < 0) {
            throw new AssertionError("closed after: " + got);
          }
          got.write(b);
        }
      } catch (IOException e) {
        throw new AssertionError("no " + end + " after: " + got, e);
      }
      return got.toString(StandardCharsets.ISO_8859_1);
    }

    byte[] exactly(int count) {
      try {
        byte[] got = in.readNBytes(count);
        if (got.length < count) {
          throw new AssertionError("closed after " + got.length + " of " + count + " bytes");
        }
        return got;
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /// One answer with `content-length`: head and body.
    String answer() {
      String head = until("\r\n\r\n");
      int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ");
      if (at < 0) {
        return head;
      }
      int length = Integer.parseInt(head.substring(at + 16, head.indexOf('\r', at)).strip());
      return head + new String(exactly(length), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
