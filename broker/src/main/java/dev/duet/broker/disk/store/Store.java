package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The files of one log: writes batches at its end, gives out its segments, survives what disks do.
///
/// Threads: [#write] and [#index] are called by one thread, the writer, in turns. [#sync] by one
/// other. [#replace] and [#output] by one, the compactor. The rest by any. All but [#snapshot],
/// [#manifest], [#failing] and [#unsynced] may wait for the disk; `index` does not.
///
/// Locks, the outer one first: the store's own (held while files are written, never by readers),
/// then the log's, which is handed in and held for changes in memory alone.
public final class Store implements Closeable {
  private Store() {}

  /// Opens the log of a folder, or makes a new one. Never refuses because of damage: what is
  /// unreadable becomes a hole, and is said. Where the disk is full it opens [#failing()].
  ///
  /// @param lock the log's; guards indexes in memory
  /// @throws IOException if the folder cannot be read, or a new log not be made
  public static Store open(Folder folder, StoreSettings settings, ReentrantLock lock)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /// What the start found.
  public Recovered recovered() {
    throw new UnsupportedOperationException();
  }

  /// Ids, epochs, floors, holes as they are now.
  public Manifest manifest() {
    throw new UnsupportedOperationException();
  }

  /// Notes the epochs of the directory, if they are others than before; to be called after opening,
  /// before the log is used. The log's position is at least the offset of the last one.
  ///
  /// @param floors raised with it, see [Change#floors()]
  /// @throws IOException if it could not be written down
  public void epochs(List<Epoch> epochs, Map<String, Long> floors) throws IOException {
    throw new UnsupportedOperationException();
  }

  // ---- reading

  /// The segments as they are now, retained.
  public Snapshot snapshot() {
    throw new UnsupportedOperationException();
  }

  /// Bytes of all files.
  public long bytes() {
    throw new UnsupportedOperationException();
  }

  // ---- writing

  /// Writes a batch at the end of the log; at `DISK` it is synced when this returns. Readers see
  /// nothing of it before [#index]. On failure nothing of it is in the log, and the log is failing:
  /// for a second every call is refused with the same, the next one tries to heal it first.
  ///
  /// @param batch in log order, after everything that was written; `first` and `length` are set
  ///     here
  /// @throws DiskFullException if there is no room
  /// @throws IOException if it failed otherwise
  public Written write(List<StoredRecord> batch) throws IOException {
    throw new UnsupportedOperationException();
  }

  /// Puts what was written into the index of its segment. Under the log's lock.
  public void index(Written written) {
    throw new UnsupportedOperationException();
  }

  /// Syncs what was written and is not synced yet, and heals what is failing. To be called every
  /// second, and when 16 MiB wait. Never throws: a failure is [#failing()], and told.
  public void sync() {
    throw new UnsupportedOperationException();
  }

  /// Bytes that are written and kept in memory because they are not synced; 0 at `DISK`.
  public long unsynced() {
    throw new UnsupportedOperationException();
  }

  /// Why the log cannot be written, or null.
  public @Nullable Failing failing() {
    throw new UnsupportedOperationException();
  }

  // ---- rewriting

  /// Begins a segment that will take the place of others.
  ///
  /// @param base every record's offset is larger
  public SegmentOutput output(long base) throws IOException {
    throw new UnsupportedOperationException();
  }

  /// Puts `news` in the place of `old`, all at once: readers of a later [#snapshot] see the new
  /// ones, those of an earlier one go on with the old, whose files go with the last of them. All
  /// that was written before is synced first.
  ///
  /// @param old neighbours, as [#snapshot] has them, all of them sealed, at least one
  /// @param news in log order, each one finished by this; none drops `old`
  /// @param change written down with it
  /// @throws IOException if it failed, or the log is failing: nothing has changed, the outputs are
  ///     gone
  public void replace(List<Segment> old, List<SegmentOutput> news, Change change)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /// Syncs everything and leaves the mark of a clean stop, then lets go of all files.
  ///
  /// @param age the log's own clock, milliseconds
  public void close(long age) {
    throw new UnsupportedOperationException();
  }

  /// Lets go of all files as they are, without a mark: as if the process ended here.
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
