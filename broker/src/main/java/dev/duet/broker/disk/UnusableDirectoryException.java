package dev.duet.broker.disk;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The data directory cannot be used. The message is for people: it names the directory, what is
/// wrong with it, and what to do.
public final class UnusableDirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param why what follows the directory's name in the message: `is used by another server; …`
  public UnusableDirectoryException(Path directory, String why, @Nullable Throwable cause) {
    super("the data directory " + directory + " " + why, cause);
  }
}
