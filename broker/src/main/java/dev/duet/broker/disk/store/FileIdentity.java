package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What tells a file from a copy of it, as text: its inode's number and the time at which that was
/// made. The number of its device is not in it: the same disk may have another one after a reboot.
final class FileIdentity {
  private static final String INODE = "ino";
  private static final String BORN = "creationTime";

  private FileIdentity() {}

  /// @param attributes of the view `unix`: `ino` and `creationTime` are looked at
  /// @param births whether the file system notes when a file was made
  static String text(Map<String, ?> attributes, boolean births) {
    String inode = INODE + "=" + attributes.get(INODE);
    return births && attributes.get(BORN) instanceof FileTime born
        ? inode + ",born=" + born.to(TimeUnit.NANOSECONDS)
        : inode;
  }

  /// The same of a file or folder that is there.
  static String of(Path path, boolean births) throws IOException {
    try {
      return text(Files.readAttributes(path, "unix:" + INODE + "," + BORN), births);
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
      return key == null ? path.toRealPath().toString() : key.toString();
    }
  }

  /// Whether the file system notes when a file was made. Where it does not, Java tells the time of
  /// the last change in its place: so if both are the same, the latter is set to another.
  ///
  /// @param draft a file whose time of the last change means nothing yet
  static boolean hasBirths(Path draft) throws IOException {
    var view = Files.getFileAttributeView(draft, BasicFileAttributeView.class);
    BasicFileAttributes now = view.readAttributes();
    if (!now.creationTime().equals(now.lastModifiedTime())) {
      return true;
    }
    view.setTimes(FileTime.fromMillis(now.lastModifiedTime().toMillis() - 10_000), null, null);
    BasicFileAttributes then = view.readAttributes();
    return !then.creationTime().equals(then.lastModifiedTime());
  }
}
