package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// A segment whose index is in memory: the one that is written, and those before it whose index is
/// not in a file yet.
///
/// Under the log's lock: [#index], [#run], [#copy], [#split], [#freeze] and what counts. By any
/// thread: [#read] at positions that a run or a copy gave, and references. Bytes that are not
/// synced are read from memory.
public final class ActiveSegment extends CountedSegment {
  private final StoredFile file;
  private final SegmentIndex index;
  private final ConcurrentSkipListMap<Long, ByteBuffer> chunks = new ConcurrentSkipListMap<>();
  private volatile long end = SegmentHeader.BYTES;

  /// @param file its data; closed with the last reference
  public ActiveSegment(SegmentHeader header, StoredFile file) {
    super(header);
    this.file = file;
    this.index = new SegmentIndex(new SipHash(header.salt()), header.base());
  }

  // ---- writing

  /// Puts a record into the index, in log order.
  ///
  /// @param record with its length, as it was decoded, or with that which encoding said
  /// @param position of its first byte in the file
  /// @throws IllegalStateException if its offset is not larger than all before, or it is frozen
  public void index(StoredRecord record, long position) {
    index.add(record, position);
    end = Math.max(end, position + record.length());
  }

  /// Bytes that are written and not synced: they are read from here.
  ///
  /// @param position of their first byte in the file
  /// @param bytes not changed any more
  public void unsynced(long position, ByteBuffer bytes) {
    chunks.put(position, bytes.slice());
    end = Math.max(end, position + bytes.remaining());
  }

  /// All before `upTo` is synced, and read from the file from now on.
  public void synced(long upTo) {
    while (true) {
      Map.Entry<Long, ByteBuffer> first = chunks.firstEntry();
      if (first == null || first.getKey() + first.getValue().remaining() > upTo) {
        return;
      }
      chunks.remove(first.getKey());
    }
  }

  /// Ends this segment with `lastOffset`, after a sync that failed: what lies behind it moves to an
  /// empty segment, where its bytes are. Readers that hold copies of runs go on reading those bytes
  /// from the memory of this one.
  ///
  /// @param shift position there less position here
  public void split(long lastOffset, ActiveSegment into, long shift) {
    if (into.index.records() > 0) {
      throw new IllegalStateException("segment " + into.number() + " is not empty");
    }
    into.end = end + shift;
    index.split(lastOffset, into.index, shift);
  }

  /// Nothing is added any more: from now on its index may be written to a file outside of the lock.
  public void freeze() {
    index.freeze();
  }

  // ---- counts

  /// How many records it has.
  public int records() {
    return index.records();
  }

  /// How many channels they belong to.
  public int channels() {
    return index.channels().size();
  }

  /// Where the next record goes, as far as it was told; more than there is after a [#split].
  public long size() {
    return end;
  }

  @Override
  public long last() {
    return index.last();
  }

  @Override
  public long lastAge() {
    return index.lastAge();
  }

  /// Bytes of its file; it has no other.
  @Override
  public long bytes() {
    return end;
  }

  // ---- reading

  @Override
  public @Nullable Run run(String channel) {
    return index.channel(channel);
  }

  /// Records of a channel for use outside the lock: at most `most` of those after `afterOffset`,
  /// the oldest; its size may be 0. Null if it has none of the channel.
  public @Nullable Run copy(String channel, long afterOffset, int most) {
    ChannelIndex run = index.channel(channel);
    if (run == null) {
      return null;
    }
    int start = run.after(afterOffset);
    return run.copy(start, (int) Math.min(run.size(), (long) start + most));
  }

  /// The records of a channel at these offsets, those that it has, for use outside the lock: their
  /// places and nothing else. Null if it has none of the channel.
  ///
  /// @param offsets ascending or descending
  public @Nullable Run pick(String channel, long... offsets) {
    ChannelIndex run = index.channels().get(channel);
    return run == null ? null : run.pick(offsets);
  }

  @Override
  public StoredRecord read(long position, String channel, long offset) throws IOException {
    Map.Entry<Long, ByteBuffer> chunk = chunks.floorEntry(position);
    if (chunk != null && position < chunk.getKey() + chunk.getValue().remaining()) {
      ByteBuffer bytes = chunk.getValue().duplicate();
      bytes.position((int) (position - chunk.getKey()));
      StoredRecord record = codec.decode(bytes);
      if (record == null) {
        throw new DamagedException("in memory at " + position + ": a record is cut off");
      }
      return checked(record, position, channel, offset);
    }
    return read(file, position, Long.MAX_VALUE, channel, offset);
  }

  SegmentIndex frozenIndex() {
    return index;
  }

  StoredFile file() {
    return file;
  }

  @Override
  void letGo() {
    chunks.clear();
    close(file, SegmentHeader.logName(number()));
  }
}
