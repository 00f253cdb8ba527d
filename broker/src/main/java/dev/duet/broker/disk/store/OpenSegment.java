package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// A segment that has no index on the disk yet, as the writer has it: how far its file is written,
/// and how far it is synced. Guarded by the store's lock.
final class OpenSegment {
  private final ActiveSegment segment;
  private final StoredFile file;
  private final Deque<Chunk> unsynced = new ArrayDeque<>();
  private long end;
  private long synced;
  private long syncedLast;
  private boolean ended;
  private boolean unsaved;
  private List<SegmentCopy.Range> lost = List.of();

  /// @param position of its first byte in the file
  private record Chunk(long position, ByteBuffer bytes, long lastOffset) {}

  /// @param end where the next record goes; all before it is synced
  OpenSegment(ActiveSegment segment, StoredFile file, long end) {
    this.segment = segment;
    this.file = file;
    this.end = end;
    this.synced = end;
    this.syncedLast = segment.last();
  }

  /// One that has nothing yet but its header.
  static OpenSegment begin(Parts parts, long number, long base, StoredFile file) {
    var header = new SegmentHeader(number, parts.catalog().current().salt(), base);
    return new OpenSegment(new ActiveSegment(header, file), file, SegmentHeader.BYTES);
  }

  ActiveSegment segment() {
    return segment;
  }

  long number() {
    return segment.number();
  }

  /// Where the next record goes.
  long end() {
    return end;
  }

  /// Bytes that are sure to survive a power loss.
  long synced() {
    return synced;
  }

  /// The offset of the last record in them.
  long syncedLast() {
    return syncedLast;
  }

  /// Whether nothing may be added, whatever room there is.
  boolean isEnded() {
    return ended;
  }

  void endHere() {
    ended = true;
  }

  /// Whether a start read it and could not copy it: nobody knows what of it is on the disk.
  boolean isUnsaved() {
    return unsaved;
  }

  /// @param lost what of it could not be read
  void notSaved(List<SegmentCopy.Range> lost) {
    unsaved = true;
    this.lost = lost;
  }

  /// The same in a file of its own, which is synced: its records are still in this one's index.
  OpenSegment copied(Parts parts, long number) throws IOException {
    var header = new SegmentHeader(number, segment.header.salt(), segment.base());
    StoredFile copy = SegmentCopy.write(parts.folder(), header, file, end, lost);
    var made = new OpenSegment(new ActiveSegment(header, copy), copy, end);
    made.ended = ended;
    made.syncedLast = syncedLast;
    return made;
  }

  boolean isFull(SegmentLimits limits) {
    return ended
        || end >= limits.bytes()
        || segment.records() >= limits.records()
        || segment.channels() >= limits.channels();
  }

  /// Whether it is time to make the next one ready.
  boolean isHalfFull(SegmentLimits limits) {
    return end >= limits.bytes() / 2
        || segment.records() >= limits.records() / 2
        || segment.channels() >= limits.channels() / 2;
  }

  /// Writes at the end. When it fails nothing has changed but what lies beyond the end.
  void write(ByteBuffer bytes) throws IOException {
    file.write(bytes.duplicate(), end);
  }

  /// What was written is good.
  ///
  /// @param last offset of its last record
  void written(ByteBuffer bytes, long last, boolean isSynced) {
    if (isSynced) {
      synced = end + bytes.remaining();
      syncedLast = last;
    } else {
      segment.unsynced(end, bytes);
      unsynced.add(new Chunk(end, bytes, last));
    }
    end += bytes.remaining();
  }

  /// Cuts off what lies beyond the end.
  void cutBack() throws IOException {
    file.truncate(end);
  }

  /// Syncs the file, outside of the lock: the good end is read before.
  void force() throws IOException {
    file.force();
  }

  /// All before `upTo` is synced.
  void synced(long upTo) {
    synced = Math.max(synced, upTo);
    while (!unsynced.isEmpty() && unsynced.peek().position < synced) {
      syncedLast = unsynced.remove().lastOffset;
    }
    segment.synced(synced);
  }

  /// Bytes that are not synced.
  long unsyncedBytes() {
    return end - synced;
  }

  /// Ends at its last good sync: what lies behind it was written elsewhere. Under the log's lock.
  void endSynced() {
    ended = true;
    end = synced;
    unsynced.clear();
    var rest = new ActiveSegment(segment.header, file);
    segment.split(syncedLast, rest, 0);
  }

  /// What is not synced, oldest first.
  List<ByteBuffer> unsyncedChunks() {
    List<ByteBuffer> chunks = new ArrayList<>();
    unsynced.forEach(chunk -> chunks.add(chunk.bytes.duplicate()));
    return chunks;
  }
}
