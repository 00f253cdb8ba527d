package dev.duet.broker.disk.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A file on a [MemoryDisk], under its lock: what a process sees of it, what a power loss cannot
/// take, and the edits between the two.
final class FileNode implements Node {
  private static final int PAGE = 4096;

  private final long id;
  private final Bytes synced;
  private Bytes current;
  private final List<Unsynced.Edit> edits = new ArrayList<>();
  private final List<Range> unreadable = new ArrayList<>();
  private long edited;
  private int handles;
  private boolean linked = true;

  private record Range(long start, long end) {}

  FileNode(long id) {
    this(id, new Bytes());
  }

  private FileNode(long id, Bytes content) {
    this.id = id;
    this.synced = content;
    this.current = content.copy();
  }

  @Override
  public long id() {
    return id;
  }

  Bytes content() {
    return current;
  }

  // ---- who holds it

  void opened() {
    handles++;
  }

  void closed() {
    handles--;
  }

  void unlinked() {
    linked = false;
  }

  /// Whether its bytes can be used again.
  boolean isGone() {
    return !linked && handles == 0;
  }

  void allClosed() {
    handles = 0;
  }

  // ---- what a process does

  void write(int position, byte[] bytes) {
    add(new Unsynced.Write(++edited, position, bytes));
  }

  void resize(int size) {
    add(new Unsynced.Resize(++edited, size));
  }

  private void add(Unsynced.Edit edit) {
    edit.apply(current);
    edits.add(edit);
  }

  /// The last edit so far.
  long edited() {
    return edited;
  }

  /// The edits up to `last` survive everything from now on.
  void sync(long last) {
    List<Unsynced.Edit> done = upTo(last);
    for (Unsynced.Edit edit : done) {
      edit.apply(synced);
    }
    done.clear();
  }

  /// A sync of the edits up to `last` fails: some of them are on the disk, as after a power loss;
  /// what is not never gets there. The cache keeps each page or takes what is on the disk.
  void failSync(long last, Random random, Faults.Pages pages) {
    List<Unsynced.Edit> done = upTo(last);
    Bytes onDisk = Unsynced.survivors(random, synced, done);
    synced.resize(onDisk.size());
    synced.take(onDisk, 0, onDisk.size());
    done.clear();
    Bytes fresh = disk();
    for (int at = 0; at < current.size(); at += PAGE) {
      boolean kept =
          switch (pages) {
            case KEPT -> true;
            case DROPPED -> false;
            case EITHER -> random.nextBoolean();
          };
      if (!kept) {
        current.take(fresh, at, at + PAGE);
      }
    }
  }

  /// The cache forgets what it does not have to write.
  void dropCache() {
    current = disk();
  }

  /// What is on the disk when all that is to be written is.
  private Bytes disk() {
    Bytes content = synced.copy();
    for (Unsynced.Edit edit : edits) {
      edit.apply(content);
    }
    return content;
  }

  private List<Unsynced.Edit> upTo(long last) {
    int count = edits.size();
    while (count > 0 && edits.get(count - 1).number() > last) {
      count--;
    }
    return edits.subList(0, count);
  }

  // ---- what happens to it

  /// Other bytes are there than were written, on the disk and in the cache.
  void damage(int position, byte[] bytes) {
    if (position < 0 || position + bytes.length > current.size()) {
      throw new IllegalArgumentException(
          "no bytes at " + position + ", the file has " + current.size());
    }
    current.put(position, bytes, 0, bytes.length);
    synced.put(position, bytes, 0, Math.min(bytes.length, synced.size() - position));
    for (Unsynced.Edit edit : edits) {
      if (edit instanceof Unsynced.Write write) {
        int start = Math.max(position, write.position());
        int count = Math.min(position + bytes.length, write.end()) - start;
        if (count > 0) {
          System.arraycopy(bytes, start - position, write.bytes(), start - write.position(), count);
        }
      }
    }
  }

  void makeUnreadable(long start, long end) {
    unreadable.add(new Range(start, end));
  }

  void makeReadable() {
    unreadable.clear();
  }

  boolean isUnreadable(long start, long end) {
    return unreadable.stream().anyMatch(range -> range.start() < end && start < range.end());
  }

  @Override
  public FileNode crashed(Random random) {
    var node = new FileNode(id, Unsynced.survivors(random, synced, edits));
    node.unreadable.addAll(unreadable);
    return node;
  }

  @Override
  public FileNode copied(Ids ids) {
    return new FileNode(ids.next(), current.copy());
  }
}
