package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// A folder in memory that does what disks do: what is not synced is lost in any subset and torn, a
/// sync that failed forgets what it should have written, the disk fills up. One thread.
final class LossyFolder implements Folder {
  private static long inodes;

  final Map<String, Inode> names = new TreeMap<>();
  private Map<String, Inode> durableNames = new TreeMap<>();
  private final List<Map<String, Inode>> pendingNames = new ArrayList<>();
  private final RandomGenerator random;
  private int run;
  private final long identity = ++inodes;

  /// Fails each operation that writes with this probability, and why.
  double failing;

  boolean full;

  /// Operations that write until everything ends; negative for never.
  long budget = -1;

  private final Map<String, Long> known = new HashMap<>();

  LossyFolder(RandomGenerator random) {
    this.random = random;
  }

  /// The process that used it has ended.
  static final class Ended extends IOException {
    private static final long serialVersionUID = 1;

    Ended() {
      super("the process has ended");
    }
  }

  static final class Inode {
    long id = ++inodes;
    byte[] bytes = new byte[0];
    byte[] durable = new byte[0];
    final List<Write> pending = new ArrayList<>();
  }

  /// @param bytes null to cut at position
  private record Write(long position, byte[] bytes) {}

  /// The process ends; what the operating system has stays.
  void kill() {
    run++;
    budget = -1;
    failing = 0;
    full = false;
  }

  /// The power goes: of what was not synced anything may be there.
  void crash() {
    kill();
    int kept = random.nextInt(pendingNames.size() + 1);
    names.clear();
    names.putAll(kept == 0 ? durableNames : pendingNames.get(kept - 1));
    durableNames = new TreeMap<>(names);
    pendingNames.clear();
    for (Inode inode : names.values()) {
      boolean all = random.nextBoolean();
      for (Write write : inode.pending) {
        if (all || random.nextBoolean()) {
          Write torn = write;
          if (write.bytes != null && write.bytes.length > 0 && random.nextInt(4) == 0) {
            torn =
                new Write(
                    write.position, Arrays.copyOf(write.bytes, random.nextInt(write.bytes.length)));
          }
          inode.durable = applied(inode.durable, torn);
        }
      }
      inode.pending.clear();
      inode.bytes = inode.durable.clone();
    }
  }

  /// Another folder with the same files, as a copy is.
  LossyFolder copy() {
    var copy = new LossyFolder(random);
    names.forEach(
        (name, inode) -> {
          var other = new Inode();
          other.bytes = inode.bytes.clone();
          other.durable = inode.bytes.clone();
          copy.names.put(name, other);
        });
    copy.durableNames = new TreeMap<>(copy.names);
    return copy;
  }

  private static byte[] applied(byte[] bytes, Write write) {
    if (write.bytes == null) {
      return Arrays.copyOf(bytes, (int) write.position);
    }
    int end = (int) write.position + write.bytes.length;
    byte[] result = Arrays.copyOf(bytes, Math.max(bytes.length, end));
    System.arraycopy(write.bytes, 0, result, (int) write.position, write.bytes.length);
    return result;
  }

  private void alive(int ofRun) throws IOException {
    if (ofRun != run || budget == 0) {
      throw new Ended();
    }
  }

  private void writes(int ofRun) throws IOException {
    alive(ofRun);
    if (budget > 0 && --budget == 0) {
      throw new Ended();
    }
    if (failing > 0 && random.nextDouble() < failing) {
      throw new IOException("I/O error, as planned");
    }
  }

  private void changed() {
    pendingNames.add(new TreeMap<>(names));
  }

  @Override
  public StoredFile create(String name) throws IOException {
    writes(run);
    var inode = new Inode();
    names.put(name, inode);
    changed();
    return new Handle(inode, run);
  }

  @Override
  public StoredFile open(String name, boolean writable) throws IOException {
    alive(run);
    return new Handle(there(name), run);
  }

