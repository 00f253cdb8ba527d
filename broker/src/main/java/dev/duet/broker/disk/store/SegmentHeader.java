package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// What a segment's file begins with: magic, version, number, salt, base offset, checksum; the
/// records follow at [#BYTES].
///
/// @param number the file's number
/// @param salt of the log
/// @param base every record's offset is larger
public record SegmentHeader(long number, Salt salt, long base) {
  /// Bytes of it.
  public static final int BYTES = 64;

  private static final byte[] MAGIC = "duet log".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int CHECKSUM = BYTES - Integer.BYTES;

  /// The name of the file that has the records of segment `number`.
  public static String logName(long number) {
    return "%010d.log".formatted(number);
  }

  /// The name of the file that has its index.
  public static String indexName(long number) {
    return "%010d.index".formatted(number);
  }

  /// Its bytes.
  public ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.put(MAGIC).putInt(VERSION).putLong(number).put(salt.bytes()).putLong(base);
    out.putInt(CHECKSUM, checksum(out));
    return out.rewind();
  }

  /// Reads it from the beginning of a file.
  ///
  /// @throws DamagedException if it is none, or of a version that is not known
  public static SegmentHeader read(StoredFile file) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(BYTES);
    if (file.read(in, 0) < BYTES) {
      throw new DamagedException("the file is too short for a segment's header");
    }
    if (!Arrays.equals(MAGIC, 0, MAGIC.length, in.array(), 0, MAGIC.length)
        || checksum(in) != in.getInt(CHECKSUM)) {
      throw new DamagedException("no segment's header at the beginning of the file");
    }
    in.position(MAGIC.length);
    int version = in.getInt();
    if (version != VERSION) {
      throw new DamagedException(
          "segment version " + version + " is not known; this one reads " + VERSION);
    }
    long number = in.getLong();
    var salt = new Salt(Long.reverseBytes(in.getLong()), Long.reverseBytes(in.getLong()));
    return new SegmentHeader(number, salt, in.getLong());
  }

  private static int checksum(ByteBuffer header) {
    var crc = new CRC32C();
    crc.update(header.array(), 0, CHECKSUM);
    return (int) crc.getValue();
  }
}
