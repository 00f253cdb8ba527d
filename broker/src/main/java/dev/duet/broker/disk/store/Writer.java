package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Writes a log: batches at its end, and the change from one segment to the next.
///
/// Its lock is the store's: held while files are written, by the writer, the thread that syncs and
/// the one in the background; never by readers. It guards the parts: [OpenSegments], [NextSegment],
/// [Healing] (when the disk does not take what is written), [Syncer]. Sealing is [Sealer]'s.
final class Writer {
  private static final int BUFFER = 64 << 10;

  private final ReentrantLock own = new ReentrantLock();
  private final Parts parts;
  private final boolean disk;
  private final RecordBuffer buffer = new RecordBuffer(BUFFER);
  private final OpenSegments open;
  private final NextSegment next;
  private final Healing healing;
  private final Syncer syncer;
  private volatile long last;

  /// @param open segments without an index, in log order
  /// @param last the offset of the log's last record, or 0
  Writer(Parts parts, List<OpenSegment> open, long last) {
    this.parts = parts;
    this.disk = parts.settings().durability() == Durability.DISK;
    this.open = new OpenSegments(parts, open);
    this.next = new NextSegment(parts, own);
    this.healing = new Healing(parts, this.open);
    this.syncer = new Syncer(parts, own, this.open, healing);
    this.last = last;
  }

  /// A start could not write what it must. Before the log is used.
  void startFailed(IOException e) {
    own.lock();
    try {
      healing.startFailed(e);
    } finally {
      own.unlock();
    }
  }

  // ---- batches

  /// See [Store#write].
  Written write(List<StoredRecord> batch) throws IOException {
    own.lock();
    try {
      if (open.isPending() || open.isClosed()) {
        throw new IllegalStateException(
            open.isClosed() ? "the log is closed" : "the batch before is not in the index");
      }
      healing.probe();
      Written written;
      try {
        written = write(batch, writable());
      } catch (IOException e) {
        throw healing.failed(e);
      }
      healing.succeeded();
      return written;
    } finally {
      own.unlock();
    }
  }

  private Written write(List<StoredRecord> batch, OpenSegment to) throws IOException {
    try {
      return tryWrite(batch, to);
    } catch (RuntimeException | Error e) {
      // Out of memory, say: nobody knows what of it is in the file.
      abandon(to, e);
      throw e;
    }
  }

  private Written tryWrite(List<StoredRecord> batch, OpenSegment to) throws IOException {
    List<StoredRecord> records = new ArrayList<>(batch.size());
    long[] positions = new long[batch.size()];
    buffer.cut(0);
    for (int i = 0; i < positions.length; i++) {
      positions[i] = to.end() + buffer.size();
      StoredRecord record = batch.get(i).withFirst(i == 0);
      records.add(record.withLength(parts.codec().encode(record, buffer)));
    }
    try {
      to.write(buffer.view());
    } catch (IOException e) {
      takeBack(to);
      throw e;
    }
    if (disk) {
      try {
        syncer.force(to);
      } catch (IOException e) {
        healing.syncFailed(to);
        open.tryNoteEnds();
        throw e;
      }
    }
    long end = records.getLast().offset();
    Written written = new Written(to.segment(), records, positions);
    to.written(disk ? buffer.view() : buffer.take(BUFFER), end, disk);
    last = end;
    open.wrote(written);
    open.count();
    return written;
  }

  /// Takes a write back that failed in a way that was not foreseen; where that fails in such a way
  /// too, the segment ends.
  private void abandon(OpenSegment from, Throwable why) {
    boolean ended = true;
    try {
      takeBack(from);
      ended = false;
    } catch (RuntimeException | Error e) {
      why.addSuppressed(e);
    } finally {
      if (ended) {
        open.end(from);
      }
    }
  }

  /// Cuts off what a failed write left, and syncs that: else a power loss might bring it back in
  /// the place of what is written there next. Where it cannot be cut the segment ends.
  private void takeBack(OpenSegment from) {
    try {
      from.cutBack();
      try {
        syncer.force(from);
        if (!syncer.isUnderWay(from)) {
          from.synced(from.end());
          open.count();
        }
      } catch (IOException e) {
        healing.syncFailed(from);
      }
    } catch (IOException e) {
      open.end(from);
    }
    open.tryNoteEnds();
  }

  private OpenSegment writable() throws IOException {
    OpenSegment present = open.writable();
    if (present != null) {
      return present;
    }
    open.checkRoom();
    open.noteEnds();
    OpenSegment begun = next.begin(last);
    open.add(begun);
    return begun;
  }

  /// See [Store#index].
  void index(Written written, int from, int to) {
    open.index(written, from, to);
  }

  /// The offset of the last record that was written. Any thread.
  long last() {
    return last;
  }

  /// See [Store#isUnsaved].
  boolean isUnsaved() {
    return open.areUnsaved() || healing.isManifestDue();
  }

  /// See [Store#failing].
  @Nullable Failing failing() {
    return healing.failing();
  }

  // ---- syncs

  /// See [Store#sync].
  void sync() {
    syncer.sync();
  }

  /// See [Store#unsynced].
  long unsynced() {
    return open.unsynced();
  }

  // ---- for the one in the background

  /// Whether it has something to do.
  boolean hasWork() {
    own.lock();
    try {
      return open.isFirstDone() || wantsNext();
    } finally {
      own.unlock();
    }
  }

  private boolean wantsNext() {
    return !next.isReady() && open.isHalfFull();
  }

  /// Makes the next segment ready, if it is time.
  void prepareAhead() throws IOException {
    next.prepareAhead(() -> healing.failing() == null && wantsNext());
  }

  /// The oldest segment to which nothing is added any more, if all of it is synced; or null.
  @Nullable OpenSegment sealable() {
    own.lock();
    try {
      return healing.isSyncFailed() ? null : open.sealable();
    } finally {
      own.unlock();
    }
  }

  /// It has an index now, or had nothing.
  void sealed(OpenSegment segment) {
    own.lock();
    try {
      open.remove(segment);
    } finally {
      own.unlock();
    }
  }

  // ---- the end

  /// Syncs and leaves the mark of a clean stop, if that can be done.
  ///
  /// @param age the log's own clock
  void stop(long age) throws IOException {
    own.lock();
    try {
      open.forgetPending();
      if (healing.isSyncFailed() || !open.areEndsNoted() || open.areUnsaved()) {
        healing.mend();
        open.noteEnds();
      }
    } finally {
      own.unlock();
    }
    sync();
    own.lock();
    try {
      if (open.unsynced() > 0 || healing.isSyncFailed()) {
        throw new IOException("what was written could not be synced");
      }
      parts.catalog().settle();
      parts.catalog().update(manifest -> manifest);
      OpenSegment end = open.last();
      parts.state().stopped(age, end == null ? -1 : end.number(), end == null ? -1 : end.end());
    } finally {
      own.unlock();
    }
  }

  /// Lets go of all files.
  void close() {
    own.lock();
    try {
      open.close();
      next.close();
    } catch (IOException e) {
      parts.say("a file could not be closed: " + IoReason.of(e));
    } finally {
      own.unlock();
    }
  }
}
