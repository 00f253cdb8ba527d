package dev.duet.protocol;

/// The WebSocket close codes that Duet sends: RFC 6455 section 7.4.1, the IANA registry, and its
/// own from the private range.
public enum CloseCode {
  /// The conversation is over.
  NORMAL(1000, false),
  /// The server goes away.
  GOING_AWAY(1001, true),
  /// A frame that RFC 6455 does not allow.
  PROTOCOL_ERROR(1002, false),
  /// A kind of message that is not taken here, such as binary.
  UNSUPPORTED_DATA(1003, false),
  /// A text that is not UTF-8, or not what it should be.
  INVALID_PAYLOAD(1007, false),
  /// A request that is refused; the reason says why.
  POLICY(1008, false),
  /// A message beyond the limit.
  TOO_BIG(1009, false),
  /// The server failed.
  INTERNAL_ERROR(1011, true),
  /// Restart; the reason holds the milliseconds to wait before returning.
  SERVICE_RESTART(1012, true),
  /// Too much is under way.
  TRY_AGAIN_LATER(1013, true),
  /// What the client was allowed for a time is over: it is decided anew when it returns.
  EXPIRED(4401, true),
  /// What the client was allowed was taken back: it is decided anew when it returns.
  REVOKED(4403, true),
  /// A gap on a socket whose messages carry no cursor: its reader must fetch the state anew.
  GAP(4409, true);

  private final int code;
  private final boolean reconnect;

  CloseCode(int code, boolean reconnect) {
    this.code = code;
    this.reconnect = reconnect;
  }

  /// The number in the close frame.
  public int code() {
    return code;
  }

  /// Whether the client does well to connect again.
  public boolean reconnect() {
    return reconnect;
  }
}
