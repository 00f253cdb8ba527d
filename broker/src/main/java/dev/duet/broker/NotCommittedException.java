package dev.duet.broker;

import java.io.IOException;

/// What had to be written could not be committed, and is not in the log.
public final class NotCommittedException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean full;

  /// @param failed says why
  public NotCommittedException(Receipt.Failed failed) {
    super(failed.why());
    this.full = failed.full();
  }

  /// Whether the storage is full.
  public boolean isFull() {
    return full;
  }
}
