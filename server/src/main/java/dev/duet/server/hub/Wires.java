package dev.duet.server.hub;

/// The wire forms, one instance each.
public final class Wires {
  /// Server-Sent Events with payloads as they are.
  public static final Wire SSE = new SseWire(false);

  /// Server-Sent Events with each message in an envelope.
  public static final Wire SSE_ENVELOPE = new SseWire(true);

  /// One envelope a line (`application/x-ndjson`).
  public static final Wire NDJSON = new JsonWire(JsonWire.Framing.LINES);

  /// WebSocket frames with payloads as they are.
  public static final Wire SOCKET = new SocketWire();

  /// WebSocket text frames with an envelope each.
  public static final Wire SOCKET_ENVELOPE = new JsonWire(JsonWire.Framing.SOCKET);

  /// The messages of `duet.v1` about channels, in WebSocket frames.
  public static final Wire SESSION = new SessionWire();

  private Wires() {}

  /// What a form is spoken on, in a word.
  static String transport(Wire wire) {
    if (wire == SESSION) {
      return "duet.v1";
    }
    if (wire == SOCKET || wire == SOCKET_ENVELOPE) {
      return "websocket";
    }
    return wire == NDJSON ? "ndjson" : "sse";
  }
}
