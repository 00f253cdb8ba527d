package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import dev.duet.broker.disk.store.StateFile.State;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Copies a log while a server may run on it. The copy is the log of one moment: of files that do
/// not change any more it has links where the file system has them, of the others the records up to
/// then.
public final class LogBackup {
  private static final int TRIES = 100;
  private static final String INCOMPLETE = ".incomplete";

  private final DiskFolder from;
  private final DiskFolder to;
  private final boolean link;
  private final InstantSource wall;

  /// @param from a data directory
  /// @param to an empty directory
  /// @param link whether files may be links, which take no room as long as the original is there
  public LogBackup(DiskFolder from, DiskFolder to, boolean link, InstantSource wall) {
    this.from = from;
    this.to = to;
    this.link = link;
    this.wall = wall;
  }

  /// What was copied of one log.
  ///
  /// @param log its name, `os` or `disk`
  /// @param id its id, which ends in a server that starts on the copy
  /// @param last the offset of the last record
  /// @param files how many files
  /// @param linked how many of them are links
  /// @param bytes of all files
  public record Copied(String log, String id, long last, int files, int linked, long bytes) {}

  /// Copies all logs. What is there in the middle of it is not taken for a log by a server.
  ///
  /// @throws IOException if it failed; what was made of it is gone, as far as that is possible
  public List<Copied> run() throws IOException {
    List<Copied> all = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<String> made = new ArrayList<>();
    try {
      for (StoredLog log : StoredLog.openAll(from)) {
        String name = log.durability().text();
        log.close();
        names.add(name);
        made.add(name + INCOMPLETE);
        all.add(copy(name));
      }
      for (String name : names) {
        to.renameFolder(name + INCOMPLETE, name);
        made.add(name);
      }
      to.sync();
    } catch (IOException | RuntimeException e) {
      for (String name : made) {
        try {
          to.deleteFolder(name);
        } catch (IOException also) {
          e.addSuppressed(also);
        }
      }
      throw e;
    }
    return all;
  }

  private Copied copy(String name) throws IOException {
    var durability = Durability.OS.text().equals(name) ? Durability.OS : Durability.DISK;
    for (int i = 0; i < TRIES; i++) {
      DiskFolder target = to.folder(name + INCOMPLETE);
      try (StoredLog log = StoredLog.open(from.folder(name), durability)) {
        var copy = new Copy(from.folder(name), target, link);
        if (copy.sealed(log) && log.isCurrent()) {
          return copy.rest(log, wall);
        }
      }
      to.deleteFolder(name + INCOMPLETE);
    }
    throw new IOException("the log '" + name + "' changes faster than it can be copied; try again");
  }

  /// One try.
  private static final class Copy {
    private final DiskFolder source;
    private final DiskFolder target;
    private final boolean link;
    private int files;
    private int linked;
    private long bytes;

    Copy(DiskFolder source, DiskFolder target, boolean link) {
      this.source = source;
      this.target = target;
      this.link = link;
    }

    /// Copies what does not change any more; whether all of it was there.
    boolean sealed(StoredLog log) throws IOException {
      for (StoredSegment one : log.segments()) {
        if (one.entry().sealed()) {
          try {
            file(SegmentHeader.logName(one.entry().number()));
            if (one.sealed() != null) {
              file(SegmentHeader.indexName(one.entry().number()));
            }
          } catch (NoSuchFileException e) {
            if (log.isCurrent()) {
              throw new IOException(
                  "a file of the log is missing, 'duet log verify' says more: " + IoReason.of(e),
                  e);
            }
            return false;
          }
        }
      }
      return true;
    }

    private void file(String name) throws IOException {
      boolean isLink = source.copy(name, target, link);
      files++;
      linked += isLink ? 1 : 0;
      try (StoredFile copied = target.open(name, !isLink)) {
        bytes += copied.size();
        if (!isLink) {
          copied.force();
        }
      }
    }

    /// Copies what is written, and puts manifest and state beside it.
    Copied rest(StoredLog log, InstantSource wall) throws IOException {
      long last = log.manifest().position();
      List<Manifest.Entry> entries = new ArrayList<>();
      for (StoredSegment one : log.segments()) {
        if (one.entry().sealed()) {
          entries.add(one.entry());
          last = Math.max(last, one.entry().last());
        } else if (!one.isReady()) {
          last = Math.max(last, open(one));
          // Where it had an index once, records at its end may have been let go.
          long to = one.entry().last();
          entries.add(Manifest.Entry.open(one.entry().number(), one.base()).lastingTo(to));
        }
      }
      target.sync();
      StateFile.Read state = log.state();
      long now = wall.millis();
      new StateFile(target)
          .writeBackup(
              state == null
                  ? new State(StateFile.NO_BOOT, false, now, 0, -1, -1)
                  : new State(
                      StateFile.NO_BOOT, false, state.state().wall(), state.state().age(), -1, -1));
      new ManifestFile(target).write(log.manifest().withSegments(entries));
      String id = log.manifest().ids().current();
      return new Copied(log.durability().text(), id, last, files, linked, bytes);
    }

    /// @return the offset of its last record
    private long open(StoredSegment one) throws IOException {
      RecordScanner scanner = one.scan();
      if (scanner == null) {
        throw new IOException(one.troubles().toString());
      }
      long last = one.base();
      long end = SegmentHeader.BYTES;
      for (var record = scanner.next(); record != null; record = scanner.next()) {
        last = record.offset();
        end = scanner.position() + record.length();
      }
      try (StoredFile file = target.create(SegmentHeader.logName(one.entry().number()))) {
        one.copy(end, file);
        file.force();
      }
      files++;
      bytes += end;
      return last;
    }
  }
}
