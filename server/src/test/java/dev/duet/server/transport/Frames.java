package dev.duet.server.transport;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// What a WebSocket client sends, byte by byte.
final class Frames {
  static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  private Frames() {}

  static byte[] frame(int opcode, byte[] payload) {
    return frame(0x80 | opcode, payload, 0x12345678, minimal(payload.length));
  }

  static byte[] fragment(int opcode, boolean last, byte[] payload) {
    return frame((last ? 0x80 : 0) | opcode, payload, 0x9ABCDEF0, minimal(payload.length));
  }

  static byte[] text(String text) {
    return frame(1, text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] close(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    byte[] payload = new byte[2 + text.length];
    payload[0] = (byte) (code >> 8);
    payload[1] = (byte) code;
    System.arraycopy(text, 0, payload, 2, text.length);
    return frame(8, payload);
  }

  static int minimal(int length) {
    return length < 126 ? 0 : length < 65_536 ? 2 : 8;
  }

  /// @param lengthBytes 0, 2 or 8 bytes of extended length
  static byte[] frame(int first, byte[] payload, int mask, int lengthBytes) {
    var out = new ByteArrayOutputStream();
    out.write(first);
    out.write(0x80 | (lengthBytes == 0 ? payload.length : lengthBytes == 2 ? 126 : 127));
    for (int i = lengthBytes - 1; i >= 0; i--) {
      out.write((int) ((long) payload.length >>> (8 * i)));
    }
    byte[] key = {(byte) (mask >> 24), (byte) (mask >> 16), (byte) (mask >> 8), (byte) mask};
    out.writeBytes(key);
    for (int i = 0; i < payload.length; i++) {
      out.write(payload[i] ^ key[i & 3]);
    }
    return out.toByteArray();
  }

  static byte[] join(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static String handshake(String path, String... more) {
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + KEY
        + "\r\n"
        + String.join("", more)
        + "\r\n";
  }

  /// One unmasked frame of a server: opcode with FIN, and payload as Latin-1.
  record Received(int first, byte[] payload) {
    String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    int code() {
      return payload.length < 2 ? 1005 : (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
    }
  }

  static Received receive(Wire.Raw raw) {
    byte[] head = raw.exactly(2);
    int length = head[1];
    if (length < 0) {
      throw new AssertionError("the server masks its frames");
    }
    if (length >= 126) {
      long extended = 0;
      for (byte b : raw.exactly(length == 126 ? 2 : 8)) {
        extended = extended << 8 | (b & 0xFF);
      }
      length = (int) extended;
    }
    return new Received(head[0] & 0xFF, raw.exactly(length));
  }
}
