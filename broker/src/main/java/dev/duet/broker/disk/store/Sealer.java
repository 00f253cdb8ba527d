package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.Manifest.Entry;
import java.io.IOException;
import java.util.List;

/// Writes the indexes of full segments, and makes the next one ready. In the background, one at a
/// time. What fails is tried again at the next wake; nothing is lost by it, and publishing goes on
/// as long as the writer lets full segments wait.
final class Sealer {
  private final Parts parts;
  private final Writer writer;
  private volatile boolean failed;

  Sealer(Parts parts, Writer writer) {
    this.parts = parts;
    this.writer = writer;
  }

  void run() {
    try {
      writer.prepareAhead();
      if (writer.hasWork()) {
        writer.sync();
        for (OpenSegment next = writer.sealable(); next != null; next = writer.sealable()) {
          seal(next);
        }
      }
      failed = false;
    } catch (IOException e) {
      if (!failed) {
        failed = true;
        parts.say("the index of a full segment could not be written, it is tried again: " + e);
      }
    }
  }

  /// Whether the last index could not be written.
  boolean hasFailed() {
    return failed;
  }

  private void seal(OpenSegment open) throws IOException {
    ActiveSegment segment = open.segment();
    if (segment.last() == segment.base()) {
      parts.catalog().update(manifest -> manifest.withReplaced(List.of(open.number()), List.of()));
      parts.lists().replace(List.of(segment), List.of());
      parts.catalog().discard(open.number());
    } else {
      SealedSegment sealed = seal(parts, segment, open.end());
      try {
        long end = open.isEnded() ? open.end() : -1;
        // One that had an index before may stand for more than its last record: see the entry.
        Entry before = parts.catalog().current().entry(segment.number());
        long last = Math.max(segment.last(), before == null ? -1 : before.last());
        var entry = new Entry(segment.number(), segment.base(), last, true, end, open.end());
        parts.catalog().update(manifest -> manifest.withEntry(entry));
        parts.lists().replace(List.of(segment), List.of(sealed));
      } finally {
        sealed.release();
      }
    }
    writer.sealed(open);
    segment.release();
  }

  /// Writes the index of a segment whose data is synced, and opens it.
  static SealedSegment seal(Parts parts, ActiveSegment segment, long end) throws IOException {
    parts.lock().lock();
    try {
      segment.freeze();
    } finally {
      parts.lock().unlock();
    }
    try (StoredFile file = parts.folder().create(SegmentHeader.indexName(segment.number()))) {
      IndexWriter.write(segment, end, file);
      file.force();
    }
    parts.folder().sync();
    return SealedSegment.open(parts.folder(), segment.header, parts.cache());
  }
}
