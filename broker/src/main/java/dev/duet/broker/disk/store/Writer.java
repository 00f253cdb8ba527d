package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Writes a log: batches at its end, the change from one segment to the next, syncs, and what is
/// done when the disk does not take them.
///
/// Its lock is the store's: held while files are written, by the writer, the thread that syncs and
/// the one in the background; never by readers. Sealing is [Sealer]'s.
final class Writer {
  /// How long everything is refused after a failure, before the disk is tried again.
  static final long PROBE_NANOS = 1_000_000_000;

  /// Full segments that may wait for their index before publishing stops: about 16 MB of memory
  /// each.
  private static final int MOST_WAITING = 8;

  private static final int BUFFER = 64 << 10;

  private final ReentrantLock own = new ReentrantLock();
  private final Condition isPrepared = own.newCondition();
  private final ReentrantLock syncing = new ReentrantLock();
  private final Parts parts;
  private final StoreSettings settings;
  private final boolean disk;
  private final RecordBuffer buffer = new RecordBuffer(BUFFER);

  /// Segments without an index on disk, in log order; the last one is written to, unless it is
  /// full.
  private final List<OpenSegment> open;

  private @Nullable Prepared prepared;
  private boolean preparing;
  private volatile @Nullable Failing failing;
  private volatile long unsynced;
  private volatile long last;
  private boolean syncFailed;
  private boolean manifestDue;
  private boolean endsNoted = true;
  private volatile @Nullable Written pending;
  private boolean closed;

  /// A segment that was made ready ahead: an empty file that the manifest names.
  private record Prepared(long number, StoredFile file) {}

  /// @param last the offset of the log's last record, or 0
  Writer(Parts parts, List<OpenSegment> open, long last) {
    this.parts = parts;
    this.settings = parts.settings();
    this.disk = settings.durability() == Durability.DISK;
    this.open = new ArrayList<>(open);
    this.last = last;
  }

  // ---- batches

  /// See [Store#write].
  Written write(List<StoredRecord> batch) throws IOException {
    own.lock();
    try {
      if (pending != null || closed) {
        throw new IllegalStateException(
            closed ? "the log is closed" : "the batch before is not in the index");
      }
      probe();
      Written written;
      try {
        written = write(batch, writable());
      } catch (IOException e) {
        throw failed(e);
      }
      if (failing != null) {
        healed();
      }
      pending = written;
      return written;
    } finally {
      own.unlock();
    }
  }

