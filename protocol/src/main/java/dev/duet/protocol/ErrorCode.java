package dev.duet.protocol;

/// Every error that a client can be told, in one table: the word in `code`, the HTTP status, the
/// WebSocket close code where one is needed, and whether the same request may succeed later.
public enum ErrorCode {
  BAD_REQUEST("bad-request", 400, CloseCode.POLICY, false, "Malformed request"),
  BAD_CHANNEL("bad-channel", 400, CloseCode.POLICY, false, "Illegal channel name"),
  TOO_MANY_CHANNELS("too-many-channels", 400, CloseCode.POLICY, false, "Too many channels"),
  BAD_CURSOR("bad-cursor", 400, CloseCode.POLICY, false, "Illegal cursor"),
  BAD_PARAMETER("bad-parameter", 400, CloseCode.POLICY, false, "Illegal parameter"),
  BAD_EVENT("bad-event", 400, CloseCode.POLICY, false, "Illegal event name"),
  BAD_KEY("bad-key", 400, CloseCode.POLICY, false, "Illegal key"),
  BAD_JSON("bad-json", 400, CloseCode.INVALID_PAYLOAD, false, "Body is not valid JSON"),
  BAD_UTF8("bad-utf8", 400, CloseCode.INVALID_PAYLOAD, false, "Body is not valid UTF-8"),
  UNAUTHORIZED("unauthorized", 401, CloseCode.POLICY, false, "Not authenticated"),
  /// What was allowed for a time is over; it is decided anew.
  EXPIRED("expired", 401, CloseCode.EXPIRED, true, "Access has expired"),
  FORBIDDEN_ORIGIN("forbidden-origin", 403, CloseCode.POLICY, false, "Origin not allowed"),
  FORBIDDEN_HOST("forbidden-host", 403, CloseCode.POLICY, false, "Host not allowed"),
  FORBIDDEN("forbidden", 403, CloseCode.POLICY, false, "Not allowed"),
  /// What was allowed was taken back; it is decided anew.
  REVOKED("revoked", 403, CloseCode.REVOKED, true, "Access was revoked"),
  RESERVED_CHANNEL("reserved-channel", 403, CloseCode.POLICY, false, "The server's own channel"),
  NOT_FOUND("not-found", 404, CloseCode.POLICY, false, "Nothing is here"),
  NO_NAMESPACE("no-namespace", 404, CloseCode.POLICY, false, "No namespace allows this channel"),
  METHOD_NOT_ALLOWED("method-not-allowed", 405, CloseCode.POLICY, false, "Method not allowed"),
  NOT_ACCEPTABLE("not-acceptable", 406, CloseCode.POLICY, false, "No acceptable form"),
  REQUEST_TIMEOUT("request-timeout", 408, CloseCode.POLICY, true, "Request came too slowly"),
  ENDED("ended", 409, CloseCode.POLICY, false, "Channel has ended"),
  KEY_CONFLICT("idempotency-conflict", 409, CloseCode.POLICY, false, "Idempotency key used before"),
  TOO_MANY_MEMBERS(
      "too-many-members", 409, CloseCode.TRY_AGAIN_LATER, true, "No room for another member"),
  MISMATCH("mismatch", 412, CloseCode.GAP, false, "Something was published since"),
  TOO_LARGE("too-large", 413, CloseCode.TOO_BIG, false, "Body too large"),
  URI_TOO_LONG("uri-too-long", 414, CloseCode.POLICY, false, "Request line too long"),
  UNSUPPORTED_TYPE("unsupported-type", 415, CloseCode.UNSUPPORTED_DATA, false, "Unsupported body"),
  EXPECTATION_FAILED("expectation-failed", 417, CloseCode.POLICY, false, "Unknown expectation"),
  /// A line of a batch after one that was not appended.
  NOT_TRIED("not-tried", 424, CloseCode.POLICY, true, "Not tried: one before it was not appended"),
  UPGRADE_REQUIRED("upgrade-required", 426, CloseCode.POLICY, false, "WebSocket only"),
  TOO_MANY_REQUESTS("too-many-requests", 429, CloseCode.TRY_AGAIN_LATER, true, "Too many requests"),
  HEADERS_TOO_LARGE("headers-too-large", 431, CloseCode.POLICY, false, "Header fields too large"),
  INTERNAL("internal", 500, CloseCode.INTERNAL_ERROR, true, "Internal error"),
  NOT_IMPLEMENTED("not-implemented", 501, CloseCode.POLICY, false, "Not implemented"),
  BUSY("busy", 503, CloseCode.TRY_AGAIN_LATER, true, "Too much is under way"),
  NOT_COMMITTED("not-committed", 503, CloseCode.INTERNAL_ERROR, true, "Could not be committed"),
  UNDECIDED("undecided", 503, CloseCode.TRY_AGAIN_LATER, true, "Access could not be decided"),
  UNAVAILABLE("unavailable", 503, CloseCode.TRY_AGAIN_LATER, true, "Log cannot be read"),
  STOPPING("stopping", 503, CloseCode.SERVICE_RESTART, true, "Server is stopping"),
  /// A method of the application did not answer in time. Not to be tried again unasked: it may have
  /// been carried out.
  TIMEOUT("timeout", 504, CloseCode.TRY_AGAIN_LATER, false, "Method took too long"),
  HTTP_VERSION("http-version", 505, CloseCode.POLICY, false, "HTTP version not supported"),
  STORAGE_FULL("storage-full", 507, CloseCode.INTERNAL_ERROR, true, "Storage is full");

  private final String text;
  private final int status;
  private final CloseCode closeCode;
  private final boolean temporary;
  private final String title;

  ErrorCode(String text, int status, CloseCode closeCode, boolean temporary, String title) {
    this.text = text;
    this.status = status;
    this.closeCode = closeCode;
    this.temporary = temporary;
    this.title = title;
  }

  /// The word on the wire.
  public String text() {
    return text;
  }

  /// The HTTP status.
  public int status() {
    return status;
  }

  /// The close code where a WebSocket must end because of it.
  public CloseCode closeCode() {
    return closeCode;
  }

  /// Whether the same request may succeed later.
  public boolean temporary() {
    return temporary;
  }

  /// A short title, the same for every occurrence (RFC 9457 section 3.1.3).
  public String title() {
    return title;
  }
}
