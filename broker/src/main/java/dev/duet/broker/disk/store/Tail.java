package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import dev.duet.broker.disk.store.Manifest.Entry;
import dev.duet.broker.disk.store.StateFile.State;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The segments at the end of a log that have no index: reads them at a start, cuts off what was
/// torn, and makes them ready for writing.
final class Tail implements TailScan.Sink {
  /// Where a segment begins that has lost its header.
  private static final long LOST = -2;

  private final Recovery recovery;
  private final Folder folder;
  private final StoreSettings settings;
  private final Salt salt;
  private final List<Part> parts = new ArrayList<>();
  private final Deque<StoredRecord> keyed = new ArrayDeque<>();
  private long last;
  private long lastAge;
  private long lastTime;
  private long ageThen;
  private @Nullable IOException failure;

  /// One of them.
  private static final class Part {
    final Entry entry;
    final ActiveSegment segment;
    final StoredFile file;
    long end;
    boolean ended;
    boolean unsaved;
    final List<SegmentCopy.Range> lost = new ArrayList<>();

    Part(Entry entry, ActiveSegment segment, StoredFile file, long end) {
      this.entry = entry;
      this.segment = segment;
      this.file = file;
      this.end = end;
      this.ended = entry.end() >= 0;
    }
  }

  /// @param last the offset of the last record before them
  Tail(Recovery recovery, Folder folder, StoreSettings settings, Salt salt, long last) {
    this.recovery = recovery;
    this.folder = folder;
    this.settings = settings;
    this.salt = salt;
    this.last = last;
  }

  /// Reads them.
  ///
  /// @param sealed those that have an index, which may lie between
  /// @param mark of a clean stop, or null
  /// @param sameBoot whether the operating system still is what it was when they were written
  /// @param fresh an offset that is larger than all that were told
  /// @throws IOException if a file is there and cannot be opened, or nothing of it can be read
  void read(
      List<Entry> entries, List<Entry> sealed, @Nullable State mark, boolean sameBoot, long fresh)
      throws IOException {
    TailScan scan = null;
    boolean isLost = false;
    boolean isBegun = true;
    for (Entry entry : entries) {
      StoredFile file = null;
      try {
        file = folder.open(SegmentHeader.logName(entry.number()), true);
        long known = base(entry, file);
        long before = scan == null ? last : scan.seen();
        long base = known == LOST ? before : known;
        if (base < 0 && mark != null && mark.number() == entry.number()) {
          base = before;
        }
        if (base < 0) {
          file.close();
          isBegun = false;
          continue;
        }
        if (scan == null) {
          // They begin in their order: one that is empty before one that is not has lost it all.
          long after = last == 0 && isBegun ? base : Math.min(base, last);
          scan = new TailScan(new RecordCodec(salt), after, this);
        }
        pass(scan, sealed, base);
        scan(scan, entry, base, known != LOST, file, mark);
        isLost = false;
      } catch (NoSuchFileException e) {
        recovery.say("segment " + entry.number() + " is gone: " + IoReason.of(e));
        isLost = true;
      } catch (IOException e) {
        if (file != null && (parts.isEmpty() || parts.getLast().file != file)) {
          file.close();
        }
        throw Recovery.refused(SegmentHeader.logName(entry.number()), e);
      }
    }
    if (scan != null) {
      pass(scan, sealed, Long.MAX_VALUE);
      finish(scan, mark != null, sameBoot, fresh);
    }
    if (isLost && fresh > last) {
      recovery.say("what had the offsets " + (last + 1) + " and more is lost");
      recovery.hole(new Hole(last, fresh));
    }
  }

  /// Passes those with an index that come before `base` and after the one that was read last.
  private void pass(TailScan scan, List<Entry> sealed, long base) throws IOException {
    if (parts.isEmpty()) {
      return;
    }
    long from = parts.getLast().entry.base();
    for (Entry one : sealed) {
      if (from < one.base() && one.base() < base) {
        scan.pass(one.last());
      }
    }
  }

  /// @return -1 if it was made ready and had not begun, or [#LOST]
  private static long base(Entry entry, StoredFile file) throws IOException {
    if (entry.base() >= 0) {
      return entry.base();
    }
    try {
      return SegmentHeader.read(file).base();
    } catch (IOException e) {
      return file.size() <= SegmentHeader.BYTES ? -1 : LOST;
    }
  }

  /// @param isKnown whether the segment is known to have begun there; else the one before it may
  ///     have had more
  private void scan(
      TailScan scan, Entry entry, long base, boolean isKnown, StoredFile file, @Nullable State mark)
      throws IOException {
    long end = entry.end();
    if (mark != null && mark.number() == entry.number() && end < 0) {
      end = mark.bytes();
    }
    var whole = new Entry(entry.number(), base, entry.last(), false, entry.end(), -1);
    var header = new SegmentHeader(entry.number(), salt, base);
    long size = Math.max(SegmentHeader.BYTES, end < 0 ? file.size() : Math.min(end, file.size()));
    var part = new Part(whole, new ActiveSegment(header, file), file, size);
    part.ended |= end > file.size();
    parts.add(part);
    scan.segment(parts.size() - 1, end < 0 ? whole : whole.endedAt(end), isKnown, file);
    if (entry.last() >= 0) {
      scan.pass(entry.last());
    }
  }

