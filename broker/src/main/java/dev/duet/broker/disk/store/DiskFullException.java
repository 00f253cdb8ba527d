package dev.duet.broker.disk.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// There is no room on the disk, or for this user.
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1;

  /// @param message what was to be written, for people
  public DiskFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
