package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The files of one log: writes batches at its end, gives out its segments, survives what disks do.
///
/// Threads: [#write] and [#index] are called by one thread, the writer, in turns. [#sync] by any,
/// [#replace] and [#output] by one, the compactor. The rest by any. All but [#snapshot],
/// [#manifest], [#failing] and [#unsynced] may wait for the disk; `index` does not.
///
/// Locks, the outer one first: the store's own (held while files are written, never by readers),
/// then the log's, which is handed in and held for changes in memory alone.
public final class Store implements Closeable {
  /// Segments without an index, the one that is written included: a start reads all of them.
  private static final int MOST_UNSEALED = 4;

  private final Parts parts;
  private final Writer writer;
  private final Background background;
  private final Sealer sealer;
  private final Recovered recovered;
  private final Recovery recovery;
  private boolean closed;

  private Store(Recovery recovery, Recovered recovered) {
    this.recovery = recovery;
    this.parts = recovery.parts();
    this.writer = recovery.writer();
    this.recovered = recovered;
    this.sealer = new Sealer(parts, writer);
    this.background = new Background(parts.settings().background(), sealer::run);
  }

  /// Opens the log of a folder, or makes a new one. Never refuses because of damage: what is
  /// unreadable becomes a hole, and is said. Refuses where a file is there and cannot be opened.
  /// Where the disk is full it opens [#failing()].
  ///
  /// @param lock the log's; guards indexes in memory
  /// @throws UnknownFormatException if another version of Duet wrote it
  /// @throws IOException if the folder cannot be read, a file of it not be opened, or a new log not
  ///     be made
  public static Store open(Folder folder, StoreSettings settings, ReentrantLock lock)
      throws IOException {
    Recovery recovery = new Recovery(folder, settings, lock);
    Recovered recovered = recovery.run();
    var store = new Store(recovery, recovered);
    store.wake();
    return store;
  }

  private void wake() {
    if (writer.hasWork()) {
      background.wake();
    }
  }

  /// Which of the logs of its directory it is.
  public Durability durability() {
    return parts.settings().durability();
  }

  /// What the start found.
  public Recovered recovered() {
    return recovered;
  }

  /// The log's ids, as they are to be told. Where a start could not write down what it read, its
  /// present id is known to those alone that read the same; where it could not write down that the
  /// namespaces changed, to no other start before that is done.
  public LogIds ids() {
    return parts.catalog().ids();
  }

  /// Epochs, floors, holes as they are now, and the ids that are written down.
  public Manifest manifest() {
    return parts.catalog().current();
  }

  /// Notes the epochs of the directory, if they are others than before; to be called after opening,
  /// before the log is used. The log's position is at least the offset of the last one.
  ///
  /// Where they cannot be written down the log is [#failing()] until they are, and has an id that
  /// no other start knows: what is told under it may be known to no other.
  ///
  /// @param floors raised with it, see [Change#floors()]
  public void epochs(List<Epoch> epochs, Map<String, Long> floors) {
    Manifest now = manifest();
    if (!now.epochs().equals(epochs) || !now.withFloors(floors).floors().equals(now.floors())) {
      long position = epochs.isEmpty() ? 0 : epochs.getLast().offset();
      UnaryOperator<Manifest> change =
          manifest -> manifest.withEpochs(epochs).withFloors(floors).withPosition(position);
      try {
        parts.catalog().update(change);
      } catch (IOException e) {
        parts.say("that the namespaces changed could not be written down yet: " + IoReason.of(e));
        parts.catalog().provisional(recovery.another());
        parts.catalog().assume(change);
        writer.startFailed(e);
      }
    }
  }

  // ---- reading

  /// The segments as they are now, retained.
  public Snapshot snapshot() {
    return parts.lists().snapshot();
  }

  /// Bytes of all files of segments.
  public long bytes() {
    long bytes = 0;
    for (Segment segment : parts.lists().now()) {
      bytes += segment.bytes();
    }
    return bytes;
  }

  /// Makes the index of a segment anew, when it was found to be wrong
  /// ([DamagedException#isIndex()]); a later [#snapshot] has it. By the compactor, or by whoever
  /// holds off it.
  ///
  /// @param wrong a sealed segment; nothing is done if it is not in the log any more
  /// @param lost is told, before a [#snapshot] has the new index, of what is damaged in the data
  ///     and not in that index any more; it is in the manifest by then
  public void reindex(Segment wrong, Consumer<List<Hole>> lost) throws IOException {
    if (!(wrong instanceof SealedSegment old) || !parts.lists().now().contains(wrong)) {
      return;
    }
    List<Hole> holes = new ArrayList<>();
    IndexRebuild.rebuild(
        parts.folder(),
        old.header,
        old.end(),
        damages -> {
          damages.forEach(one -> one.addHole(old.last(), holes));
          if (!holes.isEmpty()) {
            parts.catalog().update(manifest -> manifest.withHoles(holes));
          }
        });
    parts.say("the index of " + wrong + " was wrong and is made anew");
    SealedSegment made = SealedSegment.open(parts.folder(), old.header, parts.cache());
    try {
      if (!holes.isEmpty()) {
        parts.say(
            "records of "
                + wrong
                + " are damaged: what had the offsets of "
                + holes
                + " (from exclusive) is lost");
        lost.accept(holes);
      }
      parts.lists().replace(List.of(wrong), List.of(made));
    } finally {
      made.release();
    }
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
    try {
      return writer.write(batch);
    } finally {
      wake();
    }
  }