  private Inode there(String name) throws IOException {
    Inode inode = names.get(name);
    if (inode == null) {
      throw new java.nio.file.NoSuchFileException(name);
    }
    return inode;
  }

  @Override
  public List<String> list() {
    return List.copyOf(names.keySet());
  }

  @Override
  public void rename(String from, String to) throws IOException {
    writes(run);
    names.put(to, there(from));
    names.remove(from);
    changed();
  }

  @Override
  public void delete(String name) throws IOException {
    writes(run);
    names.remove(name);
    changed();
  }

  @Override
  public void sync() throws IOException {
    writes(run);
    durableNames = new TreeMap<>(names);
    pendingNames.clear();
  }

  @Override
  public Closeable lock(String name) {
    return () -> {};
  }

  @Override
  public String identity(String name) throws IOException {
    return "folder" + identity + " file" + there(name).id;
  }

  @Override
  public boolean is(String name, String other) throws IOException {
    return identity(name).equals(other);
  }

  @Override
  public boolean hasFolder(String name) {
    return false;
  }

  @Override
  public Folder folder(String name) {
    throw new UnsupportedOperationException();
  }

  /// The bytes of all files, by name.
  Map<String, byte[]> bytes() {
    Map<String, byte[]> all = new HashMap<>();
    names.forEach((name, inode) -> all.put(name, inode.bytes.clone()));
    return all;
  }

  /// Files are the same as when this was called first, whatever replaced them since.
  void restoreIdentities() {
    if (known.isEmpty()) {
      names.forEach((name, inode) -> known.put(name, inode.id));
    }
    known.forEach(
        (name, id) -> {
          Inode inode = names.get(name);
          if (inode != null) {
            inode.id = id;
          }
        });
  }

  void put(String name, byte[] bytes) {
    Inode inode = names.computeIfAbsent(name, key -> new Inode());
    inode.bytes = bytes.clone();
    inode.durable = bytes.clone();
    inode.pending.clear();
  }

  private final class Handle implements StoredFile {
    private final Inode inode;
    private final int of;

    Handle(Inode inode, int of) {
      this.inode = inode;
      this.of = of;
    }

    @Override
    public long size() throws IOException {
      alive(of);
      return inode.bytes.length;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      alive(of);
      int count = (int) Math.clamp(inode.bytes.length - position, 0, into.remaining());
      if (count > 0) {
        into.put(inode.bytes, (int) position, count);
      }
      return count;
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      byte[] bytes = new byte[from.remaining()];
      from.get(bytes);
      IOException failure = null;
      try {
        writes(of);
        if (full && bytes.length > 0) {
          failure = new DiskFullException("no room, as planned", null);
        }
      } catch (Ended e) {
        if (of != run) {
          throw e;
        }
        failure = e;
      } catch (IOException e) {
        failure = e;
      }
      if (failure != null && bytes.length > 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      if (bytes.length > 0) {
        var write = new Write(position, bytes);
        inode.bytes = applied(inode.bytes, write);
        inode.pending.add(write);
      }
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void force() throws IOException {
      try {
        writes(of);
      } catch (IOException e) {
        // What it should have written may be there or not, and no later sync writes it.
        if (of == run) {
          for (Write write : inode.pending) {
            if (random.nextBoolean()) {
              inode.durable = applied(inode.durable, write);
            }
          }
          if (!(e instanceof Ended)) {
            inode.pending.clear();
          }
        }
        throw e;
      }
      for (Write write : inode.pending) {
        inode.durable = applied(inode.durable, write);
      }
      inode.pending.clear();
    }

    @Override
    public void truncate(long size) throws IOException {
      writes(of);
      if (size < inode.bytes.length) {
        var cut = new Write(size, null);
        inode.bytes = applied(inode.bytes, cut);
        inode.pending.add(cut);
      }
    }

    @Override
    public void close() {}
  }
}
