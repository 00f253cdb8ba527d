package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A log as it lies in its folder, for whoever looks at it: nothing is written, and no lock is
/// taken, so that a server may run on it meanwhile. It is the log of one moment; what is written
/// later is not seen. For one thread.
public final class StoredLog implements Closeable {
  private static final int TRIES = 100;
  private static final long CACHE_BYTES = 4L << 20;

  private final Folder folder;
  private final Durability durability;
  private final Manifest manifest;
  private final StateFile.@Nullable Read state;
  private final @Nullable String stateProblem;
  private final List<StoredSegment> segments;

  private StoredLog(
      Folder folder,
      Durability durability,
      Manifest manifest,
      StateFile.@Nullable Read state,
      @Nullable String stateProblem,
      List<StoredSegment> segments) {
    this.folder = folder;
    this.durability = durability;
    this.manifest = manifest;
    this.state = state;
    this.stateProblem = stateProblem;
    this.segments = List.copyOf(segments);
  }

  /// The logs of a data directory, `os` first.
  ///
  /// @throws UnknownFormatException if another version of Duet wrote one
  /// @throws DamagedException if a manifest is damaged
  /// @throws IOException if one cannot be read
  public static List<StoredLog> openAll(Folder data) throws IOException {
    List<StoredLog> logs = new ArrayList<>();
    try {
      for (Durability one : List.of(Durability.OS, Durability.DISK)) {
        if (data.hasFolder(one.text())) {
          Folder folder = data.folder(one.text());
          if (!folder.list().isEmpty()) {
            logs.add(open(folder, one));
          }
        }
      }
    } catch (IOException e) {
      for (StoredLog log : logs) {
        log.close();
      }
      throw e;
    }
    return logs;
  }

  /// Opens what its manifest lists. While files that it lists are gone, because others took their
  /// place, the manifest is read again.
  static StoredLog open(Folder folder, Durability durability) throws IOException {
    var file = new ManifestFile(folder);
    Manifest manifest = read(file, durability);
    List<String> troubles = List.of();
    for (int i = 0; i < TRIES; i++) {
      StoredLog log = open(folder, durability, manifest);
      if (log.segments.stream().noneMatch(StoredSegment::isIncomplete)) {
        return log;
      }
      troubles =
          log.segments.stream()
              .flatMap(one -> one.troubles().stream())
              .map(one -> one.file() + " " + one.what())
              .toList();
      Manifest before = manifest;
      manifest = read(file, durability);
      if (manifest.equals(before)) {
        return log;
      }
      log.close();
    }
    throw new IOException(
        "the log '"
            + durability.text()
            + "' changes faster than it can be opened, try again; last: "
            + troubles);
  }

  private static Manifest read(ManifestFile file, Durability durability) throws IOException {
    try {
      return file.read();
    } catch (UnknownFormatException e) {
      throw new UnknownFormatException(durability.text() + "/" + e.getMessage());
    } catch (DamagedException e) {
      throw new DamagedException(durability.text() + "/" + e.getMessage());
    } catch (IOException e) {
      throw new IOException(durability.text() + "/manifest cannot be read: " + IoReason.of(e), e);
    }
  }

  private static StoredLog open(Folder folder, Durability durability, Manifest manifest)
      throws UnknownFormatException {
    StateFile.Read state = null;
    String stateProblem = null;
    try {
      state = new StateFile(folder).read();
    } catch (UnknownFormatException e) {
      throw new UnknownFormatException(durability.text() + "/" + e.getMessage());
    } catch (IOException e) {
      stateProblem = "state cannot be read: " + IoReason.of(e);
    }
    StateFile.State mark =
        state != null && state.own() && state.state().clean() ? state.state() : null;
    var cache = new BlockCache(CACHE_BYTES);
    // The last one first: where that has something the ones before it are complete.
    List<StoredSegment> segments = new ArrayList<>();
    for (Manifest.Entry entry : manifest.segments().reversed()) {
      long end = mark != null && mark.number() == entry.number() ? mark.bytes() : -1;
      segments.add(StoredSegment.open(folder, manifest.salt(), entry, end, cache));
    }
    Collections.reverse(segments);
    return new StoredLog(folder, durability, manifest, state, stateProblem, segments);
  }

  Folder folder() {
    return folder;
  }

  /// Which of the logs of its directory it is.
  public Durability durability() {
    return durability;
  }

  /// Which files make it, and what is known beside its records, as of when it was opened.
  public Manifest manifest() {
    return manifest;
  }

  StateFile.@Nullable Read state() {
    return state;
  }

  /// Why the state file cannot be read, or null.
  @Nullable String stateProblem() {
    return stateProblem;
  }

  /// How its last run ended.
  public enum Condition {
    /// It was stopped, and everything is synced.
    STOPPED,
    /// A server runs on it, or it ended without a stop.
    IN_USE,
    /// It is a backup.
    BACKUP,
    /// It is a copy of another folder.
    COPY,
    /// Nobody knows.
    UNKNOWN
  }

  /// How its last run ended.
  public Condition condition() {
    if (state == null) {
      return Condition.UNKNOWN;
    }
    if (state.backup()) {
      return Condition.BACKUP;
    }
    if (!state.own()) {
      return Condition.COPY;
    }
    return state.state().clean() ? Condition.STOPPED : Condition.IN_USE;
  }

  /// In log order.
  public List<StoredSegment> segments() {
    return segments;
  }

  /// Whether the files are those that the manifest still lists.
  boolean isCurrent() throws IOException {
    return read(new ManifestFile(folder), durability).equals(manifest);
  }

  @Override
  public void close() throws IOException {
    for (StoredSegment one : segments) {
      one.close();
    }
  }
}
