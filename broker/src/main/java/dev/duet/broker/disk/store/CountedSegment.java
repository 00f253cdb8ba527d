package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;

/// What segments have in common: references, and reading a record from a file.
abstract class CountedSegment implements Segment {
  /// Enough for most records in one go.
  private static final int GUESS = 1024;

  private final AtomicInteger references = new AtomicInteger(1);
  final SegmentHeader header;
  final RecordCodec codec;

  CountedSegment(SegmentHeader header) {
    this.header = header;
    this.codec = new RecordCodec(header.salt());
  }

  /// Lets go of its files; called once, by whoever had the last reference: it does not throw.
  abstract void letGo();

  static void close(Closeable file, String name) {
    try {
      file.close();
    } catch (IOException e) {
      System.getLogger("dev.duet.broker.disk")
          .log(System.Logger.Level.WARNING, name + " could not be closed: " + IoReason.of(e));
    }
  }

  @Override
  public final long number() {
    return header.number();
  }

  @Override
  public final long base() {
    return header.base();
  }

  @Override
  public final boolean tryRetain() {
    while (true) {
      int count = references.get();
      if (count == 0) {
        return false;
      }
      if (references.compareAndSet(count, count + 1)) {
        return true;
      }
    }
  }

  @Override
  public final void release() {
    int count = references.decrementAndGet();
    if (count < 0) {
      throw new IllegalStateException("segment " + number() + " was released too often");
    }
    if (count == 0) {
      letGo();
    }
  }

  /// @param end where the records end
  final StoredRecord read(StoredFile file, long position, long end, String channel, long offset)
      throws IOException {
    try {
      return checked(read(file, position, end), position, channel, offset);
    } catch (DamagedException e) {
      throw new DamagedException(e.getMessage() + "; wanted is " + channel + "@" + offset);
    }
  }

  /// @param end where the records end
  final StoredRecord read(StoredFile file, long position, long end) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.clamp(end - position, 0, GUESS));
    StoredRecord record;
    try {
      read(file, position, bytes);
      bytes.flip();
      int length = codec.lengthAt(bytes);
      if (length > bytes.limit() && length <= end - position) {
        ByteBuffer all = ByteBuffer.allocate(length).put(bytes);
        read(file, position, all);
        bytes = all.flip();
      }
      record = codec.decode(bytes);
    } catch (DamagedException e) {
      throw new DamagedException(place(position) + e.getMessage());
    }
    if (record == null) {
      throw new DamagedException(place(position) + "the file ends before the record does");
    }
    return record;
  }

  /// What the disk cannot read is damaged. More may be asked for than the record: then its own
  /// bytes alone may be there.
  private static void read(StoredFile file, long position, ByteBuffer into) throws IOException {
    int start = into.position();
    try {
      file.read(into, position + start);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      into.position(start);
      IOException why = Pages.read(file, position + start, into, at -> {});
      if (why != null) {
        throw new DamagedException("it cannot be read: " + IoReason.of(why));
      }
    }
  }

  final StoredRecord checked(StoredRecord record, long position, String channel, long offset)
      throws DamagedException {
    if (record.offset() != offset || !record.channel().equals(channel)) {
      throw new DamagedException(
          place(position) + "there is " + record.channel() + "@" + record.offset());
    }
    return record;
  }

  private String place(long position) {
    return SegmentHeader.logName(number()) + " at " + position + ": ";
  }

  @Override
  public String toString() {
    return "segment " + number();
  }
}
