package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.Draft;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActiveSegmentTest {
  @TempDir Path temp;
  private DiskFolder folder;
  private StoredFile file;
  private ActiveSegment segment;
  private SegmentModel model;

  @BeforeEach
  void open() throws IOException {
    folder = DiskFolder.open(temp);
    file = folder.create("log");
    segment = new ActiveSegment(SegmentModel.header(), file);
    model = new SegmentModel(new Random(3), file);
  }

  @Test
  void saysWhatWasWritten() throws IOException {
    for (int i = 1; i <= 6000; i++) {
      add();
      if (i < 100 || i % 1000 == 0) {
        model.check(segment);
      }
    }
    assertThat(segment.records()).isEqualTo(6000);
    assertThat(segment.channels()).isEqualTo(12);
    assertThat(segment.size()).isEqualTo(model.end);
    segment.freeze();
    model.check(segment);
    assertThatThrownBy(this::add).hasMessageContaining("sealed");
  }

  @Test
  void aCopyIsAPartAndDoesNotChange() throws IOException {
    for (int i = 0; i < 2000; i++) {
      add();
    }
    for (String name : model.channels.keySet()) {
      int starts = model.held(name).size();
      for (int start = 0; start <= starts; start += 7) {
        var held = List.copyOf(model.held(name));
        long after = start == 0 ? 0 : held.get(start - 1).record().offset();
        Run copy = Objects.requireNonNull(segment.copy(name, after, 40));
        int size = Math.min(40, held.size() - start);
        add();
        assertThat(copy.size()).isEqualTo(size);
        var spot = new Spot();
        for (int i = 0; i < size; i++) {
          copy.spot(i, spot);
          assertThat(spot.position).isEqualTo(held.get(start + i).position());
          assertThat(spot.cum).isEqualTo(held.get(start + i).record().cum());
        }
        for (int i = start; i < start + size && !copy.keyed(); i++) {
          var record = held.get(i).record();
          assertThat(copy.since(Objects.requireNonNull(record.publication()).time()))
              .isLessThanOrEqualTo(i - start);
        }
      }
    }
    assertThat(segment.copy("nobody", 0, 10)).isNull();
  }

  @Test
  void whatIsNotSyncedIsReadFromMemory() throws IOException {
    var entry = add();
    ByteBuffer bytes = ByteBuffer.allocate(entry.record().length());
    file.read(bytes, entry.position());
    segment.unsynced(entry.position(), bytes.flip());
    file.truncate(SegmentHeader.BYTES);
    assertThat(read(entry).offset()).isEqualTo(entry.record().offset());
    segment.synced(entry.position() + bytes.remaining() - 1);
    assertThat(read(entry).offset()).isEqualTo(entry.record().offset());
    segment.synced(entry.position() + bytes.remaining());
    assertThatThrownBy(() -> read(entry))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("0000000007.log at 64");
  }

  @Test
  void aRecordThatIsNotTheOneAskedForIsDamage() throws IOException {
    var entry = add();
    assertThatThrownBy(() -> segment.read(entry.position(), "other", entry.record().offset()))
        .isInstanceOf(DamagedException.class);
    assertThatThrownBy(() -> segment.read(entry.position(), entry.record().channel(), 5))
        .isInstanceOf(DamagedException.class);
    assertThatThrownBy(() -> segment.read(entry.position() + 1, entry.record().channel(), 5))
        .isInstanceOf(DamagedException.class);
  }

  /// Both parts together say what the whole said; what moved is where its bytes are now.
  @Test
  void isSplitAfterAFailedSync() throws IOException {
    for (int i = 0; i < 1500; i++) {
      add();
    }
    int cut = 1000;
    var beforeFile = folder.create("before");
    var before = new SegmentModel(new Random(3), beforeFile);
    for (int i = 0; i < cut; i++) {
      before.write(model.all.get(i).record());
    }
    long shift = SegmentHeader.BYTES - before.end;
    StoredFile second = folder.create("second");
    ByteBuffer moved = ByteBuffer.allocate((int) (model.end - before.end));
    file.read(moved, before.end);
    second.write(moved.flip(), SegmentHeader.BYTES);
    var entry = model.all.get(cut);
    segment.unsynced(before.end, moved.rewind());
    Run copy =
        Objects.requireNonNull(segment.copy("h11", before.all.getLast().record().offset(), 9));
    file.truncate(before.end);
    long last = before.all.getLast().record().offset();
    var into = new ActiveSegment(new SegmentHeader(8, Records.SALT, last), second);

    segment.split(last, into, shift);

    assertThat(segment.last()).isEqualTo(last);
    assertThat(into.last()).isEqualTo(model.all.getLast().record().offset());
    assertThat(into.lastAge()).isEqualTo(model.all.getLast().record().age());
    var spot = new Spot();
    for (String name : model.channels.keySet()) {
      Run kept = segment.run(name);
      Run there = into.run(name);
      var held = model.held(name);
      int keptSize = kept == null ? 0 : kept.size();
      assertThat(keptSize + (there == null ? 0 : there.size())).isEqualTo(held.size());
      for (int i = 0; i < held.size(); i++) {
        boolean here = i < keptSize;
        Objects.requireNonNull(here ? kept : there).spot(here ? i : i - keptSize, spot);
        assertThat(spot.offset).isEqualTo(held.get(i).record().offset());
        assertThat(spot.offset <= last).isEqualTo(here);
        Records.assertSame(
            (here ? segment : into).read(spot.position, name, spot.offset), held.get(i).record());
      }
    }
    copy.spot(0, spot);
    assertThat(segment.read(spot.position, "h11", spot.offset)).isNotNull();
    assertThat(spot.offset).isGreaterThanOrEqualTo(entry.record().offset());
  }

  /// A channel whose retention changed keeps everything; one that began anew keeps the new part.
  @Test
  void modeAndNumbersMayChange() {
    long offset = SegmentModel.BASE + 1;
    segment.index(Records.of("c", offset, 5, 0, 3, true, Draft.text("a")), 64);
    segment.index(Records.text("c", offset + 1, 6, 100, offset, "b"), 128);
    Run run = Objects.requireNonNull(segment.run("c"));
    assertThat(run.keyed()).isFalse();
    assertThat(run.size()).isEqualTo(2);
    segment.index(Records.text("c", offset + 2, 1, 50, 0, "c"), 192);
    run = Objects.requireNonNull(segment.run("c"));
    assertThat(run.size()).isEqualTo(1);
    assertThat(run.firstSeq()).isEqualTo(1);
  }

  @Test
  void isClosedWithTheLastReference() throws IOException {
    assertThat(segment.tryRetain()).isTrue();
    segment.release();
    assertThat(file.size()).isPositive();
    segment.release();
    assertThat(segment.tryRetain()).isFalse();
    assertThatThrownBy(file::size).isInstanceOf(IOException.class);
    assertThatThrownBy(segment::release).isInstanceOf(IllegalStateException.class);
  }

  private SegmentModel.Entry add() throws IOException {
    var entry = model.add(12);
    segment.index(entry.record(), entry.position());
    return entry;
  }

  private StoredRecord read(SegmentModel.Entry entry) throws IOException {
    return segment.read(entry.position(), entry.record().channel(), entry.record().offset());
  }
}
