package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.Manifest.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the segments at the end of a log that have no index yet, as one run of records, and tells
/// damage from a torn end.
///
/// Bytes that are no record were whole once if the beginning of a batch of the writer lies
/// somewhere after them, or if the log was stopped cleanly. Others are what was under way when it
/// ended: the beginning of a record, or nothing but zeros. If they are neither, then on the same
/// run of the operating system they are damage (what it took it has), and else nobody can tell:
/// they are cut off, and a hole says that something may have been there. Zeros are no torn end
/// where what was written counts before it is synced and the operating system runs on: a process
/// that dies leaves none, only a sync that failed takes pages out of a file that keeps its size.
final class TailScan {
  /// Takes what is read.
  interface Sink {
    /// A record of the log.
    void record(int segment, StoredRecord record, long position) throws IOException;

    /// Something was whole once and is not any more.
    ///
    /// @param from the first byte
    /// @param to behind the last one
    void damaged(int segment, long from, long to, Hole hole);

    /// The disk cannot read some of these bytes.
    void unreadable(int segment, long from, long to);
  }

  /// What ends a log: nothing from there on belongs to it.
  ///
  /// @param segment the index of its segment; nothing of later ones belongs to the log either
  /// @param at the first byte that does not belong to it
  /// @param records how many whole records are among the rest
  record Cut(int segment, long at, int records) {}

  private static final int BUFFER = 64 << 10;

  private final RecordCodec codec;
  private final Sink sink;
  private final List<Doubt> doubts = new ArrayList<>();
  private long last;
  private long seen;

  /// @param after the last offset before these segments
  TailScan(RecordCodec codec, long after, Sink sink) {
    this.codec = codec;
    this.sink = sink;
    this.last = after;
    this.seen = after;
  }

  /// Bytes that are no record, or a record after such bytes: kept until a batch begins.
  ///
  /// @param record null for bytes that are none
  private record Doubt(int segment, long from, long to, @Nullable StoredRecord record, Look look) {}

  /// What bytes that are no record look like.
  private enum Look {
    /// The beginning of a record that was not finished.
    BEGUN,
    /// Nothing was ever there, or it is not any more.
    ZEROS,
    OTHER
  }

  /// Reads the next segment.
  ///
  /// @param index of the segment, rising
  /// @param entry with its base, at least 0
  /// @param isKnown whether that is where it began: else all that its first record does not follow
  ///     may be missing
  void segment(int index, Entry entry, boolean isKnown, StoredFile file) throws IOException {
    if (entry.base() > seen) {
      begin(index, entry.base());
    }
    boolean begun = isKnown;
    long size = file.size();
    long limit = entry.end() < 0 ? size : entry.end();
    var scanner = new RecordScanner(codec, file, SegmentHeader.BYTES, limit, seen);
    for (StoredRecord record = scanner.next(); record != null; record = scanner.next()) {
      if (!begun && record.offset() > seen + 1) {
        begin(index, record.offset() - 1);
      }
      begun = true;
      doubt(index, scanner.damage(), file);
      if (record.first()) {
        settle(record.offset());
      }
      seen = record.offset();
      if (doubts.isEmpty()) {
        accept(index, record, scanner.position());
      } else {
        long from = scanner.position();
        doubts.add(new Doubt(index, from, from + record.length(), record, Look.OTHER));
      }
    }
    doubt(index, scanner.damage(), file);
    if (entry.end() > size) {
      doubts.add(new Doubt(index, size, entry.end(), null, Look.OTHER));
    }
  }

  /// What has offsets up to there was sealed once: all that is in doubt before it was whole.
  void pass(long to) throws IOException {
    settle(to + 1);
    last = Math.max(last, to);
    seen = Math.max(seen, to);
  }

  private void begin(int index, long base) throws IOException {
    settle(base + 1);
    missing(index, base);
  }

