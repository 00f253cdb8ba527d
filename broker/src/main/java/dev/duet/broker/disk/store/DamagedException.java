package dev.duet.broker.disk.store;

import java.io.IOException;

/// Bytes are not what was written: a checksum is wrong, or something is not where an index says.
public final class DamagedException extends IOException {
  private static final long serialVersionUID = 1;

  public DamagedException(String message) {
    super(message);
  }
}