  /// Puts what was written into the index of its segment. Under the log's lock.
  public void index(Written written) {
    index(written, 0, written.size());
  }

  /// The same of a piece of it: the lock may be left between one and the next. Nothing else is
  /// written before the last of them. When it fails, for want of memory, it is to be tried again:
  /// what is in the index already is passed by.
  public void index(Written written, int from, int to) {
    writer.index(written, from, to);
  }

  /// Syncs what was written and is not synced yet, and heals what is failing. To be called every
  /// second, and when 16 MiB wait. Never throws: a failure is [#failing()], and told.
  public void sync() {
    writer.sync();
    wake();
  }

  /// Bytes that are written and kept in memory because they are not synced; 0 at `DISK`.
  public long unsynced() {
    return writer.unsynced();
  }

  /// Whether more full segments wait for their index than a start should have to read, and it
  /// comes: whoever publishes is to wait. Where indexes cannot be written, or nothing can, it says
  /// no: then a write says why.
  public boolean isBehind() {
    List<Segment> segments = parts.lists().now();
    int unsealed = 0;
    for (int i = segments.size() - 1; i >= 0 && segments.get(i) instanceof ActiveSegment; i--) {
      unsealed++;
    }
    return unsealed > MOST_UNSEALED && failing() == null && !sealer.hasFailed();
  }

  /// Whether the start could not copy what it read, or not name the copies, so that nobody knows
  /// whether that would survive a power loss. Then it is [#failing()] too, until it is copied.
  public boolean isUnsaved() {
    return writer.isUnsaved();
  }

  /// Why the log cannot be written, or null.
  public @Nullable Failing failing() {
    return writer.failing();
  }

  /// Counts since the start.
  public Meter meter() {
    return parts.meter();
  }

  /// How many segments there are.
  public int segments() {
    return parts.lists().now().size();
  }

  /// How often records moved to another segment after a sync that failed. Under the log's lock it
  /// does not change.
  public int rescues() {
    return parts.lists().rescues();
  }

  // ---- rewriting

  /// Begins a segment that will take the place of others.
  ///
  /// @param base every record's offset is larger
  /// @throws IOException if no file can be made, or the manifest not be written: then it could not
  ///     be deleted again
  public SegmentOutput output(long base) throws IOException {
    parts.catalog().ascertain();
    return new SegmentOutput(parts, base);
  }

  /// Puts `news` in the place of `old`, all at once: readers of a later [#snapshot] see the new
  /// ones, those of an earlier one go on with the old, whose files go with the last of them. All
  /// that was written before is synced first.
  ///
  /// @param old neighbours, as [#snapshot] has them, all of them sealed, at least one
  /// @param news in log order; those that have no records are left out; none drops `old`
  /// @param change written down with it
  /// @param shown is run under the log's lock in the moment in which a [#snapshot] has the new ones
  /// @throws IOException if it failed, or the log is failing: nothing has changed, the outputs are
  ///     gone
  public void replace(List<Segment> old, List<SegmentOutput> news, Change change, Runnable shown)
      throws IOException {
    List<SealedSegment> sealed = new ArrayList<>();
    try {
      writer.sync();
      if (writer.failing() != null) {
        throw new IOException("the log is not synced, nothing is rewritten");
      }
      for (SegmentOutput one : news) {
        if (!one.isEmpty()) {
          sealed.add(one.finish());
        }
      }
      List<Long> numbers = old.stream().map(Segment::number).toList();
      parts.catalog().update(manifest -> rewritten(manifest, numbers, sealed, change));
      for (Segment one : old) {
        ((SealedSegment) one).drop();
      }
      parts.lists().replace(old, sealed, shown);
      sealed.forEach(one -> parts.meter().rewrote(one.bytes()));
    } catch (IOException e) {
      sealed.forEach(one -> parts.catalog().discard(one.number()));
      throw e;
    } finally {
      news.forEach(SegmentOutput::close);
      sealed.forEach(Segment::release);
    }
  }

  private static Manifest rewritten(
      Manifest manifest, List<Long> old, List<SealedSegment> news, Change change) {
    List<Manifest.Entry> all = manifest.segments();
    int first = all.indexOf(manifest.entry(old.getFirst()));
    long last = all.get(first + old.size() - 1).last();
    List<Manifest.Entry> entries = new ArrayList<>();
    for (SealedSegment one : news) {
      boolean isLast = one == news.getLast();
      long to = isLast ? last : news.get(entries.size() + 1).base();
      entries.add(
          Manifest.Entry.sealed(one.number(), one.base(), Math.max(to, one.last()), one.end()));
    }
    Manifest next = manifest;
    long base = entries.isEmpty() ? last : entries.getFirst().base();
    if (first > 0 && all.get(first - 1).last() < base) {
      next = next.withEntry(all.get(first - 1).lastingTo(base));
    }
    next = next.withReplaced(old, entries).withFloors(change.floors());
    return next.withHoles(change.holes());
  }

  // ---- the end

  /// Syncs everything and leaves the mark of a clean stop, then lets go of all files.
  ///
  /// @param age the log's own clock, milliseconds
  public void close(long age) {
    background.close();
    try {
      writer.stop(age);
    } catch (IOException e) {
      parts.say("the mark of a clean stop could not be left: " + IoReason.of(e));
    } finally {
      close();
    }
  }

  /// Lets go of all files as they are, without a mark: as if the process ended here.
  @Override
  public void close() {
    background.close();
    if (!closed) {
      closed = true;
      parts.lists().swap(segments -> List.of());
      writer.close();
    }
  }
}
