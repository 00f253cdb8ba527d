package dev.duet.broker.disk.store;

import static dev.duet.broker.disk.store.Records.SALT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.disk.store.RecordScanner.Damage;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What is read is what was written, or it is told as damage.
class RecordCodecTest {
  private static final long NOW = 1_790_000_000_000_000L;

  private final RecordCodec codec = new RecordCodec(SALT);
  private final RecordBuffer buffer = new RecordBuffer(0);

  @Test
  void recordsRoundTrip() throws IOException {
    var random = new Random(1);
    var written = new ArrayList<StoredRecord>();
    for (int i = 0; i < 3000; i++) {
      StoredRecord record = Records.random(random, NOW + 1L + i * 1000L);
      int before = buffer.size();
      assertThat(codec.encode(record, buffer)).isEqualTo(buffer.size() - before);
      written.add(record);
    }
    ByteBuffer bytes = buffer.take(0);
    assertThat(buffer.size()).isZero();
    var scanner = scanner(bytes.array(), bytes.limit());
    for (StoredRecord record : written) {
      int before = bytes.position();
      StoredRecord read = codec.decode(bytes);
      Records.assertSame(read, record);
      assertThat(read.length()).isEqualTo(bytes.position() - before);
      Records.assertSame(scanner.next(), record);
      assertThat(scanner.position()).isEqualTo(before);
      assertThat(scanner.damage()).isNull();
    }
    assertThat(codec.decode(bytes)).isNull();
    assertThat(scanner.next()).isNull();
    assertThat(scanner.damage()).isNull();
  }

  @Test
  void theSmallestAndTheLargestAreRead() throws IOException {
    codec.encode(Records.text("c", 1, 0, 0, 0, ""), buffer);
    assertThat(buffer.size()).isEqualTo(RecordCodec.LEAST + 1);
    byte[] data = new byte[16 << 20];
    new Random(1).nextBytes(data);
    String most = "😀".repeat(127);
    var record =
        Records.of(
            "c".repeat(255),
            (1L << 53) - 1,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            0,
            true,
            new Draft(PayloadType.BYTES, data, most, most, most, false, true, "k".repeat(255), -1));
    codec.encode(record, buffer);
    ByteBuffer bytes = buffer.view();
    assertThat(codec.decode(bytes)).isNotNull();
    Records.assertSame(codec.decode(bytes), record);
  }

  /// What goes in the place of a tombstone moves the horizon to that tombstone.
  @Test
  void aTrimMayLetGoItsOwnOffset() throws DamagedException {
    for (long prev : new long[] {0, 4, 5}) {
      var trim =
          new StoredRecord(
              StoredRecord.Kind.TRIM, "c", 5, 1, 3, 0, prev, true, false, true, null, "id", 9, 0);
      var buffer = new RecordBuffer(100);
      int length = codec.encode(trim, buffer);
      StoredRecord back = codec.decode(buffer.view());
      assertThat(back).isEqualTo(trim.withLength(length));
    }
  }