  private Written write(List<StoredRecord> batch, OpenSegment to) throws IOException {
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
      to.cutBack(disk);
      endsNoted &= !to.isEnded();
      tryNoteEnds();
      throw e;
    }
    if (disk) {
      try {
        force(to);
      } catch (IOException e) {
        syncFailed(to);
        tryNoteEnds();
        throw e;
      }
    }
    to.written(disk ? buffer.view() : buffer.take(BUFFER), records.getLast().offset(), disk);
    last = records.getLast().offset();
    count();
    return new Written(to.segment(), records, positions);
  }

  /// See [Store#index].
  void index(Written written) {
    for (int i = 0; i < written.positions.length; i++) {
      written.segment.index(written.batch.get(i), written.positions[i]);
    }
    pending = null;
  }

  /// The offset of the last record that was written.
  long last() {
    return last;
  }

  private void count() {
    long bytes = 0;
    for (OpenSegment one : open) {
      bytes += one.unsyncedBytes();
    }
    unsynced = bytes;
  }

  long unsynced() {
    return unsynced;
  }

  // ---- segments

  private OpenSegment writable() throws IOException {
    if (!open.isEmpty() && !open.getLast().isFull(settings.limits())) {
      return open.getLast();
    }
    if (open.size() > MOST_WAITING) {
      throw new IOException(
          "the indexes of " + open.size() + " full segments could not be written yet");
    }
    noteEnds();
    Prepared next = prepared();
    var header = new SegmentHeader(next.number, parts.catalog().current().salt(), last);
    next.file.write(header.encode(), 0);
    var added = OpenSegment.begin(parts, next.number, last, next.file);
    open.add(added);
    prepared = null;
    parts.lists().replace(List.of(), List.of(added.segment()));
    return added;
  }

  /// Whether the one in the background has something to do.
  boolean hasWork() {
    own.lock();
    try {
      return !closed
          && (open.size() > 1 || open.size() == 1 && open.getLast().isEnded() || wantsNext());
    } finally {
      own.unlock();
    }
  }

  private boolean wantsNext() {
    return prepared == null && !open.isEmpty() && open.getLast().isHalfFull(settings.limits());
  }

  /// Makes the next segment ready, if it is time. In the background.
  void prepareAhead() throws IOException {
    own.lock();
    try {
      if (closed || preparing || failing != null || !wantsNext()) {
        return;
      }
      preparing = true;
    } finally {
      own.unlock();
    }
    Prepared made = null;
    try {
      made = prepare();
    } finally {
      own.lock();
      preparing = false;
      prepared = made;
      isPrepared.signalAll();
      own.unlock();
    }
  }

  private Prepared prepared() throws IOException {
    while (preparing) {
      isPrepared.awaitUninterruptibly();
    }
    Prepared ready = prepared;
    if (ready == null) {
      ready = prepare();
      prepared = ready;
    }
    return ready;
  }

  /// An empty file, and the manifest that names it.
  private Prepared prepare() throws IOException {
    long number = parts.catalog().nextNumber();
    StoredFile file = parts.folder().create(SegmentHeader.logName(number));
    try {
      parts.folder().sync();
      parts.catalog().update(manifest -> manifest.withSegment(Manifest.Entry.open(number, -1)));
      return new Prepared(number, file);
    } catch (IOException e) {
      file.close();
      parts.catalog().discard(number);
      throw e;
    }
  }

  /// Says it at once, because what is behind the end is refused now and may still be in the file.
  private void tryNoteEnds() {
    try {
      noteEnds();
    } catch (IOException e) {
      parts.say("the end of what is written could not be written down: " + e.getMessage());
    }
  }

  /// Says in the manifest where segments end that were not ended by their last record.
  private void noteEnds() throws IOException {
    if (!endsNoted) {
      parts
          .catalog()
          .update(
              manifest -> {
                Manifest noted = manifest;
                for (OpenSegment one : open) {
                  Manifest.Entry entry = noted.entry(one.number());
                  if (one.isEnded() && entry != null) {
                    noted = noted.withEntry(entry.endedAt(one.end()));
                  }
                }
                return noted;
              });
      endsNoted = true;
    }
  }

  /// The oldest segment to which nothing is added any more, if all of it is synced; or null.
  @Nullable OpenSegment sealable() {
    own.lock();
    try {
      if (closed || syncFailed || open.isEmpty()) {
        return null;
      }
      OpenSegment first = open.getFirst();
      boolean done = open.size() > 1 || first.isEnded();
      return done && endsNoted && first.unsyncedBytes() == 0 ? first : null;
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

  // ---- syncs

  /// See [Store#sync].
  void sync() {
    syncing.lock();
    try {
      OpenSegment next = nextUnsynced();
      while (next != null && sync(next)) {
        next = nextUnsynced();
      }
    } finally {
      syncing.unlock();
    }
  }

  private @Nullable OpenSegment nextUnsynced() {
    own.lock();
    try {
      if (closed || failing != null && !tryHeal()) {
        return null;
      }
      for (OpenSegment one : open) {
        if (one.unsyncedBytes() > 0) {
          return one;
        }
      }
      return null;
    } finally {
      own.unlock();
    }
  }

  private boolean sync(OpenSegment segment) {
    own.lock();
    long upTo = segment.end();
    own.unlock();
    IOException failure = null;
    try {
      force(segment);
    } catch (IOException e) {
      failure = e;
    }
    own.lock();
    try {
      if (closed || !open.contains(segment)) {
        return !closed;
      }
      if (failure == null) {
        segment.synced(upTo);
        count();
        return true;
      }
      syncFailed(segment);
      var unused = failed(failure);
      return false;
    } finally {
      own.unlock();
    }
  }

  private void force(OpenSegment segment) throws IOException {
    long begun = settings.ticker().getAsLong();
    try {
      segment.force();
    } finally {
      parts.meter().synced(settings.ticker().getAsLong() - begun);
    }
  }

  private void syncFailed(OpenSegment segment) {
    syncFailed = true;
    endsNoted = false;
    segment.endHere();
    if (!disk) {
      try {
        parts.state().suspect();
      } catch (IOException e) {
        parts.say("the mark that the log is sound could not be taken away: " + e.getMessage());
      }
    }
  }

  // ---- failures

  @Nullable Failing failing() {
    return failing;
  }

  /// Begins as failing: what is missing is made by the first probe.
  IOException failed(IOException e) {
    long now = settings.ticker().getAsLong();
    Failing before = failing;
    parts.meter().failed();
    String why = e.getMessage() == null ? e.toString() : e.getMessage();
    boolean full = e instanceof DiskFullException;
    failing = new Failing(full, why, before == null ? now : before.since(), now + PROBE_NANOS);
    if (before == null) {
      parts.say("the log cannot be written, publishes are refused: " + why);
    }
    return e;
  }

  /// A start could not write what it must: the manifest first, then the mark.
  void startFailing(IOException e) {
    own.lock();
    try {
      manifestDue = true;
      var unused = failed(e);
    } finally {
      own.unlock();
    }
  }

  private void healed() {
    failing = null;
    parts.say("the log can be written again");
  }

  /// @throws IOException if nothing can be written yet
  private void probe() throws IOException {
    Failing now = failing;
    if (now != null && settings.ticker().getAsLong() - now.nextProbe() < 0) {
      throw now.refusal();
    }
    try {
      mend();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private boolean tryHeal() {
    Failing now = failing;
    if (pending != null || now != null && settings.ticker().getAsLong() - now.nextProbe() < 0) {
      return false;
    }
    try {
      mend();
      parts.state().probe();
      healed();
      return true;
    } catch (IOException e) {
      var unused = failed(e);
      return false;
    }
  }

  /// Makes good what a failure left.
  private void mend() throws IOException {
    if (manifestDue) {
      parts.catalog().update(manifest -> manifest);
      manifestDue = false;
    }
    if (syncFailed) {
      if (!disk) {
        parts.state().suspect();
        new Rescue(parts, open).run();
      }
      noteEnds();
      syncFailed = false;
      count();
    }
    parts.state().running();
  }

  // ---- the end

  /// Syncs and leaves the mark of a clean stop, if that can be done.
  ///
  /// @param age the log's own clock
  void stop(long age) throws IOException {
    own.lock();
    try {
      pending = null;
      if (syncFailed || !endsNoted) {
        mend();
        noteEnds();
      }
    } finally {
      own.unlock();
    }
    sync();
    own.lock();
    try {
      if (unsynced > 0 || syncFailed) {
        throw new IOException("what was written could not be synced");
      }
      parts.catalog().update(manifest -> manifest);
      OpenSegment end = open.isEmpty() ? null : open.getLast();
      parts.state().stopped(age, end == null ? -1 : end.number(), end == null ? -1 : end.end());
    } finally {
      own.unlock();
    }
  }

  /// Lets go of all files.
  void close() {
    own.lock();
    try {
      closed = true;
      open.forEach(one -> one.segment().release());
      open.clear();
      if (prepared != null) {
        prepared.file.close();
        prepared = null;
      }
    } catch (IOException e) {
      parts.say("a file could not be closed: " + e.getMessage());
    } finally {
      own.unlock();
    }
  }
}
