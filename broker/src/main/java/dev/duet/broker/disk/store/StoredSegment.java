package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A segment of a log that is looked at, not used: its files are only read. For one thread.
public final class StoredSegment implements Closeable {
  private final Manifest.Entry entry;
  private final SegmentHeader header;
  private final @Nullable StoredFile data;
  private final @Nullable SealedSegment sealed;
  private final long size;
  private final long end;
  private final List<Trouble> troubles;

  /// What was found wrong when it was opened.
  ///
  /// @param file its name
  public record Trouble(String file, String what) {}

  private StoredSegment(
      Manifest.Entry entry,
      SegmentHeader header,
      @Nullable StoredFile data,
      @Nullable SealedSegment sealed,
      long size,
      long end,
      List<Trouble> troubles) {
    this.entry = entry;
    this.header = header;
    this.data = data;
    this.sealed = sealed;
    this.size = size;
    this.end = end;
    this.troubles = List.copyOf(troubles);
  }

  /// Opens the files of a segment; one that cannot be opened is a problem.
  ///
  /// @param mark where the last segment ended at a clean stop, or -1
  static StoredSegment open(
      Folder folder, Salt salt, Manifest.Entry entry, long mark, BlockCache cache) {
    List<Trouble> troubles = new ArrayList<>();
    StoredFile data = null;
    long size = 0;
    long base = Math.max(0, entry.base());
    try {
      data = folder.open(SegmentHeader.logName(entry.number()), false);
      size = data.size();
      base = base(entry, salt, data, size, troubles);
    } catch (IOException e) {
      troubles.add(
          new Trouble(SegmentHeader.logName(entry.number()), "cannot be read: " + IoReason.of(e)));
    }
    var header = new SegmentHeader(entry.number(), salt, base);
    SealedSegment sealed = null;
    if (entry.sealed() && data != null) {
      try {
        sealed = SealedSegment.open(folder, header, cache);
      } catch (IOException e) {
        troubles.add(
            new Trouble(
                SegmentHeader.indexName(entry.number()), "cannot be used: " + IoReason.of(e)));
      }
    }
    long known = entry.bytes() >= 0 ? entry.bytes() : mark;
    long end = entry.end() >= 0 ? entry.end() : sealed != null ? sealed.end() : known;
    return new StoredSegment(entry, header, data, sealed, size, end < 0 ? size : end, troubles);
  }

  private static long base(
      Manifest.Entry entry, Salt salt, StoredFile data, long size, List<Trouble> troubles)
      throws IOException {
    String name = SegmentHeader.logName(entry.number());
    try {
      SegmentHeader header = SegmentHeader.read(data);
      if (header.number() != entry.number()
          || !header.salt().equals(salt)
          || entry.base() >= 0 && header.base() != entry.base()) {
        troubles.add(new Trouble(name, "begins with the header of another file"));
      }
      return entry.base() >= 0 ? entry.base() : header.base();
    } catch (DamagedException e) {
      if (entry.base() >= 0 || size > SegmentHeader.BYTES) {
        troubles.add(new Trouble(name, IoReason.of(e)));
      }
      return Math.max(0, entry.base());
    }
  }

  /// What the manifest says of it.
  public Manifest.Entry entry() {
    return entry;
  }

  /// Every record's offset is larger.
  public long base() {
    return header.base();
  }

  SegmentHeader header() {
    return header;
  }

  /// What was found wrong when it was opened.
  public List<Trouble> troubles() {
    return troubles;
  }

  /// Whether a file that it needs is not there or cannot be opened, or its index is wrong.
  boolean isIncomplete() {
    return data == null || entry.sealed() && sealed == null;
  }

  /// Whether it was made ready and nothing is in it yet.
  public boolean isReady() {
    return !entry.sealed() && data != null && end <= SegmentHeader.BYTES;
  }

  /// With its index, or null if it has none that can be used.
  @Nullable SealedSegment sealed() {
    return sealed;
  }

  /// Bytes of its data file when it was opened.
  long size() {
    return size;
  }

  /// Where its records end, as far as it is known: of one that is written, its size when it was
  /// opened.
  long end() {
    return end;
  }

  /// Bytes of its files.
  public long bytes() {
    return sealed != null ? sealed.bytes() : Math.min(end, size);
  }

  /// Its records, from the first one on; null if the data cannot be read.
  @Nullable RecordScanner scan() throws IOException {
    return data == null
        ? null
        : new RecordScanner(
            new RecordCodec(header.salt()),
            data,
            SegmentHeader.BYTES,
            Math.min(end, size),
            header.base());
  }

  /// What looks like records behind the end; null if the data cannot be read.
  ///
  /// @param last the offset of the last record before the end
  @Nullable RecordScanner scanBeyond(long last) throws IOException {
    return data == null
        ? null
        : new RecordScanner(new RecordCodec(header.salt()), data, end, size, last);
  }

  /// Copies its first `count` bytes.
  void copy(long count, StoredFile to) throws IOException {
    if (data == null) {
      throw new IOException(troubles.toString());
    }
    var piece = ByteBuffer.allocate(1 << 20);
    for (long at = 0; at < count; at += piece.limit()) {
      piece.clear().limit((int) Math.min(piece.capacity(), count - at));
      if (data.read(piece, at) < piece.limit()) {
        throw new IOException(
            SegmentHeader.logName(entry.number()) + " became shorter while it was copied");
      }
      to.write(piece.flip(), at);
    }
  }

  @Override
  public void close() throws IOException {
    if (data != null) {
      data.close();
    }
    if (sealed != null) {
      sealed.release();
    }
  }
}