  @Test
  void whatIsTooLongOrNoRecordIsNotEncoded() {
    var large = Records.of("c", 1, 1, 1, 0, false, Draft.of(PayloadType.BYTES, new byte[18 << 20]));
    assertThatThrownBy(() -> codec.encode(large, buffer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most");
    var wrong = Records.text("c", 5, 1, 1, 5, "prev is not before it");
    assertThatThrownBy(() -> codec.encode(wrong, buffer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("prev 5");
    assertThat(buffer.size()).isZero();
  }

  @Test
  void aHundredBytesOnAShortChannelTakeHalfAsMuchAgainAtMost() {
    var record =
        Records.text("orders:12345", NOW, 70_000, 11_480_000, NOW - 100_000, "x".repeat(100));
    assertThat(codec.encode(record, buffer)).isLessThan(145);
  }

  @Test
  void notAllThereIsToldFromDamaged() throws IOException {
    codec.encode(Records.text("c", NOW, 1, 1, 0, "some text"), buffer);
    ByteBuffer all = buffer.view();
    for (int length = 0; length < all.limit(); length++) {
      ByteBuffer cut = all.duplicate().limit(length);
      assertThat(codec.decode(cut)).isNull();
      assertThat(cut.position()).isZero();
    }
    assertThatThrownBy(() -> codec.decode(ByteBuffer.allocate(100)))
        .isInstanceOf(DamagedException.class);
  }

  @Test
  void everyFlippedBitIsFound() throws IOException {
    List<StoredRecord> written = small();
    byte[] bytes = bytes(buffer.view());
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      assertTold(written, bytes, bytes.length, 1);
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void everyTruncationAndEveryZeroedTailIsFound() throws IOException {
    List<StoredRecord> written = small();
    byte[] bytes = bytes(buffer.view());
    for (int length = 0; length < bytes.length; length++) {
      assertTold(written, bytes, length, written.size());
      byte[] zeroed = Arrays.copyOf(bytes, bytes.length);
      Arrays.fill(zeroed, length, bytes.length, (byte) 0);
      assertTold(written, zeroed, bytes.length, written.size());
    }
  }

  @Test
  void everyByteTakenOutIsFound() throws IOException {
    List<StoredRecord> written = small();
    byte[] bytes = bytes(buffer.view());
    for (int at = 0; at < bytes.length; at++) {
      byte[] less = Arrays.copyOf(bytes, bytes.length - 1);
      System.arraycopy(bytes, at + 1, less, at, less.length - at);
      assertTold(written, less, less.length, 1);
    }
  }

  @Test
  void damageIsToldWithItsNeighbours() throws IOException {
    List<StoredRecord> written = small();
    byte[] bytes = bytes(buffer.view());
    var lengths = new ArrayList<Integer>();
    var scanner = scanner(bytes, bytes.length);
    for (var record = scanner.next(); record != null; record = scanner.next()) {
      lengths.add(record.length());
    }
    int second = lengths.get(0);
    int third = second + lengths.get(1);
    Arrays.fill(bytes, second + 3, third - 3, (byte) 0x55);
    scanner = scanner(bytes, bytes.length);
    Records.assertSame(scanner.next(), written.get(0));
    Records.assertSame(scanner.next(), written.get(2));
    assertThat(scanner.damage())
        .isEqualTo(
            new Damage(second, third, written.get(0).offset(), written.get(2).offset(), false));
    assertThat(scanner.position()).isEqualTo(third);
  }

  /// A payload may be a copy of another log's file, or of one that was served before.
  @Test
  void aPayloadDoesNotPassForARecord() throws IOException {
    var other = new RecordBuffer(0);
    for (int i = 0; i < 100; i++) {
      new RecordCodec(new Salt(1, 2))
          .encode(Records.text("c", NOW + 10 + i, 1, 1, 0, "forged"), other);
    }
    codec.encode(Records.text("c", NOW, 1, 1, 0, "first"), buffer);
    int second = buffer.size();
    var carrier = Draft.of(PayloadType.BYTES, bytes(other.view()));
    codec.encode(Records.of("c", NOW + 1, 2, 1, NOW, false, carrier), buffer);
    var last = Records.text("c", NOW + 2, 3, 1, NOW + 1, "last");
    codec.encode(last, buffer);
    byte[] bytes = bytes(buffer.view());
    bytes[second] ^= 1;
    var scanner = scanner(bytes, bytes.length);
    assertThat(scanner.next()).isNotNull();
    Records.assertSame(scanner.next(), last);
    assertThat(scanner.damage()).isNotNull();
    assertThat(scanner.next()).isNull();
  }

  /// Bytes that are made to look like heads everywhere do not make the search slow: a second for
  /// the whole is far more than it takes, and far less than reading each candidate would.
  @Test
  void lookingForTheNextRecordIsCheapWhateverTheBytesAre() throws IOException {
    codec.encode(Records.text("c", NOW, 1, 1, 0, "first"), buffer);
    byte[] heads = new byte[4 << 20];
    Arrays.fill(heads, (byte) 7);
    int from = buffer.size();
    codec.encode(
        Records.of("c", NOW + 1, 2, 1, NOW, false, Draft.of(PayloadType.BYTES, heads)), buffer);
    var last = Records.text("c", NOW + 2, 3, 1, NOW + 1, "last");
    codec.encode(last, buffer);
    byte[] bytes = bytes(buffer.view());
    bytes[from + 8] ^= 1;
    var scanner = scanner(bytes, bytes.length);
    assertThat(scanner.next()).isNotNull();
    Records.assertSame(scanner.next(), last);
  }

  @Test
  void anOffsetThatDoesNotRiseIsDamage() throws IOException {
    codec.encode(Records.text("c", NOW, 1, 1, 0, "first"), buffer);
    codec.encode(Records.text("c", NOW, 2, 1, 0, "again"), buffer);
    var scanner = scanner(bytes(buffer.view()), buffer.size());
    assertThat(scanner.next()).isNotNull();
    assertThat(scanner.next()).isNull();
    assertThat(scanner.damage()).isNotNull();
  }

  private List<StoredRecord> small() {
    buffer.cut(0);
    var random = new Random(7);
    var written = new ArrayList<StoredRecord>();
    for (int i = 0; i < 5; i++) {
      String text = "x".repeat(random.nextInt(40));
      written.add(Records.text("c" + i, NOW + i * 77L, i + 1, i, i == 0 ? 0 : NOW, text));
      codec.encode(written.getLast(), buffer);
    }
    return written;
  }

  /// Fails unless what is read is a part of what was written, in order, without at most `lost`
  /// records, and all bytes are either a record's or told as damage.
  private void assertTold(List<StoredRecord> written, byte[] bytes, int length, int lost)
      throws IOException {
    var scanner = scanner(bytes, length);
    int next = 0;
    int read = 0;
    long told = 0;
    for (var record = scanner.next(); record != null; record = scanner.next()) {
      long offset = record.offset();
      while (written.get(next).offset() != offset) {
        next++;
        assertThat(next).as("offset %d was never written", offset).isLessThan(written.size());
      }
      Records.assertSame(record, written.get(next++));
      read++;
      told += record.length() + sizeOf(scanner.damage());
    }
    told += sizeOf(scanner.damage());
    assertThat(told).isEqualTo(length);
    assertThat(read).isGreaterThanOrEqualTo(written.size() - lost);
  }

  private static long sizeOf(@Nullable Damage damage) {
    return damage == null ? 0 : damage.to() - damage.from();
  }

  private RecordScanner scanner(byte[] bytes, int length) throws IOException {
    return new RecordScanner(codec, new BytesFile(bytes, length), 0, length, 0);
  }

  private static byte[] bytes(ByteBuffer view) {
    byte[] bytes = new byte[view.remaining()];
    view.get(bytes);
    return bytes;
  }
}
