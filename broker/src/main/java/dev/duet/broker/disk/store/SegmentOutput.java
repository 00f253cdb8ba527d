package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A sealed segment in the making: records are added in log order, [Store#replace] finishes it. One
/// thread. It is written and synced in pieces of 128 KiB, so that no sync of the log waits long
/// behind one.
public final class SegmentOutput implements Closeable {
  private static final int PIECE = 128 << 10;

  private final Parts parts;
  private final StoredFile file;
  private final OpenSegment open;
  private final RecordBuffer buffer = new RecordBuffer(PIECE);
  private boolean finished;

  SegmentOutput(Parts parts, long base) throws IOException {
    this.parts = parts;
    long number = parts.catalog().nextNumber();
    this.file = parts.folder().create(SegmentHeader.logName(number));
    this.open = OpenSegment.begin(parts, number, base, file);
    try {
      file.write(open.segment().header.encode(), 0);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /// Adds a record; one that was read becomes the same bytes.
  ///
  /// @throws IOException if it could not be written
  public void add(StoredRecord record) throws IOException {
    int length = parts.codec().encode(record, buffer);
    open.segment().index(record.withLength(length), open.end() + buffer.size() - length);
    if (buffer.size() >= PIECE) {
      flush();
    }
  }

  private void flush() throws IOException {
    ByteBuffer bytes = buffer.view();
    open.write(bytes);
    open.force();
    open.written(bytes, open.segment().last(), true);
    buffer.cut(0);
  }

  /// Bytes of records so far.
  public long bytes() {
    return open.end() - SegmentHeader.BYTES + buffer.size();
  }

  /// Whether a limit of segments is reached.
  public boolean isFull() {
    SegmentLimits limits = parts.settings().limits();
    return bytes() >= limits.bytes()
        || open.segment().records() >= limits.records()
        || open.segment().channels() >= limits.channels();
  }

  /// Writes what is left, and the index.
  ///
  /// @return null if it has no records
  SealedSegment finish() throws IOException {
    flush();
    SealedSegment sealed = Sealer.seal(parts, open.segment(), open.end());
    finished = true;
    open.segment().release();
    return sealed;
  }

  long number() {
    return open.number();
  }

  boolean isEmpty() {
    return open.segment().records() == 0;
  }

  /// Gives it up: its file goes. Does nothing after [Store#replace] succeeded.
  @Override
  public void close() {
    if (!finished) {
      finished = true;
      open.segment().release();
      parts.catalog().discard(open.number());
    }
  }
}
