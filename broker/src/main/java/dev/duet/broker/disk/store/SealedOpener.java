package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.Manifest.Entry;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Opens the sealed segments of a manifest at a start; an index that is missing or wrong is made
/// anew from the data, a segment that is gone is a hole.
final class SealedOpener {
  /// Where one of so many records has an idempotency key, or more, all are read one after the
  /// other: that costs less than to read each of them by itself.
  private static final int DENSE = 4;

  private final Recovery recovery;
  private final Folder folder;
  private final Manifest manifest;
  private final BlockCache cache;
  private final List<SealedSegment> segments = new ArrayList<>();
  private final List<Entry> unsealed = new ArrayList<>();
  private final List<Long> wrongIndexes = new ArrayList<>();
  private Manifest noted;
  private long last;

  SealedOpener(Recovery recovery, Folder folder, StoreSettings settings, Manifest manifest) {
    this.recovery = recovery;
    this.folder = folder;
    this.manifest = manifest;
    this.noted = manifest;
    this.cache = new BlockCache(settings.cacheBytes());
  }

  /// Opens all.
  ///
  /// @return the entries of those that were opened, in log order
  /// @throws IOException if a file is there and cannot be opened
  List<Entry> open() throws IOException {
    List<Entry> opened = new ArrayList<>();
    long before = -1;
    for (Entry entry : manifest.segments()) {
      if (!entry.sealed()) {
        unsealed.add(entry);
        continue;
      }
      if (before >= 0 && before < entry.base()) {
        lost("a segment before " + entry.number(), before, entry.base());
      }
      before = entry.last();
      last = Math.max(last, entry.last());
      SealedSegment segment = open(entry);
      if (segment != null) {
        segments.add(segment);
        opened.add(entry);
      }
    }
    return opened;
  }

  private @Nullable SealedSegment open(Entry entry) throws IOException {
    String name = SegmentHeader.logName(entry.number());
    long size;
    try (StoredFile file = folder.open(name, false)) {
      size = file.size();
      if (size <= SegmentHeader.BYTES) {
        throw new DamagedException("it has " + size + " bytes");
      }
    } catch (DamagedException | NoSuchFileException e) {
      lost(
          "segment " + name + " cannot be read (" + IoReason.of(e) + ")",
          entry.base(),
          entry.last());
      return null;
    } catch (IOException e) {
      throw Recovery.refused(name, e);
    }
    var header = new SegmentHeader(entry.number(), manifest.salt(), entry.base());
    try {
      return SealedSegment.open(folder, header, cache);
    } catch (IOException e) {
      recovery.say("the index of " + name + " is made anew: " + IoReason.of(e));
    }
    try {
      return anew(entry, header);
    } catch (IOException e) {
      recovery.say("the index of " + name + " could not be written: " + IoReason.of(e));
      // Where it is not known, one that goes on: what is missing up to its last offset is told.
      long end = end(entry) < 0 ? size + 1 : end(entry);
      unsealed.add(new Entry(entry.number(), entry.base(), entry.last(), false, end, -1));
      return null;
    }
  }

  private void lost(String what, long from, long to) {
    if (to > from) {
      recovery.say(what + ": what had the offsets " + (from + 1) + " to " + to + " is lost");
      recovery.hole(new Hole(from, to));
    }
  }

  /// Where its records end, or -1.
  private static long end(Entry entry) {
    return entry.end() < 0 ? entry.bytes() : entry.end();
  }

  private SealedSegment anew(Entry entry, SegmentHeader header) throws IOException {
    String name = SegmentHeader.logName(entry.number());
    List<Hole> holes = new ArrayList<>();
    List<RecordScanner.Damage> damages =
        IndexRebuild.rebuild(
            folder,
            header,
            end(entry),
            found -> {
              found.forEach(one -> one.addHole(entry.last(), holes));
              if (!holes.isEmpty()) {
                noted = noted.withHoles(holes);
                new ManifestFile(folder).write(noted);
              }
            });
    damages.forEach(damage -> damaged(name, damage, entry));
    return SealedSegment.open(folder, header, cache);
  }

  private void damaged(String name, RecordScanner.Damage damage, Entry entry) {
    if (damage.unreadable()) {
      recovery.unreadable(name, damage.from(), damage.to());
    }
    lost(
        name + ", bytes " + damage.from() + " to " + damage.to() + " are damaged",
        damage.after(),
        Math.min(damage.before() - 1, entry.last()));
  }

  /// Those that are not sealed, in log order.
  List<Entry> unsealed() {
    return unsealed;
  }

  List<SealedSegment> segments() {
    return segments;
  }

  BlockCache cache() {
    return cache;
  }

  /// The last offset that they stand for.
  long last() {
    return last;
  }

  long lastAge() {
    return segments.isEmpty() ? 0 : segments.getLast().lastAge();
  }

  /// The records that have idempotency keys and are not older, from the last segments.
  ///
  /// @param most how many at most, the newest
  List<StoredRecord> keyed(long since, int most) {
    List<StoredRecord> found = new ArrayList<>();
    for (int i = segments.size() - 1; i >= 0; i--) {
      SealedSegment segment = segments.get(i);
      if (segment.lastAge() < since || found.size() >= most) {
        break;
      }
      found.addAll(keyed(segment));
    }
    return found;
  }

  /// What the index names; if these are many, or that is wrong, or names a record that cannot be
  /// read, all that are whole. Without what was published: there may be many.
  private List<StoredRecord> keyed(SealedSegment segment) {
    List<StoredRecord> found = new ArrayList<>();
    try {
      List<Long> positions = segment.keyPositions();
      if ((long) DENSE * positions.size() < segment.records()) {
        for (long position : positions) {
          found.add(segment.read(position).asKey());
        }
        return found;
      }
    } catch (IOException e) {
      recovery.say("idempotency keys of " + segment + " are looked for: " + IoReason.of(e));
      if (e instanceof DamagedException damaged && damaged.isIndex()) {
        wrongIndexes.add(damaged.index());
      }
    }
    found.clear();
    try {
      RecordScanner scanner = segment.scan();
      for (StoredRecord one; (one = scanner.next()) != null; ) {
        if (one.idempotencyKey() != null) {
          found.add(one.asKey());
        }
      }
    } catch (IOException e) {
      recovery.say("idempotency keys of " + segment + " cannot be read: " + IoReason.of(e));
    }
    return found;
  }

  /// Numbers of segments whose index was found to be wrong and is not made anew yet.
  List<Long> wrongIndexes() {
    return wrongIndexes;
  }
}
