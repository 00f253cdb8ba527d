package dev.duet.broker.disk;

import dev.duet.broker.Broker;
import dev.duet.broker.Capabilities;
import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.Folder;
import dev.duet.broker.disk.store.IoReason;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The logs of one data directory: one for each durability that its namespaces use, `os` and
/// `disk`, in this order. Whoever owns it calls [#tick()] every second or so.
public final class DiskBroker implements Broker {
  private static final int READERS = 4;

  private final DiskSettings settings;
  private final Closeable lock;
  private final List<DiskLog> logs;
  private final Workers workers;

  private DiskBroker(DiskSettings settings, Closeable lock, List<DiskLog> logs, Workers workers) {
    this.settings = settings;
    this.lock = lock;
    this.logs = List.copyOf(logs);
    this.workers = workers;
  }

  /// Opens the logs of a data directory, or makes them. Blocks: it reads files.
  ///
  /// @throws UnusableDirectoryException if it cannot be used: another server has it, it cannot be
  ///     written, it is no directory
  public static DiskBroker open(DiskSettings settings) {
    prepare(settings.directory());
    try {
      return open(settings, DiskFolder.open(settings.directory()));
    } catch (IOException e) {
      throw new UnusableDirectoryException(
          settings.directory(), "cannot be used: " + IoReason.of(e), e);
    }
  }

  private static DiskBroker open(DiskSettings settings, Folder folder) throws IOException {
    ExecutorService io = threads("duet-log-read", READERS);
    ExecutorService background = threads("duet-log-background", 2);
    try {
      return open(settings, folder, new Workers(io, background, DiskBroker::committers));
    } catch (IOException | RuntimeException e) {
      io.shutdown();
      background.shutdown();
      throw e;
    }
  }

  /// Who does the work of the logs.
  ///
  /// @param io runs what reads files, and may block
  /// @param background runs what nobody waits for
  /// @param committers says when what waits in a log is committed
  record Workers(Executor io, Executor background, Committers committers) {}

  /// Makes what commits a log.
  @FunctionalInterface
  interface Committers {
    /// Begins at once.
    Commits of(DiskLog log, DiskSettings settings);
  }

  private static Commits committers(DiskLog log, DiskSettings settings) {
    var threads = new LogThreads(log, settings);
    threads.start();
    return threads;
  }

  static DiskBroker open(DiskSettings settings, Folder folder, Workers workers) throws IOException {
    Closeable lock = lock(settings, folder);
    var logs = new ArrayList<DiskLog>();
    try {
      var opening = new Opening(settings, workers.io(), workers.background());
      for (Durability one : List.of(Durability.OS, Durability.DISK)) {
        boolean used = uses(settings, one);
        if (used || folder.hasFolder(one.text())) {
          Folder its = folder.folder(one.text());
          if (its.list().isEmpty()) {
            folder.sync();
          }
          DiskLog log = opening.open(its, one);
          if (used) {
            logs.add(log);
          } else {
            log.close();
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      logs.forEach(log -> log.store().close());
      lock.close();
      throw e;
    }
    logs.forEach(log -> log.start(workers.committers().of(log, settings)));
    return new DiskBroker(settings, lock, logs, workers);
  }

  private static Closeable lock(DiskSettings settings, Folder folder) throws IOException {
    Closeable lock = folder.lock("lock");
    if (lock == null) {
      throw new UnusableDirectoryException(
          settings.directory(),
          "is used by another server, which has locked its file 'lock': stop that one, or use"
              + " another",
          null);
    }
    return lock;
  }

  private static boolean uses(DiskSettings settings, Durability durability) {
    return settings.namespaces().list().stream()
        .anyMatch(
            one -> one.durability() == durability && one.retention().mode() != Retention.Mode.NONE);
  }

  private static ExecutorService threads(String name, int count) {
    return Executors.newFixedThreadPool(
        count, Thread.ofPlatform().name(name + "-", 1).daemon().factory());
  }

  private static void prepare(Path directory) {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new UnusableDirectoryException(
          directory, "is a file; it must be a directory, or not there yet", null);
    }
    try {
      if (Files.isSymbolicLink(directory) && Files.notExists(directory)) {
        throw new UnusableDirectoryException(
            directory,
            "is a link to "
                + Files.readSymbolicLink(directory)
                + ", which is not there: make that directory, or name another",
            null);
      }
      DiskFolder.make(directory.toAbsolutePath());
    } catch (AccessDeniedException e) {
      throw new UnusableDirectoryException(
          directory, "cannot be made: this user may not " + denied(directory.toAbsolutePath()), e);
    } catch (IOException e) {
      throw new UnusableDirectoryException(directory, "cannot be made: " + IoReason.of(e), e);
    }
    if (isReadOnly(directory)) {
      throw new UnusableDirectoryException(
          directory, "cannot be used: its file system is mounted for reading only", null);
    }
    if (!Files.isWritable(directory) || !Files.isReadable(directory)) {
      throw new UnusableDirectoryException(
          directory, "cannot be used: this user may not read and write it", null);
    }
  }

  /// Where nothing is told of the file system (a container without a table of mounts) it counts as
  /// writable: if it is not, that is found soon.
  private static boolean isReadOnly(Path directory) {
    try {
      return Files.getFileStore(directory).isReadOnly();
    } catch (IOException e) {
      return false;
    }
  }

  /// What the user may not do with the nearest directory above that is there.
  private static String denied(Path directory) {
    Path there = directory.getParent();
    while (there != null && there.getParent() != null && !Files.isDirectory(there)) {
      there = there.getParent();
    }
    if (there == null) {
      return "make it";
    }
    if (!Files.isExecutable(there)) {
      return "enter " + there;
    }
    return (Files.isWritable(there) ? "read " : "write to ") + there;
  }

  @Override
  public List<Log> logs() {
    return List.copyOf(logs);
  }

  /// The log of the channel's durability; the first one for a channel that lives in memory.
  @Override
  public int logOf(String channel) {
    Durability wanted = settings.namespaces().wantedDurability(channel);
    for (int i = 0; i < logs.size(); i++) {
      if (logs.get(i).durability() == wanted) {
        return i;
      }
    }
    return 0;
  }

  @Override
  public Namespaces namespaces() {
    return settings.namespaces();
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(false, true);
  }

  /// Lets go what is too old, a bounded amount; whether more is due.
  public boolean tick() {
    boolean more = false;
    for (DiskLog log : logs) {
      more |= log.tick();
    }
    return more;
  }

  /// Commits what is under way, syncs, and leaves the mark of a clean stop.
  ///
  /// A thread that is interrupted waits for that as well: an interrupt would close the files that
  /// it writes ([java.nio.channels.FileChannel]).
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    try {
      stop();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void stop() {
    logs.forEach(DiskLog::close);
    for (Executor one : List.of(workers.io(), workers.background())) {
      if (one instanceof ExecutorService service) {
        service.shutdown();
      }
    }
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
