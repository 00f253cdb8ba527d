package dev.duet.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// A connection that publishes over HTTP, one publication at a time. One thread.
final class PublishLink implements AutoCloseable {
  private static final int MOST_HEAD = 16 << 10;
  private static final int MOST_BODY = 64 << 10;
  private static final int TIMEOUT_MILLIS = 60_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] request;
  private final String durability;

  /// @param durability that each answer is to name
  PublishLink(int port, String channel, byte[] payload, String durability) throws IOException {
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
    this.durability = "\"durability\":\"" + durability + '"';
    byte[] head =
        ("POST /channels/"
                + channel
                + " HTTP/1.1\r\nHost: localhost:"
                + port
                + "\r\nContent-Type: text/plain\r\nContent-Length: "
                + payload.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    this.request = new byte[head.length + payload.length];
    System.arraycopy(head, 0, request, 0, head.length);
    System.arraycopy(payload, 0, request, head.length, payload.length);
  }

  /// Publishes, and waits for the answer.
  ///
  /// @throws IOException unless it was acknowledged with the durability
  void publish() throws IOException {
    out.write(request);
    String head = head();
    int length = length(head);
    String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    if (!head.startsWith("HTTP/1.1 200 ") || !body.contains(durability)) {
      throw new IOException("a publish was answered with " + head.lines().findFirst() + body);
    }
  }

  private String head() throws IOException {
    var head = new StringBuilder();
    while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the server closed the connection");
      }
      head.append((char) next);
      if (head.length() > MOST_HEAD) {
        throw new IOException("the head of an answer is too long");
      }
    }
    return head.toString();
  }

  private static int length(String head) throws IOException {
    for (String line : head.split("\r\n", -1)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        int length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
        if (length > MOST_BODY) {
          throw new IOException("an answer has " + length + " bytes");
        }
        return length;
      }
    }
    throw new IOException("an answer has no Content-Length: " + head);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
