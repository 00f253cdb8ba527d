package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The locks that this process has. A process that closes any descriptor of a file loses its lock
/// on it (fcntl(2)), so a file that is locked here is not opened a second time.
final class FileLocks {
  private static final Set<Object> TAKEN = new HashSet<>();

  /// Files that another class loader of this process has locked: open for as long as that may be.
  private static final Map<Object, FileChannel> ELSEWHERE = new HashMap<>();

  private FileLocks() {}

  /// Locks a file, made if it is not there.
  ///
  /// @param attributes of a file that is made
  /// @return null if another has it, of this process or another
  static @Nullable Closeable take(Path path, FileAttribute<?>... attributes) throws IOException {
    synchronized (TAKEN) {
      Object there = key(path);
      if (there != null && TAKEN.contains(there)) {
        return null;
      }
      FileChannel known = there == null ? null : ELSEWHERE.remove(there);
      FileChannel file =
          known != null
              ? known
              : FileChannel.open(
                  path, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), attributes);
      return lock(path, file);
    }
  }

  private static @Nullable Closeable lock(Path path, FileChannel file) throws IOException {
    boolean keep = false;
    try {
      Object key = key(path);
      if (key == null) {
        throw new NoSuchFileException(path.toString());
      }
      try {
        keep = file.tryLock() != null;
      } catch (OverlappingFileLockException e) {
        ELSEWHERE.put(key, file);
        keep = true;
        return null;
      }
      if (!keep) {
        return null;
      }
      TAKEN.add(key);
      return () -> release(key, file);
    } finally {
      if (!keep) {
        file.close();
      }
    }
  }

  private static void release(Object key, FileChannel file) throws IOException {
    synchronized (TAKEN) {
      if (file.isOpen()) {
        TAKEN.remove(key);
        file.close();
      }
    }
  }

  /// What two names of one file have in common; null if it is not there.
  private static @Nullable Object key(Path path) throws IOException {
    try {
      Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
      return key == null ? path.toRealPath() : key;
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
