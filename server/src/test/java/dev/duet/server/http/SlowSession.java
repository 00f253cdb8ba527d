package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A client of `duet.v1` on a socket with small buffers. Its frames have a mask of zeros, so they
/// are what they say.
final class SlowSession implements AutoCloseable {
  final Socket socket = new Socket();
  final DataInputStream in;
  final OutputStream out;

  SlowSession(int port) throws IOException {
    socket.setReceiveBufferSize(16 << 10);
    socket.setSendBufferSize(16 << 10);
    socket.setSoTimeout(60_000);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 << 10));
    out = socket.getOutputStream();
    String head =
        "GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            + "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    out.write(head.getBytes(StandardCharsets.US_ASCII));
    var answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      answer.append((char) in.readUnsignedByte());
    }
    assertThat(answer.toString()).startsWith("HTTP/1.1 101");
  }

  static byte[] frame(String text) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    var frame = new ByteArrayOutputStream();
    frame.write(0x81);
    frame.write(0x80 | (payload.length < 126 ? payload.length : 126));
    if (payload.length >= 126) {
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    }
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  void send(String text) throws IOException {
    out.write(frame(text));
  }

  /// The next text message; WebSocket pings are skipped.
  String next() throws IOException {
    while (true) {
      int first = in.readUnsignedByte();
      long length = in.readUnsignedByte();
      length = length == 127 ? in.readLong() : length == 126 ? in.readUnsignedShort() : length;
      byte[] payload = in.readNBytes((int) length);
      if (first == 0x81) {
        return new String(payload, StandardCharsets.UTF_8);
      }
      assertThat(first).isEqualTo(0x89);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
