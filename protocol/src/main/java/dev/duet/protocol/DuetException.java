package dev.duet.protocol;

/// A request that cannot be served, with the code that the client sees and a text that says what
/// was wrong and what is allowed. Carries no stack trace: it is an answer, not a defect.
public final class DuetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /// @param detail what was wrong and what is allowed, for people: a client sees it
  public DuetException(ErrorCode code, String detail) {
    super(detail, null, false, false);
    this.code = code;
  }

  /// Which error it is; from it follow the HTTP status and the close code.
  public ErrorCode code() {
    return code;
  }

  /// What was wrong and what is allowed, for people.
  public String detail() {
    return String.valueOf(getMessage());
  }
}
