package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.Manifest.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// What an `os` log does after a sync that failed: everything that was announced and is not synced
/// is written again, with its offsets, to a new segment, from memory. Called under the store's
/// lock.
final class Rescue {
  private final Parts parts;
  private final List<OpenSegment> open;

  /// @param open the writer's; changed if it succeeds
  Rescue(Parts parts, List<OpenSegment> open) {
    this.parts = parts;
    this.open = open;
  }

  /// @throws IOException if it failed; nothing has changed, it can be tried again
  void run() throws IOException {
    int first = 0;
    while (first < open.size() && !open.get(first).isEnded()) {
      first++;
    }
    while (first < open.size() && open.get(first).unsyncedBytes() == 0) {
      first++;
    }
    if (first == open.size()) {
      return;
    }
    List<OpenSegment> lost = List.copyOf(open.subList(first, open.size()));
    OpenSegment head = lost.getFirst();
    long number = parts.catalog().nextNumber();
    StoredFile file = parts.folder().create(SegmentHeader.logName(number));
    OpenSegment copy;
    try {
      copy = OpenSegment.begin(parts, number, head.syncedLast(), file);
      file.write(copy.segment().header.encode(), 0);
      for (OpenSegment one : lost) {
        for (ByteBuffer chunk : one.unsyncedChunks()) {
          add(chunk, copy);
        }
      }
      file.force();
      parts.folder().sync();
      note(lost, copy);
    } catch (IOException | RuntimeException e) {
      file.close();
      parts.catalog().discard(number);
      throw e;
    }
    swap(lost, copy);
  }

  private void add(ByteBuffer chunk, OpenSegment to) throws IOException {
    to.write(chunk);
    ByteBuffer rest = chunk.duplicate();
    long last = to.segment().last();
    while (rest.hasRemaining()) {
      long position = to.end() + rest.position() - chunk.position();
      StoredRecord record = parts.codec().decode(rest);
      if (record == null) {
        throw new IllegalStateException("a record in memory is cut off");
      }
      to.segment().index(record, position);
      last = record.offset();
    }
    to.written(chunk, last, true);
  }

  private void note(List<OpenSegment> lost, OpenSegment copy) throws IOException {
    OpenSegment head = lost.getFirst();
    List<Entry> entries = new ArrayList<>();
    if (keeps(head)) {
      entries.add(Entry.open(head.number(), head.segment().base()).endedAt(head.synced()));
    }
    entries.add(Entry.open(copy.number(), copy.segment().base()));
    List<Long> numbers = lost.stream().map(OpenSegment::number).toList();
    parts.catalog().update(manifest -> manifest.withReplaced(numbers, entries));
  }

  private static boolean keeps(OpenSegment head) {
    return head.syncedLast() > head.segment().base();
  }

  private void swap(List<OpenSegment> lost, OpenSegment copy) {
    OpenSegment head = lost.getFirst();
    parts.lock().lock();
    try {
      if (keeps(head)) {
        head.endSynced();
      }
      List<Segment> olds = new ArrayList<>();
      lost.forEach(one -> olds.add(one.segment()));
      List<Segment> news =
          keeps(head) ? List.of(head.segment(), copy.segment()) : List.of(copy.segment());
      parts.lists().replace(olds, news);
      parts.lists().rescued();
    } finally {
      parts.lock().unlock();
    }
    open.removeAll(lost);
    if (keeps(head)) {
      open.add(head);
    }
    open.add(copy);
    for (OpenSegment one : lost) {
      if (one != head || !keeps(head)) {
        one.segment().release();
        parts.catalog().discard(one.number());
      }
    }
  }
}
