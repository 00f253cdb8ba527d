package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.Receipt;
import dev.duet.broker.disk.store.ActiveSegment;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.Salt;
import dev.duet.broker.disk.store.SegmentHeader;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.StoredFile;
import dev.duet.broker.disk.store.StoredRecord;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// An error in the middle of a commit that is no failure of the disk, as where memory is short: the
/// log goes on, what was acknowledged is there, and what was refused is not.
class UnforeseenFailuresTest {
  private static CompletableFuture<Receipt> append(DiskScene scene, String text) {
    return scene.append("chat", Draft.text(text).withIdempotencyKey(text));
  }

  private static List<String> held(DiskScene scene) {
    return scene.read("chat", 0).items().stream()
        .map(one -> new String(((Publication) one).data()))
        .toList();
  }

  /// Throws that many times.
  private static Runnable throwing(int times) {
    int[] left = {times};
    return () -> {
      if (left[0]-- > 0) {
        throw new LinkageError("the test says so");
      }
    };
  }

  /// Between the write and its end: nobody knows what is in the file. Where it cannot be taken back
  /// in such a way either, the segment ends.
  @ParameterizedTest
  @CsvSource({"1, true", "1, false", "2, true", "2, false"})
  void aWriteThatWasNotFinishedIsTakenBack(int times, boolean goesOn) {
    DiskScene scene = new DiskScene(1, Durability.DISK).openLate();
    var first = append(scene, "first");
    scene.broker().commitAll();
    var second = append(scene, "second");
    scene.faults().beforeForce(throwing(times));
    assertThatThrownBy(scene.broker()::commitAll).isInstanceOf(LinkageError.class);
    assertThat(second.join()).isInstanceOf(Receipt.Failed.class);
    List<String> expected = new ArrayList<>(List.of("first"));
    if (goesOn) {
      var third = append(scene, "third");
      scene.broker().commitAll();
      assertThat(third.join()).isInstanceOf(Receipt.Appended.class);
      expected.add("third");
    } else if (times > 1) {
      scene.sync();
    }
    assertThat(first.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(held(scene)).isEqualTo(expected);
    scene.kill();
    scene.openLate();
    if (goesOn || times == 1) {
      assertThat(held(scene)).isEqualTo(expected);
    }
    assertThat(scene.holes()).isEmpty();
    scene.stop();
  }

  private static void spoil(DiskScene scene, boolean spoilt) {
    DiskLog log = scene.log();
    log.core()
        .locked(
            () -> {
              try (Snapshot snapshot = log.store().snapshot()) {
                var active = (ActiveSegment) snapshot.segments().getLast();
                if (spoilt) {
                  active.index(later(log.position() + 1_000_000_000), 1 << 20);
                } else {
                  var header = new SegmentHeader(99, new Salt(1, 2), 0);
                  active.split(log.position(), new ActiveSegment(header, folderFile()), 0);
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
              return null;
            });
  }

  private static StoredFile folderFile() throws IOException {
    return new MemoryFolder(2).create("none");
  }

  private static StoredRecord later(long offset) {
    return new StoredRecord(
        StoredRecord.Kind.KEY, "other", offset, 1, 0, 0, 0, false, false, false, null, "k", 1, 0);
  }

  /// What is in the file and could not be indexed is indexed later; until then nobody reads it, its
  /// publisher waits, and others are refused.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void whatIsWrittenIsIndexedLater(Durability durability) {
    DiskScene scene = new DiskScene(1, durability).openLate();
    var first = append(scene, "first");
    scene.broker().commitAll();
    spoil(scene, true);
    var second = append(scene, "second");
    assertThatThrownBy(scene.broker()::commitAll).hasMessageContaining("comes after");
    assertThat(second).isNotDone();
    assertThat(held(scene)).containsExactly("first");
    var third = append(scene, "third");
    scene.broker().fail(scene.index());
    assertThat(third.join()).isInstanceOf(Receipt.Failed.class);
    assertThat(second).isNotDone();
    var again = append(scene, "second");
    spoil(scene, false);
    var fourth = append(scene, "fourth");
    scene.broker().commitAll();
    assertThat(second.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(((Receipt.Appended) again.join()).duplicate()).isTrue();
    assertThat(fourth.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(first.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(held(scene)).containsExactly("first", "second", "fourth");
    scene.kill();
    scene.openLate();
    assertThat(held(scene)).containsExactly("first", "second", "fourth");
    scene.stop();
  }

  /// A stop says of what is in the file that it is there.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void atTheEndWhatIsWrittenIsAcknowledged(Durability durability) {
    DiskScene scene = new DiskScene(1, durability).openLate();
    var first = append(scene, "first");
    scene.broker().commitAll();
    spoil(scene, true);
    var second = append(scene, "second");
    assertThatThrownBy(scene.broker()::commitAll).hasMessageContaining("comes after");
    var third = append(scene, "third");
    scene.stop();
    assertThat(first.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(second.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(third.join()).isInstanceOf(Receipt.Failed.class);
    scene.kill();
    scene.openLate();
    assertThat(held(scene)).containsExactly("first", "second");
    scene.stop();
  }
}
