package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A segment that does not change any more, with its index in a file. Any thread.
public final class SealedSegment extends CountedSegment {
  private static final int GUESSES = 8;

  private final Folder folder;
  private final StoredFile data;
  private final IndexBlocks blocks;
  private final IndexFooter footer;
  private volatile boolean dropped;

  private SealedSegment(Folder folder, SegmentHeader header, StoredFile data, IndexBlocks blocks)
      throws IOException {
    super(header);
    this.folder = folder;
    this.data = data;
    this.blocks = blocks;
    this.footer = IndexFooter.read(header, blocks);
  }

  /// Opens the two files of a segment. Reads one block, the index's last.
  ///
  /// @throws DamagedException if the index is wrong ([DamagedException#isIndex()])
  /// @throws IOException if a file is not there, or cannot be read
  public static SealedSegment open(Folder folder, SegmentHeader header, BlockCache cache)
      throws IOException {
    StoredFile data = folder.open(SegmentHeader.logName(header.number()), false);
    StoredFile index = null;
    try {
      index = folder.open(SegmentHeader.indexName(header.number()), false);
      return new SealedSegment(folder, header, data, new IndexBlocks(header, index, cache));
    } catch (IOException e) {
      data.close();
      if (index != null) {
        index.close();
      }
      throw e;
    }
  }

  /// Its files are removed with the last reference: others took its place.
  public void drop() {
    dropped = true;
  }

  @Override
  public long last() {
    return footer.last();
  }

  @Override
  public long lastAge() {
    return footer.lastAge();
  }

  @Override
  public long bytes() {
    return footer.end() + blocks.bytes();
  }

  /// Where the records end in its data file.
  public long end() {
    return footer.end();
  }

  /// How many records it has.
  public int records() {
    return footer.records();
  }

  /// How many channels.
  public int channels() {
    return footer.channels();
  }

  /// {@inheritDoc}
  ///
  /// @throws DamagedException if the index is wrong ([DamagedException#isIndex()])
  @Override
  public @Nullable Run run(String channel) throws IOException {
    long hash = new SipHash(header.salt()).hash(channel);
    var table = new IndexBlocks.Cursor(blocks);
    for (int i = slot(table, hash); i < footer.channels(); i++) {
      if (hashAt(table, i) != hash) {
        return null;
      }
      var run = new SealedRun(blocks, base(), table.number(Integer.BYTES));
      if (run.channel().equals(channel)) {
        return run;
      }
    }
    return null;
  }

  /// The first slot whose hash is not smaller. Hashes are spread evenly, so that a guess is near;
  /// after a few it halves.
  private int slot(IndexBlocks.Cursor table, long hash) throws IOException {
    int low = 0;
    int high = footer.channels();
    double smallest = 0;
    double largest = 0x1p64;
    double wanted = unsigned(hash);
    for (int guesses = 0; low < high; guesses++) {
      int middle =
          guesses < GUESSES && largest > smallest
              ? (int)
                  Math.clamp(
                      low + (wanted - smallest) / (largest - smallest) * (high - low),
                      low,
                      high - 1.0)
              : low + high >>> 1;
      long there = hashAt(table, middle);
      if (Long.compareUnsigned(there, hash) < 0) {
        low = middle + 1;
        smallest = unsigned(there);
      } else {
        high = middle;
        largest = unsigned(there);
      }
    }
    return low;
  }

  private long hashAt(IndexBlocks.Cursor table, int slot) throws IOException {
    return table.at(footer.hashes() + (long) slot * IndexWriter.SLOT).number(Long.BYTES);
  }

  private static double unsigned(long value) {
    return (value >>> 1) * 2.0;
  }

  @Override
  public StoredRecord read(long position, String channel, long offset) throws IOException {
    return read(data, position, footer.end(), channel, offset);
  }

  /// Reads a record of any channel: one of [#keyPositions()].
  ///
  /// @throws DamagedException if its checksum is wrong
  public StoredRecord read(long position) throws IOException {
    return read(data, position, footer.end());
  }

  /// Reads all its records, from the first one on. For one thread, which holds a reference.
  public RecordScanner scan() throws IOException {
    return new RecordScanner(codec, data, SegmentHeader.BYTES, footer.end(), base());
  }

  /// Positions of the records that have idempotency keys, in log order.
  public List<Long> keyPositions() throws IOException {
    var in = new IndexBlocks.Cursor(blocks.uncached()).at(footer.keys());
    List<Long> positions = new ArrayList<>(footer.keyCount());
    long position = 0;
    for (int i = 0; i < footer.keyCount(); i++) {
      position += in.varint();
      positions.add(position);
    }
    return positions;
  }

  /// All channels, in the order of their hashes; passes the cache by. For one thread, which holds a
  /// reference meanwhile.
  public Entries entries() throws IOException {
    return new Entries();
  }

  /// A walk over all channels of a segment.
  public final class Entries {
    private final IndexBlocks own = blocks.uncached();
    private final IndexBlocks.Cursor table = new IndexBlocks.Cursor(own);
    private int next;
    private @Nullable SealedRun run;

    private Entries() throws IOException {}

    /// Goes to the next channel; false if there is none.
    public boolean next() throws IOException {
      if (next == footer.channels()) {
        run = null;
        return false;
      }
      hashAt(table, next++);
      run = new SealedRun(own, base(), table.number(Integer.BYTES));
      return true;
    }

    /// Its name.
    public String channel() {
      return here().channel();
    }

    /// Its records.
    public Run run() {
      return here();
    }

    private SealedRun here() {
      if (run == null) {
        throw new IllegalStateException("there is no channel here");
      }
      return run;
    }
  }

  @Override
  void letGo() {
    close(data, SegmentHeader.logName(number()));
    close(blocks, SegmentHeader.indexName(number()));
    if (dropped) {
      remove(SegmentHeader.logName(number()));
      remove(SegmentHeader.indexName(number()));
    }
  }

  /// A file that cannot be removed now is at the next start: the manifest does not name it.
  private void remove(String name) {
    try {
      folder.delete(name);
    } catch (IOException e) {
      System.getLogger("dev.duet.broker.disk")
          .log(System.Logger.Level.WARNING, name + " could not be removed yet: " + IoReason.of(e));
    }
  }
}
