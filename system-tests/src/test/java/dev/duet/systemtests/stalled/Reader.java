package dev.duet.systemtests.stalled;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A client on a raw socket that counts payloads. Each payload begins with its number, then the
/// time at which it was sent, both with leading zeros, then the letter that the rest of it consists
/// of.
final class Reader implements AutoCloseable {
  static final int NUMBER = 10;
  static final int HEAD = NUMBER + 20;
  private static final int BUFFER = 256 << 10;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final boolean events;
  private final AtomicInteger[] received = {new AtomicInteger(), new AtomicInteger()};
  private final AtomicLong slowestNanos = new AtomicLong();
  private final Map<Character, Integer> last = new HashMap<>();
  private volatile String failure = "";
  private volatile boolean gap;
  private boolean control;

  /// @param events whether over SSE, else over a WebSocket
  Reader(int port, String path, boolean events, int receiveBuffer) throws IOException {
    this.events = events;
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    String upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    String request =
        "GET "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\n"
            + (events ? "Accept: text/event-stream\r\n" : upgrade)
            + "\r\n";
    socket.getOutputStream().write(request.getBytes(US_ASCII));
    in = new BufferedInputStream(socket.getInputStream(), BUFFER);
    String status = line();
    if (!status.contains(events ? " 200 " : " 101 ")) {
      throw new IOException(status);
    }
    while (!line().isEmpty()) {}
  }

  /// Reads from now on, on a thread of its own.
  ///
  /// @param nanoTime the clock whose times the payloads carry
  Reader start(java.util.function.LongSupplier nanoTime) {
    Thread.ofPlatform()
        .name("reader")
        .daemon()
        .start(
            () -> {
              try {
                while (true) {
                  if (events) {
                    event(nanoTime);
                  } else {
                    frame(nanoTime);
                  }
                }
              } catch (IOException | RuntimeException e) {
                failure = e.toString();
              }
            });
    return this;
  }

  private void event(java.util.function.LongSupplier nanoTime) throws IOException {
    in.mark(64);
    var name = new byte[6];
    in.readNBytes(name, 0, 6);
    String start = new String(name, US_ASCII);
    if (start.equals("data: ") && !control) {
      take(HEAD + 1, nanoTime);
      skipLine();
    } else {
      in.reset();
      String line = line();
      gap |= line.equals("event: duet.gap");
      control = line.startsWith("event: duet.");
    }
  }

  private void frame(java.util.function.LongSupplier nanoTime) throws IOException {
    int first = byteOf(in.read());
    int length = byteOf(in.read());
    if (length == 126) {
      length = byteOf(in.read()) << 8 | byteOf(in.read());
    } else if (length == 127) {
      in.skipNBytes(4);
      length = 0;
      for (int i = 0; i < 4; i++) {
        length = length << 8 | byteOf(in.read());
      }
    }
    if (first == 0x88) {
      int code = byteOf(in.read()) << 8 | byteOf(in.read());
      throw new EOFException(code + " " + new String(in.readNBytes(length - 2), US_ASCII));
    }
    if (first == 0x81) {
      take(HEAD + 1, nanoTime);
      in.skipNBytes(length - HEAD - 1);
    } else {
      in.skipNBytes(length);
    }
  }

  private void take(int length, java.util.function.LongSupplier nanoTime) throws IOException {
    String head = new String(in.readNBytes(length), US_ASCII);
    char kind = head.charAt(HEAD);
    int number = Integer.parseInt(head.substring(0, NUMBER));
    if (!gap && number != last.getOrDefault(kind, 0) + 1) {
      throw new IllegalStateException(kind + " " + number + " after " + last.get(kind));
    }
    last.put(kind, number);
    long nanos = nanoTime.getAsLong() - Long.parseLong(head.substring(NUMBER, HEAD));
    slowestNanos.accumulateAndGet(nanos, Math::max);
    received[kind == 'x' ? 0 : 1].incrementAndGet();
  }

  /// Bytes of one line, its end included.
  private void skipLine() throws IOException {
    var buffer = new byte[8 << 10];
    while (true) {
      in.mark(buffer.length);
      int n = in.read(buffer);
      if (n < 0) {
        throw new EOFException();
      }
      for (int i = 0; i < n; i++) {
        if (buffer[i] == '\n') {
          in.reset();
          in.skipNBytes(i + 1L);
          return;
        }
      }
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int b = byteOf(in.read()); b != '\n'; b = byteOf(in.read())) {
      line.append((char) b);
    }
    return line.toString().strip();
  }

  private static int byteOf(int read) throws EOFException {
    if (read < 0) {
      throw new EOFException();
    }
    return read;
  }

  /// Of the large ones, then of the small ones.
  int received(boolean large) {
    return received[large ? 0 : 1].get();
  }

  int last(boolean large) {
    return last.getOrDefault(large ? 'x' : 'y', 0);
  }

  long slowestNanos() {
    return slowestNanos.get();
  }

  boolean toldOfGap() {
    return gap;
  }

  /// Why it stopped, or "".
  String failure() {
    return failure;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
