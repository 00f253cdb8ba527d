package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// A run in an index file. Holds one group, decoded.
final class SealedRun implements Run {
  private final IndexBlocks.Cursor in;
  private final String channel;
  private final int marks;
  private final int size;
  private final long firstSeq;
  private final long prev;
  private final long lastSeq;
  private final Cuts cuts;
  private long maxTime;

  /// Address of the first group's header; of its fields where there is one group.
  private final long headers;

  private final long base;
  private int group = -1;
  private final Spot[] spots = new Spot[ChannelIndex.GROUP];

  /// Reads an entry.
  SealedRun(IndexBlocks blocks, long base, long address) throws IOException {
    this.base = base;
    in = new IndexBlocks.Cursor(blocks).at(address);
    byte[] name = new byte[in.next()];
    for (int i = 0; i < name.length; i++) {
      name[i] = (byte) in.next();
    }
    channel = new String(name, StandardCharsets.US_ASCII);
    marks = in.next();
    size = (int) in.varint();
    firstSeq = in.varint();
    prev = in.varint();
    lastSeq = firstSeq + in.zigzag();
    boolean fresh = (marks & IndexWriter.FRESH) != 0;
    boolean trimmed = (marks & IndexWriter.TRIMMED) != 0;
    cuts =
        fresh || trimmed
            ? new Cuts(
                fresh ? in.varint() : 0,
                fresh ? in.varint() : 0,
                fresh ? in.varint() : 0,
                trimmed ? in.varint() : 0,
                trimmed ? in.varint() : 0)
            : Cuts.NONE;
    if (size > 0) {
      maxTime = base / 1000 + in.zigzag();
    }
    headers = in.address();
  }

  String channel() {
    return channel;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean keyed() {
    return (marks & IndexWriter.KEYED) != 0;
  }

  @Override
  public long firstSeq() {
    return firstSeq;
  }

  @Override
  public long prev() {
    return prev;
  }

  @Override
  public Cuts cuts() {
    return cuts;
  }

  @Override
  public long lastSeq() {
    return lastSeq;
  }

  @Override
  public long maxTime() {
    return maxTime;
  }

  @Override
  public void spot(int index, Spot into) throws IOException {
    Objects.checkIndex(index, size);
    Spot spot = loaded(index);
    into.offset = spot.offset;
    into.age = spot.age;
    into.seq = spot.seq;
    into.position = spot.position;
    into.weight = spot.weight;
    into.cum = spot.cum;
    into.keyHash = spot.keyHash;
    into.deleted = spot.deleted;
    into.end = spot.end;
  }

  @Override
  public int after(long offset) throws IOException {
    int low = 0;
    int high = groups();
    while (low < high) {
      int middle = low + high >>> 1;
      if (firstOffset(middle) > offset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    if (low == 0) {
      return 0;
    }
    int index = (low - 1) * ChannelIndex.GROUP;
    int end = Math.min(size, low * ChannelIndex.GROUP);
    while (index < end && loaded(index).offset <= offset) {
      index++;
    }
    return index;
  }

  @Override
  public int since(long time) throws IOException {
    if (maxTime < time) {
      return size;
    }
    if (keyed() || groups() == 1) {
      return 0;
    }
    int low = 0;
    int high = groups() - 1;
    while (low < high) {
      int middle = low + high >>> 1;
      if (in.at(header(middle) + 36).number(8) >= time) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low * ChannelIndex.GROUP;
  }

  private int groups() {
    return (size + ChannelIndex.GROUP - 1) / ChannelIndex.GROUP;
  }

  private long header(int which) {
    return headers + (long) which * IndexWriter.GROUP_HEADER;
  }

  private long firstOffset(int which) throws IOException {
    return groups() == 1 ? base + in.at(headers).zigzag() : in.at(header(which)).number(8);
  }

  private Spot loaded(int index) throws IOException {
    int wanted = index / ChannelIndex.GROUP;
    if (wanted != group) {
      group = -1;
      load(wanted);
      group = wanted;
    }
    return spots[index % ChannelIndex.GROUP];
  }

  private void load(int which) throws IOException {
    long offset;
    long age;
    long position;
    long cum;
    long seq = firstSeq;
    if (groups() == 1) {
      offset = base + in.at(headers).zigzag();
      age = in.zigzag() + offset / 1000;
      position = in.varint();
      cum = in.zigzag();
    } else {
      offset = in.at(header(which)).number(8);
      age = in.number(8);
      position = in.number(4);
      cum = in.number(8);
      seq = in.number(8);
      in.number(8);
      in.at(header(groups()) + in.number(4));
    }
    records(which, offset, age - offset / 1000, position, cum, seq);
  }

  private void records(
      int which, long firstOffset, long firstSkew, long firstPosition, long cumBefore, long seqNow)
      throws IOException {
    long offset = firstOffset;
    long skew = firstSkew;
    long position = firstPosition;
    long cum = cumBefore;
    long seq = seqNow;
    long weight = IndexWriter.USUAL_WEIGHT;
    boolean broken = (marks & IndexWriter.BROKEN) != 0;
    int count = Math.min(ChannelIndex.GROUP, size - which * ChannelIndex.GROUP);
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        offset += in.varint();
        position += in.varint();
        skew += in.zigzag();
      }
      long packed = in.varint();
      weight += Varints.unzigzag(packed >>> 2);
      Spot spot = spots[i] == null ? new Spot() : spots[i];
      spots[i] = spot;
      spot.offset = offset;
      spot.position = position;
      spot.age = skew + offset / 1000;
      spot.weight = (int) weight;
      spot.deleted = (packed & 2) != 0;
      spot.end = (packed & 1) != 0;
      spot.keyHash = keyed() ? in.number(8) : 0;
      seq += broken ? in.varint() : i > 0 ? 1 : 0;
      cum += weight + (broken ? in.zigzag() : 0);
      spot.seq = keyed() ? 0 : seq;
      spot.cum = keyed() ? 0 : cum;
    }
  }
}
