package dev.duet.app.client;

/// It cannot be done, for a reason that the message says in one line.
public final class ClientException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean condition;

  ClientException(String message) {
    this(message, false);
  }

  ClientException(String message, boolean condition) {
    super(message);
    this.condition = condition;
  }

  /// Whether the server understood, and what is there already stands against it: 409 or 412.
  public boolean isCondition() {
    return condition;
  }

  /// The same, with what it is about in front.
  public ClientException about(String what) {
    return new ClientException(what + getMessage(), condition);
  }
}
