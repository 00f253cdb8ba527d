package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One folder of a file system, flat: the only way in which the log reaches a disk. Tests put one
/// under it that loses, tears and fails. Any thread.
public interface Folder {
  /// Makes a new, empty file; one of that name is replaced. It is sure to be there after a power
  /// loss only after [#sync()].
  StoredFile create(String name) throws IOException;

  /// Opens a file that is there.
  ///
  /// @param writable whether it is also written
  StoredFile open(String name, boolean writable) throws IOException;

  /// Names of its files, in no order.
  List<String> list() throws IOException;

  /// Renames, in the place of whatever has the new name; atomic.
  void rename(String from, String to) throws IOException;

  /// Removes a file if it is there.
  void delete(String name) throws IOException;

  /// Makes creations, renames and removals survive a power loss.
  void sync() throws IOException;

  /// Keeps every other process from taking the same lock, until it is closed.
  ///
  /// @return null if another has it, of this process or another
  /// @throws IOException if it cannot be taken
  @Nullable Closeable lock(String name) throws IOException;

  /// What tells a file from a copy of it, and of this folder: the same as long as both exist, also
  /// when they are renamed, or moved within their file system.
  ///
  /// @param name of a file that was just made: when it was last changed may be lost
  String identity(String name) throws IOException;

  /// Whether a file is the one that had this identity.
  boolean is(String name, String identity) throws IOException;

  /// Whether there is a folder of that name in it.
  boolean hasFolder(String name);

  /// A folder in it, made if it is not there.
  Folder folder(String name) throws IOException;
}
