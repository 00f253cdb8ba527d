package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
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

  /// Opens a folder, made with its parents if it is not there.
  public static DiskFolder open(Path path) throws IOException {
    Files.createDirectories(path);
    return new DiskFolder(path.toAbsolutePath());
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
    FileChannel file =
        FileChannel.open(at(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      locked = file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return null;
    } catch (IOException e) {
      throw new IOException(at(name) + " cannot be locked: " + e.getMessage(), e);
    } finally {
      if (!locked) {
        file.close();
      }
    }
    return locked ? file : null;
  }

  @Override
  public String identity(String name) throws IOException {
    Object key = Files.readAttributes(at(name), BasicFileAttributes.class).fileKey();
    return key == null ? name : key.toString();
  }

  @Override
  public String identity() throws IOException {
    Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    return key == null ? path.toRealPath().toString() : key.toString();
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
    Files.createDirectories(inner);
    return new DiskFolder(inner);
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
