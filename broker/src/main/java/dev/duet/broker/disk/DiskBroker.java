package dev.duet.broker.disk;

import dev.duet.broker.Broker;
import dev.duet.broker.Capabilities;
import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The logs of one data directory: one for each durability that its namespaces use, `os` and
/// `disk`, in this order. Whoever owns it calls [#tick()] every second or so.
public final class DiskBroker implements Broker {
  private final DiskSettings settings;
  private final List<Log> logs;

  private DiskBroker(DiskSettings settings, List<Log> logs) {
    this.settings = settings;
    this.logs = logs;
  }

  /// Opens the logs of a data directory, or makes them. Blocks: it reads files.
  ///
  /// @throws UnusableDirectoryException if it cannot be used: another server has it, it cannot be
  ///     written, it is no directory
  public static DiskBroker open(DiskSettings settings) {
    prepare(settings.directory());
    throw new UnsupportedOperationException("the log on disk is not there yet");
  }

  private static void prepare(Path directory) {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new UnusableDirectoryException(
          directory, "is a file; it must be a directory, or not there yet", null);
    }
    try {
      Files.createDirectories(directory);
    } catch (AccessDeniedException e) {
      throw new UnusableDirectoryException(
          directory, "cannot be made: this user may not write to " + e.getFile(), e);
    } catch (IOException e) {
      throw new UnusableDirectoryException(directory, "cannot be made: " + e, e);
    }
    if (!Files.isWritable(directory) || !Files.isReadable(directory)) {
      throw new UnusableDirectoryException(
          directory, "cannot be used: this user may not read and write it", null);
    }
  }

  @Override
  public List<Log> logs() {
    return logs;
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
    return false;
  }

  /// Commits what waits, syncs, and leaves the mark of a clean stop.
  @Override
  public void close() {}
}
