package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads a segment's file record by record, and finds the next one after damage. Offsets only rise;
/// a record whose offset does not is damage too. Its buffer is bounded by the longest record. For
/// one thread.
public final class RecordScanner {
  private static final int BUFFER = 256 << 10;

  private final RecordCodec codec;
  private final StoredFile file;
  private final long end;
  private ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);
  private long bufferAt;
  private long at;
  private long recordAt;
  private long lastOffset;
  private @Nullable Damage damage;
  private @Nullable IOException unreadable;
  private boolean isReadable;

  /// Where what was read had pages that the disk cannot read.
  private final NavigableSet<Long> unreadablePages = new TreeSet<>();

  /// @param from where a record begins
  /// @param end nothing from there on is read
  /// @param after every record's offset is larger
  public RecordScanner(RecordCodec codec, StoredFile file, long from, long end, long after)
      throws IOException {
    this.codec = codec;
    this.file = file;
    this.end = Math.min(end, file.size());
    this.at = from;
    this.bufferAt = from;
    this.lastOffset = after;
  }

  /// Bytes that are no record.
  ///
  /// @param from the first of them
  /// @param to behind the last of them
  /// @param after offset of the record before them, or what the scanner began with
  /// @param before offset of the record after them, or [#NOTHING]
  /// @param unreadable whether they are damaged because the disk could not read some of them
  public record Damage(long from, long to, long after, long before, boolean unreadable) {
    /// No record follows.
    public static final long NOTHING = Long.MAX_VALUE;

    /// Adds what of the log it may have been, if it was something.
    ///
    /// @param last the offset of the last record of the segment
    void addHole(long last, List<Hole> holes) {
      long to = Math.min(before - 1, last);
      if (to > after) {
        holes.add(new Hole(after, to));
      }
    }
  }

  /// The next record, or null at the end.
  ///
  /// @throws IOException if nothing of the file can be read; a part that cannot is damage
  public @Nullable StoredRecord next() throws IOException {
    long from = at;
    long after = lastOffset;
    damage = null;
    while (at < end) {
      StoredRecord record = tryHere();
      if (record != null) {
        if (from < at) {
          damage = new Damage(from, at, after, record.offset(), isUnreadable(from, at));
        }
        recordAt = at;
        at += record.length();
        lastOffset = record.offset();
        return record;
      }
      at++;
    }
    if (unreadable != null && !isReadable) {
      throw unreadable;
    }
    if (from < end) {
      damage = new Damage(from, end, after, Damage.NOTHING, isUnreadable(from, end));
    }
    return null;
  }

  /// What lay between the last two records that were returned, or between the last one and the end;
  /// null if nothing did.
  public @Nullable Damage damage() {
    return damage;
  }

  /// Where the record that was returned last begins.
  public long position() {
    return recordAt;
  }

  private boolean isUnreadable(long from, long to) {
    Long last = unreadablePages.lower(to);
    return last != null && last / Pages.PAGE >= from / Pages.PAGE;
  }

  private @Nullable StoredRecord tryHere() throws IOException {
    if (end - at < RecordCodec.LEAST) {
      return null;
    }
    have(RecordCodec.HEAD);
    long offset = RecordCodec.offsetAt(buffer, buffer.position());
    if (offset <= lastOffset) {
      return null;
    }
    int length = codec.headAt(buffer);
    if (length == 0 || length > end - at) {
      return null;
    }
    have(length);
    try {
      return codec.decode(buffer.duplicate());
    } catch (DamagedException e) {
      return null;
    }
  }

  /// Makes the buffer begin at or before `at`, stand there, and have `count` bytes from there.
  private void have(int count) throws IOException {
    long skip = at - bufferAt;
    if (skip + count <= buffer.limit()) {
      buffer.position((int) skip);
      return;
    }
    int kept = (int) Math.max(0, buffer.limit() - skip);
    byte[] bytes = buffer.array();
    byte[] target = bytes.length >= count ? bytes : new byte[count];
    if (kept > 0) {
      System.arraycopy(bytes, (int) skip, target, 0, kept);
    }
    ByteBuffer filled = ByteBuffer.wrap(target);
    filled.limit((int) Math.min(target.length, end - at)).position(kept);
    read(at + kept, filled);
    if (filled.position() < count) {
      Arrays.fill(target, filled.position(), count, (byte) 0);
      filled.position(count);
    }
    buffer = filled.flip();
    bufferAt = at;
  }

  /// Pages that the disk cannot read are damage like any other.
  private void read(long position, ByteBuffer into) throws IOException {
    int start = into.position();
    IOException why = null;
    try {
      file.read(into, position);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      into.position(start);
      why = Pages.read(file, position, into, unreadablePages::add);
      if (unreadable == null) {
        unreadable = why;
      }
    }
    isReadable |= why == null;
  }
}