  /// Everything up to `base` was there once.
  private void missing(int index, long base) {
    if (base > last) {
      sink.damaged(index, SegmentHeader.BYTES, SegmentHeader.BYTES, new Hole(last, base));
      last = base;
      seen = base;
    }
  }

  private void doubt(int index, RecordScanner.@Nullable Damage damage, StoredFile file) {
    if (damage != null) {
      if (damage.unreadable()) {
        sink.unreadable(index, damage.from(), damage.to());
      }
      Look look = doubts.isEmpty() ? look(file, damage.from(), damage.to()) : Look.OTHER;
      doubts.add(new Doubt(index, damage.from(), damage.to(), null, look));
    }
  }

  /// What cannot be read was written once.
  private Look look(StoredFile file, long from, long to) {
    var bytes = ByteBuffer.allocate((int) Math.min(to - from, BUFFER));
    try {
      file.read(bytes, from);
    } catch (IOException e) {
      return Look.OTHER;
    }
    bytes.flip();
    try {
      int length = codec.lengthAt(bytes);
      return length < 0 || length > to - from ? Look.BEGUN : Look.OTHER;
    } catch (DamagedException e) {
      boolean zeros = isZero(bytes) && isZero(file, from + bytes.limit(), to);
      return zeros ? Look.ZEROS : Look.OTHER;
    }
  }

  private static boolean isZero(StoredFile file, long from, long to) {
    var bytes = ByteBuffer.allocate((int) Math.min(to - from, BUFFER));
    for (long at = from; at < to; at += bytes.limit()) {
      bytes.clear().limit((int) Math.min(bytes.capacity(), to - at));
      try {
        if (file.read(bytes, at) == 0 || !isZero(bytes.flip())) {
          return false;
        }
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(ByteBuffer bytes) {
    for (int i = 0; i < bytes.limit(); i++) {
      if (bytes.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /// Ends the scan.
  ///
  /// @param whole whether what is there must be what was written: after a clean stop, or on the
  ///     same run of the operating system
  /// @param zerosCount whether then zeros were something else once: what was only written counts
  /// @param clean whether nothing was under way when the log ended
  /// @param fresh an offset that is larger than all that were told
  /// @return the torn end, or null
  @Nullable Cut finish(boolean whole, boolean zerosCount, boolean clean, long fresh)
      throws IOException {
    if (doubts.isEmpty()) {
      return null;
    }
    Doubt first = doubts.get(0);
    if (clean || whole && (first.look == Look.OTHER || zerosCount && first.look == Look.ZEROS)) {
      settle(Math.max(fresh, seen) + 1);
      return null;
    }
    int records = (int) doubts.stream().filter(doubt -> doubt.record != null).count();
    if (first.look == Look.OTHER) {
      sink.damaged(first.segment, first.from, first.to, new Hole(last, Math.max(fresh, seen + 1)));
    }
    doubts.clear();
    return new Cut(first.segment, first.from, records);
  }

  /// The offset of the last record that belongs to the log.
  long last() {
    return last;
  }

  /// The offset of the last record that was read, whether it belongs to the log or not.
  long seen() {
    return seen;
  }

  /// All that was in doubt was whole once.
  ///
  /// @param next the offset of the record that shows it
  private void settle(long next) throws IOException {
    for (int i = 0; i < doubts.size(); i++) {
      Doubt doubt = doubts.get(i);
      if (doubt.record != null) {
        accept(doubt.segment, doubt.record, doubt.from);
      } else {
        long before = next;
        for (int j = doubts.size() - 1; j > i; j--) {
          StoredRecord after = doubts.get(j).record;
          before = after == null ? before : after.offset();
        }
        if (before - 1 > last) {
          sink.damaged(doubt.segment, doubt.from, doubt.to, new Hole(last, before - 1));
        }
      }
    }
    doubts.clear();
  }

  private void accept(int index, StoredRecord record, long position) throws IOException {
    last = record.offset();
    sink.record(index, record, position);
  }
}
