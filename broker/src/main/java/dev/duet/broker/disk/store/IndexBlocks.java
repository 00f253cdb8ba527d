package dev.duet.broker.disk.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The blocks of one index file, verified. Any thread.
final class IndexBlocks implements Closeable {
  /// Bytes of a block in the file.
  static final int BLOCK = 4096;

  /// Bytes of it that say something; a checksum follows. Addresses in an index count these alone.
  static final int PAYLOAD = BLOCK - Integer.BYTES;

  private final SegmentHeader header;
  private final StoredFile file;
  private final @Nullable BlockCache cache;
  private final long id;
  private final int count;

  /// @param cache where blocks are kept, or null
  IndexBlocks(SegmentHeader header, StoredFile file, @Nullable BlockCache cache)
      throws IOException {
    this.header = header;
    this.file = file;
    this.cache = cache;
    this.id = cache == null ? 0 : cache.newFile();
    long size = file.size();
    if (size == 0 || size % BLOCK != 0 || size / BLOCK > Integer.MAX_VALUE) {
      throw damaged("it has " + size + " bytes, which is no number of blocks");
    }
    this.count = (int) (size / BLOCK);
  }

  /// The same without a cache, for one walk over everything.
  IndexBlocks uncached() throws IOException {
    return new IndexBlocks(header, file, null);
  }

  int count() {
    return count;
  }

  long bytes() {
    return (long) count * BLOCK;
  }

  /// @throws DamagedException if its checksum is wrong, or the disk cannot read it
  byte[] block(int number) throws IOException {
    if (number < 0 || number >= count) {
      throw damaged("block " + number + " of " + count + " is asked for");
    }
    byte[] known = cache == null ? null : cache.get(id, number);
    if (known != null) {
      return known;
    }
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    if (read(number, block) < BLOCK
        || block.getInt(PAYLOAD) != checksum(header, number, block.array())) {
      throw damaged("the checksum of block " + number + " is wrong");
    }
    if (cache != null) {
      cache.put(id, number, block.array());
    }
    return block.array();
  }

  private int read(int number, ByteBuffer into) throws IOException {
    try {
      return file.read(into, (long) number * BLOCK);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw damaged("block " + number + " cannot be read: " + IoReason.of(e));
    }
  }

  @Override
  public void close() throws IOException {
    if (cache != null) {
      cache.forget(id);
    }
    file.close();
  }

  DamagedException damaged(String what) {
    return DamagedException.ofIndex(header.number(), what);
  }

  /// Begins with salt, segment and number, so that a block in the wrong place is wrong.
  static int checksum(SegmentHeader header, int number, byte[] block) {
    var crc = new CRC32C();
    crc.update(header.salt().bytes());
    crc.update(
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
            .putLong(header.number())
            .putInt(number)
            .flip());
    crc.update(block, 0, PAYLOAD);
    return (int) crc.getValue();
  }

  /// Reads one after the other, over the ends of blocks. For one thread.
  static final class Cursor {
    private final IndexBlocks blocks;
    private int block = -1;
    private byte[] bytes = new byte[0];
    private int at = PAYLOAD;

    Cursor(IndexBlocks blocks) {
      this.blocks = blocks;
    }

    Cursor at(long address) throws IOException {
      int wanted = (int) Math.clamp(address / PAYLOAD, 0, Integer.MAX_VALUE);
      if (wanted != block) {
        bytes = blocks.block(wanted);
        block = wanted;
      }
      at = (int) (address % PAYLOAD);
      return this;
    }

    long address() {
      return (long) block * PAYLOAD + at;
    }

    int next() throws IOException {
      if (at == PAYLOAD) {
        bytes = blocks.block(block + 1);
        block++;
        at = 0;
      }
      return bytes[at++] & 0xFF;
    }

    long number(int size) throws IOException {
      long value = 0;
      for (int i = 0; i < size; i++) {
        value = value << 8 | next();
      }
      return value;
    }

    long varint() throws IOException {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        int next = next();
        value |= (next & 0x7FL) << shift;
        if (next < 0x80) {
          return value;
        }
      }
      throw blocks.damaged("a number has more than " + Varints.MOST + " bytes");
    }

    long zigzag() throws IOException {
      return Varints.unzigzag(varint());
    }
  }
}
