package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/// The machine under a [MemoryFolder]: one tree, one process at a time. Itself the lock of all that
/// is on it.
final class MemoryDisk {
  private final FolderNode root;
  private final Node.Ids ids;
  private final Random random;
  private final Faults faults = new Faults(this);
  private final Set<FileNode> locked = new HashSet<>();
  private long allocated;
  private int openFiles;
  private int process;
  private boolean dead;

  MemoryDisk(FolderNode root, Node.Ids ids, Random random) {
    this.root = root;
    this.ids = ids;
    this.random = random;
    countAllocated();
  }

  FolderNode root() {
    return root;
  }

  Random random() {
    return random;
  }

  Faults faults() {
    return faults;
  }

  long nextId() {
    return ids.next();
  }

  // ---- processes

  int process() {
    return process;
  }

  /// @throws Killed if that process is dead
  void check(int asking) {
    if (dead || asking != process) {
      throw new Killed();
    }
  }

  boolean isDead(int asking) {
    return dead || asking != process;
  }

  Killed die() {
    dead = true;
    return new Killed();
  }

  /// Ends the process and begins another.
  synchronized int kill() {
    dead = false;
    process++;
    faults.born();
    locked.clear();
    openFiles = 0;
    files(FileNode::allClosed);
    countAllocated();
    return process;
  }

  /// @throws Killed if that process is dead
  Faults.Fate next(int asking, Faults.Operation operation, String path) {
    check(asking);
    return faults.next(operation, path, random);
  }

  /// Does it, or not, or dies.
  ///
  /// @throws IOException if it is to fail
  void change(int asking, Faults.Operation operation, String path, Runnable change)
      throws IOException {
    switch (next(asking, operation, path)) {
      case DONE -> change.run();
      case FAILS -> throw failure(operation, path);
      case DIES -> {
        if (random.nextBoolean()) {
          change.run();
        }
        throw die();
      }
    }
  }

  static IOException failure(Faults.Operation operation, String path) {
    return new IOException(path + ": Input/output error (" + operation + ")");
  }

  // ---- power loss and copies

  synchronized MemoryDisk crashed() {
    var luck = new Random(random.nextLong());
    return new MemoryDisk(root.crashed(luck), ids, luck);
  }

  synchronized MemoryDisk copied(FolderNode folder) {
    return new MemoryDisk(folder.copied(ids), ids, new Random(random.nextLong()));
  }

  // ---- files

  long allocated() {
    return allocated;
  }

  int openFiles() {
    return openFiles;
  }

  void grown(long bytes) {
    allocated += bytes;
  }

  void opened(FileNode file) {
    file.opened();
    openFiles++;
  }

  void closed(FileNode file) {
    file.closed();
    openFiles--;
    free(file);
  }

  void unlinked(FileNode file) {
    file.unlinked();
    free(file);
  }

  private void free(FileNode file) {
    if (file.isGone()) {
      allocated -= file.content().size();
    }
  }

  /// Whether nobody had the lock.
  boolean lock(FileNode file) {
    return locked.add(file);
  }

  void unlock(FileNode file) {
    locked.remove(file);
  }

  void files(Consumer<FileNode> to) {
    files(root, to);
  }

  private static void files(FolderNode folder, Consumer<FileNode> to) {
    for (Node node : folder.entries().values()) {
      switch (node) {
        case FileNode file -> to.accept(file);
        case FolderNode inner -> files(inner, to);
      }
    }
  }

  private void countAllocated() {
    allocated = 0;
    files(file -> allocated += file.content().size());
  }
}
