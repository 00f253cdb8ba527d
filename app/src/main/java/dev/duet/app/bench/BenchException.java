package dev.duet.app.bench;

/// The run cannot begin, or cannot go on, for a reason that its message says in one line.
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BenchException(String message) {
    super(message);
  }

  BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
