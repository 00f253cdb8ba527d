package dev.duet.server.transport;

/// What a connection is used for at the moment.
public enum ConnectionKind {
  /// Requests, or the wait for one.
  HTTP("http"),
  /// A stream of Server-Sent Events.
  SSE("sse"),
  /// A stream of JSON, an object a line.
  NDJSON("ndjson"),
  /// A WebSocket with another sub-protocol than `duet.v1`, or none.
  WEBSOCKET("websocket"),
  /// A WebSocket that speaks `duet.v1`.
  SESSION("duet.v1"),
  /// It is being closed in order.
  CLOSING("closing");

  private final String text;

  ConnectionKind(String text) {
    this.text = text;
  }

  /// The word for it in metrics.
  public String text() {
    return text;
  }

  /// Of an answer that streams.
  static ConnectionKind ofStream(String contentType) {
    return contentType.startsWith("application/x-ndjson") ? NDJSON : SSE;
  }

  /// Of a WebSocket.
  static ConnectionKind ofSocket(String protocol) {
    return protocol.equals(SESSION.text) ? SESSION : WEBSOCKET;
  }
}
