package dev.duet.broker.disk.store;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/// What goes wrong on the disk of a [MemoryFolder], until [#heal()], and what was done on it. A
/// disk keeps it when its process is killed; the disk after a power loss begins without any. Any
/// thread.
public final class Faults {
  /// What a disk is asked.
  public enum Operation {
    OPEN,
    READ,
    /// A failed one has written a random part.
    WRITE,
    /// A failed one has written a random part to the disk; what it has not is never written.
    FORCE,
    /// A failed one did nothing, and so with all that follow.
    TRUNCATE,
    /// Of a file or a folder.
    CREATE,
    RENAME,
    DELETE,
    /// Of a folder.
    SYNC
  }

  /// What becomes of the cache when a force fails.
  public enum Pages {
    /// What was written is still read, until the cache is dropped or the power lost.
    KEPT,
    /// What is on the disk is read.
    DROPPED,
    /// One or the other, page by page.
    EITHER
  }

  /// @param forces of files, also those that failed
  /// @param syncs of folders, also those that failed
  /// @param writes calls
  /// @param reads calls
  public record Counts(
      long forces, long syncs, long writes, long bytesWritten, long reads, long bytesRead) {
    /// What was done since.
    public Counts since(Counts before) {
      return new Counts(
          forces - before.forces,
          syncs - before.syncs,
          writes - before.writes,
          bytesWritten - before.bytesWritten,
          reads - before.reads,
          bytesRead - before.bytesRead);
    }
  }

  /// What comes of one operation.
  enum Fate {
    DONE,
    FAILS,
    DIES
  }

  private final MemoryDisk disk;
  private final Map<Operation, Integer> failing = new EnumMap<>(Operation.class);
  private final Map<Operation, Double> luckless = new EnumMap<>(Operation.class);
  private Predicate<String> places = path -> true;
  private Pages pages = Pages.EITHER;
  private long capacity = Long.MAX_VALUE;
  private Runnable beforeForce = () -> {};
  private Set<Operation> deadly = EnumSet.noneOf(Operation.class);
  private long lives;
  private Counts counts = new Counts(0, 0, 0, 0, 0, 0);

  Faults(MemoryDisk disk) {
    this.disk = disk;
  }

  // ---- what a test wants

  /// The next `times` of these fail.
  public void fail(Operation operation, int times) {
    synchronized (disk) {
      failing.put(operation, times);
    }
  }

  /// All of these fail.
  public void fail(Operation operation) {
    fail(operation, Integer.MAX_VALUE);
  }

  /// Each of these fails with this probability.
  public void failSometimes(Operation operation, double probability) {
    synchronized (disk) {
      luckless.put(operation, probability);
    }
  }

  /// Only what is at these paths fails (`memory:/inner/name`), now and later; [#heal()] ends it.
  public void only(Predicate<String> paths) {
    synchronized (disk) {
      places = paths;
    }
  }

  /// What becomes of the cache when a force fails; [Pages#EITHER] unless it is set.
  public void pages(Pages what) {
    synchronized (disk) {
      pages = what;
    }
  }

  /// Room for that many bytes more: the bytes up to a file's end count, also those of a removed
  /// file that is open. What is written in the place of other bytes needs no room.
  public void room(long bytes) {
    synchronized (disk) {
      capacity = disk.allocated() + bytes;
    }
  }

  /// Runs before each force, on its thread, while the disk does other things.
  public void beforeForce(Runnable what) {
    synchronized (disk) {
      beforeForce = what;
    }
  }

  /// The process dies within the n-th (from 1) of these operations from now on, of any that changes
  /// something if none is named: it is done, not done, or in part. See [Killed].
  public void dieIn(int n, Operation... operations) {
    synchronized (disk) {
      deadly =
          operations.length == 0
              ? EnumSet.range(Operation.WRITE, Operation.SYNC)
              : EnumSet.copyOf(List.of(operations));
      lives = n;
    }
  }

  /// The process is dead. See [Killed].
  public void die() {
    synchronized (disk) {
      disk.die();
    }
  }

  /// The cache forgets all that it does not have to write.
  public void dropCaches() {
    synchronized (disk) {
      disk.files(FileNode::dropCache);
    }
  }

  /// Nothing fails from now on, all can be read, and there is room. Damage stays.
  public void heal() {
    synchronized (disk) {
      failing.clear();
      luckless.clear();
      places = path -> true;
      capacity = Long.MAX_VALUE;
      beforeForce = () -> {};
      deadly.clear();
      disk.files(FileNode::makeReadable);
    }
  }

  /// What was done so far.
  public Counts counts() {
    synchronized (disk) {
      return counts;
    }
  }

  /// Files that are open now.
  public int open() {
    synchronized (disk) {
      return disk.openFiles();
    }
  }

  // ---- what the disk asks, under its lock

  Fate next(Operation operation, String path, Random random) {
    if (deadly.contains(operation) && --lives == 0) {
      deadly.clear();
      return Fate.DIES;
    }
    if (!places.test(path)) {
      return Fate.DONE;
    }
    int times = failing.getOrDefault(operation, 0);
    if (times > 0) {
      failing.put(operation, times == Integer.MAX_VALUE ? times : times - 1);
      return Fate.FAILS;
    }
    double probability = luckless.getOrDefault(operation, 0.0);
    return probability > 0 && random.nextDouble() < probability ? Fate.FAILS : Fate.DONE;
  }

  /// Another process begins: it is not to die of what the last one was.
  void born() {
    deadly.clear();
  }

  Pages pages() {
    return pages;
  }

  long room() {
    return capacity - disk.allocated();
  }

  Runnable beforeForce() {
    return beforeForce;
  }

  void count(long forces, long syncs) {
    counts =
        new Counts(
            counts.forces + forces,
            counts.syncs + syncs,
            counts.writes,
            counts.bytesWritten,
            counts.reads,
            counts.bytesRead);
  }

  void countWrite(long bytes) {
    counts =
        new Counts(
            counts.forces,
            counts.syncs,
            counts.writes + 1,
            counts.bytesWritten + bytes,
            counts.reads,
            counts.bytesRead);
  }

  void countRead(long bytes) {
    counts =
        new Counts(
            counts.forces,
            counts.syncs,
            counts.writes,
            counts.bytesWritten,
            counts.reads + 1,
            counts.bytesRead + bytes);
  }
}
