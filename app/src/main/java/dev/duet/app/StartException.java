package dev.duet.app;

/// The server cannot start, for a reason that its message says in one line.
final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1;

  StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
