package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/// Why the file system refused something, for people: what the messages of some exceptions leave
/// out, which name only the file.
public final class IoReason {
  private IoReason() {}

  /// In words, such as `/data/os: this user may not do that (permission denied)`. Never null, never
  /// empty.
  public static String of(IOException e) {
    String message = e.getMessage();
    String known = known(e);
    if (e instanceof FileSystemException file
        && file.getReason() == null
        && file.getFile() != null) {
      return file.getFile() + ": " + (known == null ? e.getClass().getSimpleName() : known);
    }
    if (message != null && !message.isBlank()) {
      return message;
    }
    return known == null ? e.getClass().getSimpleName() : known;
  }

  private static @Nullable String known(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "this user may not do that (permission denied)";
      case NoSuchFileException missing -> "it is not there";
      case FileAlreadyExistsException there -> "it is there already";
      case NotDirectoryException file -> "it is not a directory";
      case DirectoryNotEmptyException full -> "it is not empty";
      case FileSystemLoopException loop -> "its links lead back to it";
      case ClosedByInterruptException stopped -> "the thread was interrupted";
      case ClosedChannelException closed -> "the file is closed";
      default -> null;
    };
  }
}
