package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Writes the index of a segment that does not change any more:
///
/// ```
/// an entry per channel, in the order of the hashes
/// hashes: hash 8 | address of the entry 4, from the beginning of a block
/// positions of records with idempotency keys: the first, then differences
/// footer: the last block
///
/// entry: length 1 | name | marks 1 | count | first seq | prev | last seq - first seq
///        [fresh seq | fresh offset | fresh prev] [trimmed seq | trimmed offset] [largest time]
///        up to 32 records: offset, age, position, cum before; their bytes
///        more: headers of groups, 48 bytes each; the bytes of all groups
/// record: [offset, position, age less offset/1000: differences] | weight: difference, and flags
///         | [hash of the key 8] | [seq: difference | cum: difference to what follows from weights]
/// ```
final class IndexWriter {
  static final int KEYED = 1;

  /// `seq` and `cum` are with each record, because they have breaks.
  static final int BROKEN = 2;

  static final int FRESH = 4;
  static final int TRIMMED = 8;

  /// Offset 8, age 8, position 4, cum before 8, seq 8, largest time so far 8, address of its bytes
  /// less that of the first group's 4.
  static final int GROUP_HEADER = 48;

  static final int SLOT = Long.BYTES + Integer.BYTES;

  /// What the first weight of a group is told from.
  static final int USUAL_WEIGHT = 64;

  private final SegmentHeader header;
  private final IndexOutput out;
  private final RecordBuffer records = new RecordBuffer(0);
  private final Spot spot = new Spot();

  private IndexWriter(SegmentHeader header, IndexOutput out) {
    this.header = header;
    this.out = out;
  }

  /// Writes the index of a frozen segment into an empty file; does not sync it.
  ///
  /// @param end where its records end
  static void write(ActiveSegment segment, long end, StoredFile file) throws IOException {
    write(segment.header, segment.frozenIndex(), end, file);
  }

  /// @param index nothing is added to it any more
  static void write(SegmentHeader header, SegmentIndex index, long end, StoredFile file)
      throws IOException {
    index.freeze();
    new IndexWriter(header, new IndexOutput(header, file)).write(index, end);
  }

  private record Named(long hash, String name, ChannelIndex channel) {}

  private void write(SegmentIndex index, long end) throws IOException {
    List<Named> sorted = new ArrayList<>(index.channels().size());
    index
        .channels()
        .forEach(
            (name, channel) ->
                sorted.add(new Named(index.hash.hash(name), name, channel.live(true))));
    sorted.sort((a, b) -> Long.compareUnsigned(a.hash, b.hash));
    int[] addresses = new int[sorted.size()];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = Math.toIntExact(out.address());
      entry(sorted.get(i));
    }
    out.align();
    long hashes = out.address();
    for (int i = 0; i < addresses.length; i++) {
      out.number(sorted.get(i).hash, Long.BYTES);
      out.number(addresses[i], Integer.BYTES);
    }
    long keys = out.address();
    int[] positions = index.keyPositions();
    int before = 0;
    for (int position : positions) {
      out.varint(position - before);
      before = position;
    }
    new IndexFooter(
            index.last(),
            index.lastAge(),
            end,
            index.records(),
            addresses.length,
            hashes,
            keys,
            positions.length)
        .write(header, out);
  }

  private void entry(Named named) throws IOException {
    ChannelIndex run = named.channel;
    byte[] name = named.name.getBytes(StandardCharsets.US_ASCII);
    Cuts cuts = run.cuts();
    boolean fresh = cuts.freshOffset() != 0;
    boolean trimmed = cuts.trimmedSeq() != 0 || cuts.trimmedOffset() != 0;
    boolean broken = !run.keyed() && isBroken(run);
    out.put(name.length);
    out.put(ByteBuffer.wrap(name));
    out.put(
        (run.keyed() ? KEYED : 0)
            | (broken ? BROKEN : 0)
            | (fresh ? FRESH : 0)
            | (trimmed ? TRIMMED : 0));
    out.varint(run.size());
    out.varint(run.firstSeq());
    out.varint(run.prev());
    out.zigzag(run.lastSeq() - run.firstSeq());
    if (fresh) {
      out.varint(cuts.freshSeq());
      out.varint(cuts.freshOffset());
      out.varint(cuts.freshPrev());
    }
    if (trimmed) {
      out.varint(cuts.trimmedSeq());
      out.varint(cuts.trimmedOffset());
    }
    if (run.size() > 0) {
      out.zigzag(run.maxTime() - header.base() / 1000);
      groups(run, broken);
    }
  }

  private boolean isBroken(ChannelIndex run) {
    long seq = 0;
    long cum = 0;
    for (int i = 0; i < run.size(); i++) {
      run.spot(i, spot);
      if (i > 0 && (spot.seq != seq + 1 || spot.cum != cum + spot.weight)) {
        return true;
      }
      seq = spot.seq;
      cum = spot.cum;
    }
    return false;
  }

  private void groups(ChannelIndex run, boolean broken) throws IOException {
    records.cut(0);
    boolean one = run.size() <= ChannelIndex.GROUP;
    for (int first = 0; first < run.size(); first += ChannelIndex.GROUP) {
      run.spot(first, spot);
      if (one) {
        out.zigzag(spot.offset - header.base());
        out.zigzag(spot.age - spot.offset / 1000);
        out.varint(spot.position);
        out.zigzag(cumBefore(run));
      } else {
        out.number(spot.offset, 8);
        out.number(spot.age, 8);
        out.number(spot.position, 4);
        out.number(cumBefore(run), 8);
        out.number(spot.seq, 8);
        out.number(run.maxTimeSoFar(first / ChannelIndex.GROUP), 8);
        out.number(records.size(), 4);
      }
      group(run, first, broken);
    }
    out.put(records.view());
  }

  private long cumBefore(ChannelIndex run) {
    return run.keyed() ? 0 : spot.cum - spot.weight;
  }

  private void group(ChannelIndex run, int first, boolean broken) {
    long offset = 0;
    long position = 0;
    long skew = 0;
    long seq = spot.seq;
    long cum = cumBefore(run);
    int weight = USUAL_WEIGHT;
    int end = Math.min(run.size(), first + ChannelIndex.GROUP);
    for (int i = first; i < end; i++) {
      run.spot(i, spot);
      ByteBuffer to = records.room(6 * Varints.MOST + Long.BYTES);
      int start = to.position();
      if (i > first) {
        Varints.put(to, spot.offset - offset);
        Varints.put(to, spot.position - position);
        Varints.put(to, Varints.zigzag(spot.age - spot.offset / 1000 - skew));
      }
      Varints.put(
          to,
          Varints.zigzag(spot.weight - weight) << 2 | (spot.deleted ? 2 : 0) | (spot.end ? 1 : 0));
      if (run.keyed()) {
        to.putLong(spot.keyHash);
      }
      if (broken) {
        Varints.put(to, spot.seq - seq);
        Varints.put(to, Varints.zigzag(spot.cum - cum - spot.weight));
      }
      offset = spot.offset;
      position = spot.position;
      skew = spot.age - spot.offset / 1000;
      weight = spot.weight;
      seq = spot.seq;
      cum = spot.cum;
      records.wrote(to.position() - start);
    }
  }
}
