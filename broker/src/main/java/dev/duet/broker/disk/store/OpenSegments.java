package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The segments that have no index on the disk yet, in log order: the last one is written to,
/// unless it is full or ended. Guarded by the store's lock, but for [#unsynced], [#areUnsaved] and
/// [#index].
final class OpenSegments {
  /// Full segments that may wait for their index before publishing stops: about 16 MB of memory
  /// each.
  private static final int MOST_WAITING = 8;

  private final Parts parts;
  private final List<OpenSegment> list;
  private volatile long unsynced;
  private volatile boolean unsaved;
  private volatile @Nullable Written pending;

  /// Whether the manifest says where those end that were not ended by their last record.
  private boolean endsNoted = true;

  private boolean closed;

  OpenSegments(Parts parts, List<OpenSegment> list) {
    this.parts = parts;
    this.list = new ArrayList<>(list);
    this.unsaved = list.stream().anyMatch(OpenSegment::isUnsaved);
  }

  boolean contains(OpenSegment segment) {
    return list.contains(segment);
  }

  /// The one that was begun last, or null.
  @Nullable OpenSegment last() {
    return list.isEmpty() ? null : list.getLast();
  }

  /// The one that takes more records, or null.
  @Nullable OpenSegment writable() {
    OpenSegment last = last();
    return last == null || last.isFull(parts.settings().limits()) ? null : last;
  }

  /// Whether it is time to make the next one ready.
  boolean isHalfFull() {
    OpenSegment last = last();
    return last != null && last.isHalfFull(parts.settings().limits());
  }

  /// @throws IOException if no other may be added yet
  void checkRoom() throws IOException {
    if (list.size() > MOST_WAITING) {
      throw new IOException(
          "the indexes of " + list.size() + " full segments could not be written yet");
    }
  }

  void add(OpenSegment segment) {
    list.add(segment);
    parts.lists().replace(List.of(), List.of(segment.segment()));
  }

  void remove(OpenSegment segment) {
    list.remove(segment);
  }

  // ---- what is not in an index in memory yet

  /// A batch is in its segment's file: until it is in the index nothing else is written, and no
  /// record is moved.
  void wrote(Written batch) {
    pending = batch;
  }

  boolean isPending() {
    return pending != null;
  }

  /// See [Store#index]. Under the log's lock.
  void index(Written written, int from, int to) {
    for (int i = Math.max(from, written.indexed); i < to; i++) {
      written.segment.index(written.batch.get(i), written.positions[i]);
      written.indexed = i + 1;
    }
    if (to == written.size()) {
      pending = null;
    }
  }

  /// Nobody is going to index it.
  void forgetPending() {
    pending = null;
  }

  // ---- what is not synced

  /// Bytes that are not synced, as counted last. Any thread.
  long unsynced() {
    return unsynced;
  }

  void count() {
    long bytes = 0;
    for (int i = 0; i < list.size(); i++) {
      bytes += list.get(i).unsyncedBytes();
    }
    unsynced = bytes;
  }

  @Nullable OpenSegment firstUnsynced() {
    for (OpenSegment one : list) {
      if (one.unsyncedBytes() > 0) {
        return one;
      }
    }
    return null;
  }

  /// Writes again what is behind a failed sync: see [Rescue].
  void rescue() throws IOException {
    new Rescue(parts, list).run();
  }

  // ---- what a start could not copy

  /// Whether there is something that nobody knows to be on the disk. Any thread.
  boolean areUnsaved() {
    return unsaved;
  }

  /// Copies it.
  ///
  /// @throws IOException if it failed; it can be tried again
  void save() throws IOException {
    for (OpenSegment one : List.copyOf(list)) {
      if (one.isUnsaved()) {
        save(one);
      }
    }
    unsaved = false;
  }

  private void save(OpenSegment one) throws IOException {
    long number = parts.catalog().nextNumber();
    OpenSegment copy;
    try {
      copy = one.copied(parts, number);
    } catch (IOException e) {
      parts.catalog().discard(number);
      throw e;
    }
    try {
      Manifest.Entry old = parts.catalog().current().entry(one.number());
      Manifest.Entry entry =
          Manifest.Entry.open(number, copy.segment().base())
              .lastingTo(old == null ? -1 : old.last());
      Manifest.Entry noted = copy.isEnded() ? entry.endedAt(copy.end()) : entry;
      parts
          .catalog()
          .update(manifest -> manifest.withReplaced(List.of(one.number()), List.of(noted)));
    } catch (IOException e) {
      copy.segment().release();
      parts.catalog().discard(number);
      throw e;
    }
    parts.lock().lock();
    try {
      one.segment().split(one.segment().base(), copy.segment(), 0);
      parts.lists().replace(List.of(one.segment()), List.of(copy.segment()));
      parts.lists().rescued();
    } finally {
      parts.lock().unlock();
    }
    list.set(list.indexOf(one), copy);
    one.segment().release();
    parts.catalog().discard(one.number());
  }

  // ---- ends

  /// A sync failed, or what a failed write left could not be taken back: nothing is added any more.
  void end(OpenSegment segment) {
    endsNoted = false;
    segment.endHere();
  }

  boolean areEndsNoted() {
    return endsNoted;
  }

  /// Says in the manifest where segments end that were not ended by their last record.
  void noteEnds() throws IOException {
    if (!endsNoted) {
      parts.catalog().update(this::withEnds);
      endsNoted = true;
    }
  }

  private Manifest withEnds(Manifest manifest) {
    Manifest noted = manifest;
    for (OpenSegment one : list) {
      Manifest.Entry entry = noted.entry(one.number());
      if (one.isEnded() && entry != null) {
        noted = noted.withEntry(entry.endedAt(one.end()));
      }
    }
    return noted;
  }

  /// Says it at once, because what is behind the end is refused now and may still be in the file.
  void tryNoteEnds() {
    try {
      noteEnds();
    } catch (IOException e) {
      parts.say("the end of what is written could not be written down: " + IoReason.of(e));
    }
  }

  // ---- sealing

  /// Whether there is one to which nothing is added any more.
  boolean isFirstDone() {
    return list.size() > 1 || list.size() == 1 && list.getFirst().isEnded();
  }

  /// The oldest, if nothing is added to it any more and all of it is synced; or null.
  @Nullable OpenSegment sealable() {
    return isFirstDone()
            && endsNoted
            && !list.getFirst().isUnsaved()
            && list.getFirst().unsyncedBytes() == 0
        ? list.getFirst()
        : null;
  }

  // ---- the end

  boolean isClosed() {
    return closed;
  }

  /// Lets go of all files.
  void close() {
    closed = true;
    list.forEach(one -> one.segment().release());
    list.clear();
  }
}
