package dev.duet.broker.disk.store;

import java.io.IOException;

/// A file is whole, and not of a form that this version of Duet knows: another one wrote it. It is
/// left as it is.
public final class UnknownFormatException extends IOException {
  private static final long serialVersionUID = 1;

  /// @param message which file, and what it says of itself
  public UnknownFormatException(String message) {
    super(message);
  }
}
