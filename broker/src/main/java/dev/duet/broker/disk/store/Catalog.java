package dev.duet.broker.disk.store;

import dev.duet.broker.LogIds;
import java.io.IOException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The manifest as it is on disk, and the numbers of files. Any thread; a change waits for the
/// disk.
///
/// When a change fails nobody knows which manifest a start would find. So a number is given once in
/// a run, and files that only one of the two names are deleted after the next change that succeeds.
final class Catalog {
  private final ReentrantLock lock = new ReentrantLock();
  private final Folder folder;
  private final ManifestFile file;
  private final LongSupplier position;
  private final Set<String> discarded = new HashSet<>();
  private volatile Manifest current;
  private volatile @Nullable LogIds provisional;
  private long number;
  private boolean certain;

  /// @param current as it is on disk, or as it should be
  /// @param certain whether it is on disk
  /// @param number the largest that any file has
  /// @param position the log's position, to be noted with every change
  Catalog(Folder folder, Manifest current, boolean certain, long number, LongSupplier position) {
    this.folder = folder;
    this.file = new ManifestFile(folder);
    this.current = current;
    this.certain = certain;
    this.number = Math.max(number, current.lastNumber());
    this.position = position;
  }

  Manifest current() {
    return current;
  }

  /// The log's ids as they are told: those of the manifest, or [#provisional] ones.
  LogIds ids() {
    LogIds own = provisional;
    return own == null ? current.ids() : own;
  }

  /// Ids under which a start tells what it could not copy or write down. They are not the log's own
  /// until that is [#settle]d: whoever was told something that is gone by then comes with another
  /// id than the log's.
  void provisional(LogIds ids) {
    provisional = ids;
  }

  /// All that was told is written down: its ids are the log's.
  void settle() throws IOException {
    LogIds own = provisional;
    if (own != null) {
      update(manifest -> manifest.withIds(own));
      provisional = null;
    }
  }

  /// Writes it again if the last change failed: as long as that cannot be done no file that is
  /// given up is deleted.
  void ascertain() throws IOException {
    lock.lock();
    try {
      if (!certain) {
        update(manifest -> manifest);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Whether the disk has what [#current()] says.
  boolean isCertain() {
    lock.lock();
    try {
      return certain;
    } finally {
      lock.unlock();
    }
  }

  /// Changes it, on disk first.
  ///
  /// @throws IOException if it failed; [#current()] is as it was, the disk may have either
  void update(UnaryOperator<Manifest> change) throws IOException {
    lock.lock();
    try {
      Manifest next = change.apply(current).withPosition(position.getAsLong());
      certain = false;
      file.write(next);
      certain = true;
      current = next;
      deleteDiscarded();
    } finally {
      lock.unlock();
    }
  }

  /// Changes it in memory alone; the next [#update] writes it down.
  void assume(UnaryOperator<Manifest> change) {
    lock.lock();
    try {
      current = change.apply(current);
      certain = false;
    } finally {
      lock.unlock();
    }
  }

  /// A number that no file has.
  long nextNumber() {
    lock.lock();
    try {
      return ++number;
    } finally {
      lock.unlock();
    }
  }

  /// Deletes the files of a number as soon as it is sure that no manifest names them.
  void discard(long ofNumber) {
    lock.lock();
    try {
      discarded.add(SegmentHeader.logName(ofNumber));
      discarded.add(SegmentHeader.indexName(ofNumber));
      if (certain) {
        deleteDiscarded();
      }
    } finally {
      lock.unlock();
    }
  }

  private void deleteDiscarded() {
    current
        .segments()
        .forEach(
            one -> {
              discarded.remove(SegmentHeader.logName(one.number()));
              discarded.remove(SegmentHeader.indexName(one.number()));
            });
    for (Iterator<String> names = discarded.iterator(); names.hasNext(); ) {
      try {
        folder.delete(names.next());
        names.remove();
      } catch (IOException e) {
        // Tried again after the next change, and at the next start.
        continue;
      }
    }
  }
}
