package dev.duet.app;

import org.jspecify.annotations.Nullable;

/// A data directory cannot be used as a command wants to, for a reason that its message says in one
/// line.
final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
