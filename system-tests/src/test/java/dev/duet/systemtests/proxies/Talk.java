package dev.duet.systemtests.proxies;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/// A client's socket, in bytes; text is Latin-1.
final class Talk implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SOCKET =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

  private final Socket socket;
  private final InputStream in;

  private Talk(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    in = socket.getInputStream();
  }

  /// @param fields without line ends
  static Talk open(int port, String line, String... fields) {
    try {
      var talk = new Talk(port);
      var head = new StringBuilder(line + " HTTP/1.1\r\n");
      if (String.join("\n", fields).toLowerCase(Locale.ROOT).indexOf("host: ") != 0) {
        head.append("Host: localhost:").append(port).append("\r\n");
      }
      for (String field : fields) {
        head.append(field).append("\r\n");
      }
      talk.send(head + "\r\n");
      return talk;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Talk events(int port, String path, String... fields) {
    String[] more = java.util.Arrays.copyOf(fields, fields.length + 1);
    more[fields.length] = "Accept: text/event-stream";
    return open(port, "GET " + path, more);
  }

  /// Asks for a WebSocket.
  static Talk webSocket(int port, String path) {
    return open(port, "GET " + path, SOCKET.strip().split("\r\n", -1));
  }

  /// The status of a whole answer.
  static int status(int port, String line, String... fields) {
    try (Talk talk = open(port, line, fields)) {
      return talk.status();
    }
  }

  int status() {
    return Integer.parseInt(until("\r\n").split(" ", 3)[1]);
  }

  void send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
      throw new AssertionError("no '" + end + "' after: " + got, e);
    }
    return got.toString(StandardCharsets.ISO_8859_1);
  }

  /// Whether nothing comes for so long.
  boolean silentFor(Duration time) {
    try {
      socket.setSoTimeout((int) time.toMillis());
      return in.read() < 0;
    } catch (SocketTimeoutException e) {
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads for so long, or until it is closed.
  ///
  /// @return whether it is still open
  boolean staysOpen(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    var sink = new byte[4 << 10];
    try {
      while (System.nanoTime() < end) {
        socket.setSoTimeout((int) Math.max(1, (end - System.nanoTime()) / 1_000_000));
        if (in.read(sink) < 0) {
          return false;
        }
      }
      return true;
    } catch (SocketTimeoutException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
