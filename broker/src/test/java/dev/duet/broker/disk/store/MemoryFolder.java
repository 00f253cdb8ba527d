package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.Faults.Operation;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A folder in memory that does what a real one may do and seldom does: it loses what was not
/// synced ([#crash()]), ends a process at any point ([#kill()], [Faults#dieIn]), fails and fills up
/// ([#faults()]). The same seed and the same calls give the same bytes. Any thread.
///
/// A file's content and its name are synced apart: [StoredFile#force()] saves the content,
/// [#sync()] of its folder the name, and a folder is a name in the folder it is in. [Unsynced] says
/// what a power loss leaves of content, [FolderNode] what of names.
public final class MemoryFolder implements Folder {
  private final MemoryDisk disk;
  private final int process;
  private final FolderNode node;
  private final String path;

  /// An empty disk.
  public MemoryFolder(long seed) {
    this(new Random(seed), new Node.Ids());
  }

  private MemoryFolder(Random random, Node.Ids ids) {
    this(new MemoryDisk(new FolderNode(ids.next()), ids, random));
  }

  private MemoryFolder(MemoryDisk disk) {
    this(disk, disk.process(), disk.root(), "memory:");
  }

  private MemoryFolder(MemoryDisk disk, int process, FolderNode node, String path) {
    this.disk = disk;
    this.process = process;
    this.node = node;
    this.path = path;
  }

  // ---- what a test does to it

  /// What goes wrong on its disk, and what was done there.
  public Faults faults() {
    return disk.faults();
  }

  /// The power is lost: the outermost folder as it may be found then, on a disk of its own, without
  /// faults. This one stays as it is, so the power can be lost at the same moment more than once.
  public MemoryFolder crash() {
    return new MemoryFolder(disk.crashed());
  }

  /// The process is killed, as by `kill -9`: the outermost folder as the next one finds it. All
  /// that was written is there, and still not synced. Whatever was open, and every folder had
  /// before, answers with [Killed]; locks are free.
  public MemoryFolder kill() {
    return new MemoryFolder(disk, disk.kill(), disk.root(), "memory:");
  }

  /// A copy of this folder as `cp -r` makes it, on a disk of its own, all of it synced: the same
  /// content, other identities.
  public MemoryFolder copy() {
    return new MemoryFolder(disk.copied(node));
  }

  /// All that is in a file now.
  public byte[] bytes(String name) throws IOException {
    synchronized (disk) {
      return file(name).content().toArray();
    }
  }

  /// Other bytes are there from now on, also on the disk.
  public void damage(String name, int position, byte... bytes) throws IOException {
    synchronized (disk) {
      file(name).damage(position, bytes);
    }
  }

  /// Bits of one byte are turned over.
  public void flip(String name, int position, int bits) throws IOException {
    synchronized (disk) {
      damage(name, position, (byte) (bytes(name)[position] ^ bits));
    }
  }

  /// Cuts a file, also on the disk.
  public void cut(String name, int size) throws IOException {
    synchronized (disk) {
      FileNode file = file(name);
      disk.grown(size - file.content().size());
      file.resize(size);
      file.sync(file.edited());
    }
  }

  /// Bytes of a file cannot be read from now on.
  public void makeUnreadable(String name, long position, long length) throws IOException {
    synchronized (disk) {
      file(name).makeUnreadable(position, position + length);
    }
  }

  // ---- what it is asked

  @Override
  public StoredFile create(String name) throws IOException {
    synchronized (disk) {
      disk.check(process);
      Node there = node.get(named(name));
      if (there instanceof FolderNode) {
        throw new FileAlreadyExistsException(at(name));
      }
      disk.change(process, Operation.CREATE, at(name), () -> makeEmpty(name));
      return new MemoryFile(disk, process, at(name), file(name), true);
    }
  }

