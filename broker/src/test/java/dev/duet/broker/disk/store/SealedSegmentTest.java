package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.disk.store.RecordScanner.Damage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedSegmentTest {
  private static final String LOG = SegmentHeader.logName(7);
  private static final String INDEX = SegmentHeader.indexName(7);

  @TempDir Path temp;
  private final BlockCache cache = new BlockCache(1 << 20);
  private DiskFolder folder;
  private ActiveSegment active;
  private SegmentModel model;

  @BeforeEach
  void open() throws IOException {
    folder = DiskFolder.open(temp);
    StoredFile file = folder.create(LOG);
    active = new ActiveSegment(SegmentModel.header(), file);
    model = new SegmentModel(new Random(5), file);
  }

  @Test
  void saysWhatWasWritten() throws IOException {
    for (int size : new int[] {1, 31, 32, 33, 100, 8000}) {
      while (model.all.size() < size) {
        add(12);
      }
      var copy = new ActiveSegment(SegmentModel.header(), folder.open(LOG, false));
      model.all.forEach(entry -> copy.index(entry.record(), entry.position()));
      SealedSegment sealed = seal(copy);
      model.check(sealed);
      assertThat(sealed.keyPositions()).isEqualTo(model.keyPositions);
      for (long position : model.keyPositions) {
        assertThat(sealed.read(position).idempotencyKey()).isNotNull();
      }
      assertThat(sealed.end()).isEqualTo(model.end);
      assertThat(sealed.records()).isEqualTo(size);
      assertThat(sealed.bytes())
          .isEqualTo(Files.size(temp.resolve(LOG)) + Files.size(temp.resolve(INDEX)));
      sealed.release();
    }
  }

  @Test
  void allChannelsAreWalkedOnce() throws IOException {
    for (int i = 0; i < 3000; i++) {
      add(50);
    }
    SealedSegment sealed = seal(active);
    var runs = new HashMap<String, Integer>();
    var entries = sealed.entries();
    while (entries.next()) {
      assertThat(runs.put(entries.channel(), entries.run().size())).isNull();
      if (model.channels.containsKey(entries.channel())) {
        model.check(sealed, entries.channel(), entries.run());
      }
    }
    assertThat(runs)
        .hasSize(sealed.channels())
        .containsKeys(model.channels.keySet().toArray(String[]::new));
    assertThatThrownBy(entries::channel).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aChannelIsFoundAmongManyInFewBlocks() throws IOException {
    int channels = 20_000;
    for (int i = 0; i < channels; i++) {
      long offset = SegmentModel.BASE + 1 + i;
      active.index(Records.text("user:" + i, offset, 1, 64, 0, ""), 64 + 30L * i);
    }
    SealedSegment sealed = seal(active);
    var spot = new Spot();
    for (int i = 0; i < channels; i += 7) {
      Objects.requireNonNull(sealed.run("user:" + i)).spot(0, spot);
      assertThat(spot.position).isEqualTo(64 + 30L * i);
      assertThat(sealed.run("nobody:" + i)).isNull();
    }
    var counting = new BlockCache(64 << 20);
    SealedSegment again = SealedSegment.open(folder, SegmentModel.header(), counting);
    long before = counting.bytes();
    assertThat(again.run("user:12345")).isNotNull();
    assertThat((counting.bytes() - before) / IndexBlocks.BLOCK).isLessThanOrEqualTo(5);
    assertThat(cache.bytes()).isBetween(1L, 1L << 20);
    again.release();
    assertThat(counting.bytes()).isZero();
  }

  /// 100 bytes on 1,000 channels: what an index adds to a record.
  @Test
  void anIndexTakesAtMostTwelveBytesARecord() throws IOException {
    var random = new Random(1);
    int records = 120_000;
    long[] seqs = new long[1000];
    long position = SegmentHeader.BYTES;
    for (int i = 0; i < records; i++) {
      int channel = random.nextInt(seqs.length);
      long seq = ++seqs[channel];
      var record =
          Records.text(
              "channel:" + channel,
              SegmentModel.BASE + 1 + i * 100L,
              seq,
              seq * 164,
              0,
              "x".repeat(100));
      active.index(record, position);
      position += 143;
    }
    active.freeze();
    try (StoredFile file = folder.create(INDEX)) {
      IndexWriter.write(active, position, file);
      assertThat(file.size() / (double) records).isLessThan(12.0);
    }
  }

  @Test
  void everyWrongBlockOfAnIndexIsFoundAndIsMadeAnew() throws IOException {
    for (int i = 0; i < 3000; i++) {
      add(40);
    }
    seal(active).release();
    byte[] right = Files.readAllBytes(temp.resolve(INDEX));
    var random = new Random(9);
    for (int block = 0; block < right.length / IndexBlocks.BLOCK; block++) {
      byte[] wrong = right.clone();
      wrong[block * IndexBlocks.BLOCK + random.nextInt(IndexBlocks.BLOCK)] ^=
          (byte) (1 << block % 8);
      Files.write(temp.resolve(INDEX), wrong);
      assertThatThrownBy(this::readAll)
          .isInstanceOfSatisfying(
              DamagedException.class, e -> assertThat(e.isIndex()).as(e.getMessage()).isTrue());
    }
    Files.write(temp.resolve(INDEX), new byte[5000]);
    assertThatThrownBy(this::readAll).isInstanceOf(DamagedException.class);
    assertThat(IndexRebuild.rebuild(folder, SegmentModel.header(), model.end)).isEmpty();
    assertThat(Files.readAllBytes(temp.resolve(INDEX))).isEqualTo(right);
    readAll();
  }

  @Test
  void aRebuildLeavesOutWhatIsDamaged() throws IOException {
    for (int i = 0; i < 300; i++) {
      add(4);
    }
    var entry = model.all.get(150);
    try (StoredFile file = folder.open(LOG, true)) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), entry.position() + 20);
    }
    assertThat(IndexRebuild.rebuild(folder, SegmentModel.header(), model.end))
        .containsExactly(
            new Damage(
                entry.position(),
                entry.position() + entry.record().length(),
                model.all.get(149).record().offset(),
                model.all.get(151).record().offset(),
                false));
    SealedSegment sealed = SealedSegment.open(folder, SegmentModel.header(), cache);
    assertThat(sealed.records()).isEqualTo(299);
    var record = entry.record();
    assertThatThrownBy(() -> sealed.read(entry.position(), record.channel(), record.offset()))
        .isInstanceOfSatisfying(DamagedException.class, e -> assertThat(e.isIndex()).isFalse())
        .hasMessageContaining(record.channel());
  }

  @Test
  void filesGoWithTheLastReferenceIfOthersTookTheirPlace() throws IOException {
    add(3);
    SealedSegment sealed = seal(active);
    assertThat(sealed.tryRetain()).isTrue();
    sealed.drop();
    sealed.release();
    assertThat(folder.list()).contains(LOG, INDEX);
    sealed.release();
    assertThat(folder.list()).doesNotContain(LOG, INDEX);
    assertThatThrownBy(() -> SealedSegment.open(folder, SegmentModel.header(), cache))
        .isInstanceOf(IOException.class);
  }

  private void readAll() throws IOException {
    SealedSegment sealed = SealedSegment.open(folder, SegmentModel.header(), cache);
    try {
      model.check(sealed);
      assertThat(sealed.keyPositions()).isEqualTo(model.keyPositions);
    } finally {
      sealed.release();
    }
  }

  private SealedSegment seal(ActiveSegment segment) throws IOException {
    segment.freeze();
    try (StoredFile file = folder.create(INDEX)) {
      IndexWriter.write(segment, model.end, file);
      file.force();
    }
    return SealedSegment.open(folder, SegmentModel.header(), cache);
  }

  private void add(int channels) throws IOException {
    var entry = model.add(channels);
    active.index(entry.record(), entry.position());
  }
}
