package dev.duet.broker.disk.store;

import java.io.IOException;

/// The last block of an index: where its parts are, and what its segment is.
///
/// @param last offset of the segment's last record, or its base
/// @param lastAge of that record, milliseconds of the log's clock
/// @param end where the records end in the data file
/// @param records how many the segment has
/// @param channels how many entries there are
/// @param hashes address of the table of hashes
/// @param keys address of the positions of records with idempotency keys
/// @param keyCount how many of them there are
record IndexFooter(
    long last,
    long lastAge,
    long end,
    int records,
    int channels,
    long hashes,
    long keys,
    int keyCount) {
  private static final long MAGIC = 0x6475657420696478L;
  private static final int VERSION = 1;

  void write(SegmentHeader header, IndexOutput out) throws IOException {
    out.align();
    out.number(MAGIC, 8);
    out.number(VERSION, 4);
    out.number(header.number(), 8);
    out.number(header.base(), 8);
    out.number(last, 8);
    out.number(lastAge, 8);
    out.number(end, 8);
    out.number(records, 4);
    out.number(channels, 4);
    out.number(hashes, 8);
    out.number(keys, 8);
    out.number(keyCount, 4);
    out.finish();
  }

  /// @throws DamagedException if it is none, or another segment's
  static IndexFooter read(SegmentHeader header, IndexBlocks blocks) throws IOException {
    var in = new IndexBlocks.Cursor(blocks).at((long) (blocks.count() - 1) * IndexBlocks.PAYLOAD);
    if (in.number(8) != MAGIC
        || in.number(4) != VERSION
        || in.number(8) != header.number()
        || in.number(8) != header.base()) {
      throw blocks.damaged("its last block is not the footer of this segment");
    }
    return new IndexFooter(
        in.number(8),
        in.number(8),
        in.number(8),
        (int) in.number(4),
        (int) in.number(4),
        in.number(8),
        in.number(8),
        (int) in.number(4));
  }
}
