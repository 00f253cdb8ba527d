package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.SegmentCopy.Range;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A copy of a segment has all of it up to its end, or there is none.
class SegmentCopyTest {
  private static final int SIZE = (1 << 20) + 20_000;
  private static final SegmentHeader HEADER = new SegmentHeader(2, new Salt(1, 2), 7);
  private static final String COPY = SegmentHeader.logName(2);

  private final MemoryFolder folder = new MemoryFolder(1);
  private final byte[] bytes = new byte[SIZE];
  private StoredFile from;

  @BeforeEach
  void fill() throws IOException {
    new Random(1).nextBytes(bytes);
    from = folder.create("from");
    from.write(ByteBuffer.wrap(bytes), 0);
    from.force();
    folder.sync();
  }

  private StoredFile copy(long end, List<Range> lost) throws IOException {
    return SegmentCopy.write(folder, HEADER, from, end, lost);
  }

  @Test
  void itHasItsOwnHeaderAndAllUpToTheEndAndIsSynced() throws IOException {
    copy(SIZE - 5, List.of()).close();
    byte[] copied = folder.crash().bytes(COPY);
    assertThat(copied).hasSize(SIZE - 5);
    assertThat(Arrays.mismatch(copied, 64, SIZE - 5, bytes, 64, SIZE - 5)).isNegative();
    try (StoredFile file = folder.open(COPY, false)) {
      assertThat(SegmentHeader.read(file)).isEqualTo(HEADER);
    }
  }

  @Test
  void ofAFileThatIsShorterThanItsRecordsThereIsNone() throws IOException {
    for (int more : new int[] {1, 100, 1 << 20, 3 << 20}) {
      assertThatThrownBy(() -> copy(SIZE + more, List.of()))
          .isInstanceOf(IOException.class)
          .hasMessage("it ends at byte " + SIZE + " now");
      assertThat(folder.list()).containsExactly("from");
    }
    assertThat(folder.faults().open()).isEqualTo(1);
  }

  @Test
  void whatCannotBeReadEndsItUnlessThatIsLost() throws IOException {
    folder.makeUnreadable("from", 8192, 4096);
    assertThatThrownBy(() -> copy(SIZE, List.of())).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> copy(SIZE, List.of(new Range(8193, 12_288))))
        .isInstanceOf(IOException.class);
    assertThat(folder.list()).containsExactly("from");
    copy(SIZE, List.of(new Range(8000, 13_000))).close();
    byte[] expected = bytes.clone();
    Arrays.fill(expected, 8192, 12_288, (byte) 0);
    assertThat(Arrays.mismatch(folder.bytes(COPY), 64, SIZE, expected, 64, SIZE)).isNegative();
  }

  @Test
  void whereItCannotBeWrittenOrSyncedThereIsNone() throws IOException {
    for (Operation one : List.of(Operation.WRITE, Operation.FORCE)) {
      folder.faults().fail(one, 1);
      assertThatThrownBy(() -> copy(SIZE, List.of())).isInstanceOf(IOException.class);
      assertThat(folder.list()).containsExactly("from");
    }
  }
}