  private void finish(TailScan scan, boolean clean, boolean sameBoot, long fresh) {
    TailScan.Cut cut;
    try {
      boolean os = settings.durability() == Durability.OS;
      cut = scan.finish(clean || sameBoot, os, clean, fresh);
    } catch (IOException e) {
      throw new IllegalStateException("no file is read here", e);
    }
    last = Math.max(last, scan.last());
    if (cut == null) {
      return;
    }
    Part part = parts.get(cut.segment());
    recovery.say(
        "the last write was not finished: "
            + SegmentHeader.logName(part.entry.number())
            + " is cut at byte "
            + cut.at()
            + (cut.records() == 0 ? "" : ", " + cut.records() + " records of it were whole"));
    while (parts.size() > cut.segment() + 1) {
      parts.removeLast().segment.release();
    }
    // The file stays as it is until the manifest names its copy, and says what may be lost.
    part.end = cut.at();
    part.ended |= part.segment.records() == 0;
  }

  @Override
  public void record(int segment, StoredRecord record, long position) {
    parts.get(segment).segment.index(record, position);
    lastAge = record.age();
    if (record.publication() != null) {
      lastTime = record.publication().time();
      ageThen = record.age();
    }
    if (record.idempotencyKey() != null) {
      keyed.add(record);
      if (keyed.size() > settings.maxKeys()) {
        keyed.remove();
      }
    }
  }

  @Override
  public void damaged(int segment, long from, long to, Hole hole) {
    Part part = parts.get(segment);
    part.ended = true;
    recovery.hole(hole);
    recovery.say(
        SegmentHeader.logName(part.entry.number())
            + (to > from
                ? ", bytes " + from + " to " + to + " are damaged"
                : ": something before it is missing")
            + ": what had the offsets "
            + (hole.from() + 1)
            + " to "
            + hole.to()
            + " is lost, nobody knows of which channels it was");
  }

  @Override
  public void unreadable(int segment, long from, long to) {
    Part part = parts.get(segment);
    part.lost.add(new SegmentCopy.Range(from, to));
    recovery.unreadable(SegmentHeader.logName(part.entry.number()), from, to);
  }

  /// Copies all records into new files and syncs them: what was read may not be on the disk. Where
  /// that fails ([#failure]) the file stays as it is, and [OpenSegment#isUnsaved].
  ///
  /// @param largest number of a file
  /// @return the largest number now
  long copyAll(long largest) {
    long number = largest;
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (part.segment.records() == 0) {
        continue;
      }
      number++;
      try {
        parts.set(i, copy(part, number));
        part.segment.release();
      } catch (IOException e) {
        recovery.say("segment " + part.entry.number() + " could not be copied: " + IoReason.of(e));
        part.unsaved = true;
        failure = e;
      }
    }
    return number;
  }

  private Part copy(Part part, long number) throws IOException {
    var header = new SegmentHeader(number, salt, part.entry.base());
    StoredFile file = SegmentCopy.write(folder, header, part.file, part.end, part.lost);
    var copied = new ActiveSegment(header, file);
    part.segment.split(part.entry.base(), copied, 0);
    var entry = Entry.open(number, part.entry.base()).lastingTo(part.entry.last());
    var made = new Part(entry, copied, file, part.end);
    made.ended = part.ended;
    return made;
  }

  /// Why something could not be copied, or null.
  @Nullable IOException failure() {
    return failure;
  }

  List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (Part part : parts) {
      entries.add(part.ended ? part.entry.endedAt(part.end) : part.entry);
    }
    return entries;
  }

  /// As the writer goes on with them.
  List<OpenSegment> open() {
    List<OpenSegment> open = new ArrayList<>();
    for (Part part : parts) {
      var one = new OpenSegment(part.segment, part.file, part.end);
      if (part.ended) {
        one.endHere();
      }
      if (part.unsaved) {
        one.notSaved(List.copyOf(part.lost));
      }
      open.add(one);
    }
    return open;
  }

  List<StoredRecord> keyed() {
    return List.copyOf(keyed);
  }

  /// The offset of the last record.
  long last() {
    return last;
  }

  long lastAge() {
    return lastAge;
  }

  /// When the last publication was made, milliseconds since 1970; 0 if there is none.
  long lastTime() {
    return lastTime;
  }

  /// Its age: records after it may be younger, but do not say when they were written.
  long ageThen() {
    return ageThen;
  }
}
