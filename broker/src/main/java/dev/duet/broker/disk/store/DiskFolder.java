package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real folder. Any thread; threads that use its files are never interrupted, because that would
/// close the file under all of them (see [FileChannel]).
public final class DiskFolder implements Folder {
  private final Path path;

  private DiskFolder(Path path) {
    this.path = path;
  }

  /// Opens a folder, made with its parents if it is not there; see [#make].
  public static DiskFolder open(Path path) throws IOException {
    make(path.toAbsolutePath());
    return new DiskFolder(path.toAbsolutePath());
  }

  /// Makes a folder and those above it, each of them sure to be there after a power loss, and its
  /// user's alone.
  ///
  /// @throws IOException if it cannot be made or synced; the last one that was made is gone then
  public static void make(Path folder) throws IOException {
    Path parent = folder.getParent();
    if (parent == null || Files.isDirectory(folder)) {
      return;
    }
    make(parent);
    try {
      Files.createDirectory(folder, own(folder, "rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (Files.isDirectory(folder)) {
        return;
      }
      throw e;
    }
    try {
      new DiskFolder(parent).sync();
    } catch (IOException e) {
      Files.deleteIfExists(folder);
      throw e;
    }
  }

  /// Where it is.
  public Path path() {
    return path;
  }

  @Override
  public StoredFile create(String name) throws IOException {
    return DiskFile.open(
        at(name),
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  @Override
  public StoredFile open(String name, boolean writable) throws IOException {
    return writable
        ? DiskFile.open(at(name), StandardOpenOption.READ, StandardOpenOption.WRITE)
        : DiskFile.open(at(name), StandardOpenOption.READ);
  }

  @Override
  public List<String> list() throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList();
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    DiskFile.asked(
        () ->
            Files.move(
                at(from),
                at(to),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING));
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(at(name));
  }

  @Override
  public void sync() throws IOException {
    try (FileChannel folder = FileChannel.open(path, StandardOpenOption.READ)) {
      DiskFile.asked(
          () -> {
            folder.force(true);
            return true;
          });
    }
  }

  @Override
  public @Nullable Closeable lock(String name) throws IOException {
    try {
      return FileLocks.take(at(name), own(path, "rw-------"));
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(at(name) + " cannot be locked: " + IoReason.of(e), e);
    }
  }

  @Override
  public String identity(String name) throws IOException {
    return identity(name, FileIdentity.hasBirths(at(name)));
  }

  @Override
  public boolean is(String name, String identity) throws IOException {
    return identity.equals(identity(name, true)) || identity.equals(identity(name, false));
  }

  private String identity(String name, boolean births) throws IOException {
    return FileIdentity.of(path, births) + " " + FileIdentity.of(at(name), births);
  }

  @Override
  public boolean hasFolder(String name) {
    return Files.isDirectory(at(name));
  }

  /// Puts a file into another folder as well: as a link, or as a copy where that cannot be.
  ///
  /// @param link whether it may be a link
  /// @return whether it is one
  boolean copy(String name, DiskFolder into, boolean link) throws IOException {
    if (link) {
      try {
        Files.createLink(into.at(name), at(name));
        return true;
      } catch (NoSuchFileException e) {
        throw e;
      } catch (IOException | UnsupportedOperationException e) {
        // Another file system, or one without links.
        Files.deleteIfExists(into.at(name));
      }
    }
    DiskFile.asked(() -> Files.copy(at(name), into.at(name)));
    return false;
  }

  void renameFolder(String from, String to) throws IOException {
    Files.move(at(from), at(to), StandardCopyOption.ATOMIC_MOVE);
  }

  /// Deletes a folder in it and its files, if it is there.
  void deleteFolder(String name) throws IOException {
    if (hasFolder(name)) {
      DiskFolder inner = folder(name);
      for (String file : inner.list()) {
        inner.delete(file);
      }
      Files.delete(inner.path);
    }
  }

  @Override
  public DiskFolder folder(String name) throws IOException {
    Path inner = at(name);
    if (!Files.isDirectory(inner)) {
      Files.createDirectory(inner, own(path, "rwx------"));
    }
    return new DiskFolder(inner);
  }

  /// What was published is its user's alone.
  private static FileAttribute<?>[] own(Path parent, String permissions) {
    return parent.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  @Override
  public String toString() {
    return path.toString();
  }

  private Path at(String name) {
    Path file = path.resolve(name);
    if (!path.equals(file.getParent())) {
      throw new IllegalArgumentException("'" + name + "' is not the name of a file");
    }
    return file;
  }
}