  /// As a real one: the file that is there is emptied, and stays the same file.
  private void makeEmpty(String name) {
    if (node.get(name) instanceof FileNode file) {
      disk.grown(-file.content().size());
      file.resize(0);
    } else {
      node.put(name, new FileNode(disk.nextId()));
    }
  }

  @Override
  public StoredFile open(String name, boolean writable) throws IOException {
    synchronized (disk) {
      disk.check(process);
      FileNode file = file(named(name));
      disk.change(process, Operation.OPEN, at(name), () -> {});
      return new MemoryFile(disk, process, at(name), file, writable);
    }
  }

  @Override
  public List<String> list() {
    synchronized (disk) {
      disk.check(process);
      List<String> names = new ArrayList<>();
      for (Map.Entry<String, Node> entry : node.entries().entrySet()) {
        if (entry.getValue() instanceof FileNode) {
          names.add(entry.getKey());
        }
      }
      Collections.shuffle(names, disk.random());
      return names;
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    synchronized (disk) {
      disk.check(process);
      file(named(from));
      Node there = node.get(named(to));
      if (there instanceof FolderNode) {
        throw new FileAlreadyExistsException(at(to));
      }
      disk.change(
          process,
          Operation.RENAME,
          at(from),
          () -> {
            node.rename(from, to);
            if (there instanceof FileNode replaced && !from.equals(to)) {
              disk.unlinked(replaced);
            }
          });
    }
  }

  @Override
  public void delete(String name) throws IOException {
    synchronized (disk) {
      disk.check(process);
      if (node.get(named(name)) instanceof FileNode file) {
        disk.change(
            process,
            Operation.DELETE,
            at(name),
            () -> {
              node.remove(name);
              disk.unlinked(file);
            });
      }
    }
  }

  /// When it fails all stays as it was: a later one saves it.
  @Override
  public void sync() throws IOException {
    synchronized (disk) {
      disk.faults().count(0, 1);
      disk.change(process, Operation.SYNC, path, node::sync);
    }
  }

  @Override
  public @Nullable Closeable lock(String name) throws IOException {
    synchronized (disk) {
      disk.check(process);
      if (node.get(named(name)) == null) {
        node.put(name, new FileNode(disk.nextId()));
      }
      FileNode file = file(name);
      if (!disk.lock(file)) {
        return null;
      }
      return () -> unlock(file);
    }
  }

  private void unlock(FileNode file) {
    synchronized (disk) {
      if (!disk.isDead(process)) {
        disk.unlock(file);
      }
    }
  }

  @Override
  public String identity(String name) throws IOException {
    synchronized (disk) {
      disk.check(process);
      return "folder " + node.id() + " file " + file(named(name)).id();
    }
  }

  @Override
  public boolean is(String name, String identity) throws IOException {
    return identity(name).equals(identity);
  }

  @Override
  public boolean hasFolder(String name) {
    synchronized (disk) {
      disk.check(process);
      return node.get(named(name)) instanceof FolderNode;
    }
  }

  @Override
  public MemoryFolder folder(String name) throws IOException {
    synchronized (disk) {
      disk.check(process);
      Node there = node.get(named(name));
      if (there instanceof FileNode) {
        throw new FileAlreadyExistsException(at(name));
      }
      if (there == null) {
        disk.change(
            process,
            Operation.CREATE,
            at(name),
            () -> node.put(name, new FolderNode(disk.nextId())));
      }
      if (node.get(name) instanceof FolderNode inner) {
        return new MemoryFolder(disk, process, inner, at(name));
      }
      throw new NoSuchFileException(at(name));
    }
  }

  @Override
  public String toString() {
    return path;
  }

  private FileNode file(String name) throws NoSuchFileException {
    if (node.get(name) instanceof FileNode file) {
      return file;
    }
    throw new NoSuchFileException(at(name));
  }

  private String at(String name) {
    return path + '/' + name;
  }

  private static String named(String name) {
    if (name.isEmpty() || name.contains("/") || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("'" + name + "' is not the name of a file");
    }
    return name;
  }
}
