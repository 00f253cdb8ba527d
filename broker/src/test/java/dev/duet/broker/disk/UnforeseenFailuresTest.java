package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.ActiveSegment;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.Salt;
import dev.duet.broker.disk.store.SegmentHeader;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.StoredFile;
import dev.duet.broker.disk.store.StoredRecord;
import dev.duet.broker.memory.ManualClocks;
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
  private final ManualClocks clocks = new ManualClocks();
  private MemoryFolder folder = new MemoryFolder(1);

  private LateDiskBroker open(Durability durability) {
    var namespaces = new Namespaces(List.of(new Namespace("*", Retention.DEFAULT, durability)));
    return new LateDiskBroker(namespaces, folder, clocks, 1, true, settings -> settings);
  }

  private static int log(LateDiskBroker broker) {
    return broker.logOf("chat");
  }

  private static CompletableFuture<Receipt> append(LateDiskBroker broker, String text) {
    return broker
        .log(log(broker))
        .append("chat", Draft.text(text).withIdempotencyKey(text))
        .toCompletableFuture();
  }

  private static List<String> held(LateDiskBroker broker) {
    DiskLog log = broker.log(log(broker));
    var request =
        ReadRequest.forwards(List.of(Span.after("chat", 0)), log.position(), 1_000, 1_000_000);
    Page page = log.read(request).toCompletableFuture().join();
    return page.items().stream().map(one -> new String(((Publication) one).data())).toList();
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
    LateDiskBroker broker = open(Durability.DISK);
    var first = append(broker, "first");
    broker.commitAll();
    var second = append(broker, "second");
    folder.faults().beforeForce(throwing(times));
    assertThatThrownBy(broker::commitAll).isInstanceOf(LinkageError.class);
    assertThat(second.join()).isInstanceOf(Receipt.Failed.class);
    List<String> expected = new ArrayList<>(List.of("first"));
    if (goesOn) {
      var third = append(broker, "third");
      broker.commitAll();
      assertThat(third.join()).isInstanceOf(Receipt.Appended.class);
      expected.add("third");
    } else if (times > 1) {
      broker.sync(log(broker));
    }
    assertThat(first.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(held(broker)).isEqualTo(expected);
    folder = folder.kill();
    try (LateDiskBroker again = open(Durability.DISK)) {
      if (goesOn || times == 1) {
        assertThat(held(again)).isEqualTo(expected);
      }
      assertThat(again.holes(log(again))).isEmpty();
    }
  }

  private static void spoil(LateDiskBroker broker, boolean spoilt) {
    DiskLog log = broker.log(log(broker));
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
    LateDiskBroker broker = open(durability);
    var first = append(broker, "first");
    broker.commitAll();
    spoil(broker, true);
    var second = append(broker, "second");
    assertThatThrownBy(broker::commitAll).hasMessageContaining("comes after");
    assertThat(second).isNotDone();
    assertThat(held(broker)).containsExactly("first");
    var third = append(broker, "third");
    broker.fail(log(broker));
    assertThat(third.join()).isInstanceOf(Receipt.Failed.class);
    assertThat(second).isNotDone();
    var again = append(broker, "second");
    spoil(broker, false);
    var fourth = append(broker, "fourth");
    broker.commitAll();
    assertThat(second.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(((Receipt.Appended) again.join()).duplicate()).isTrue();
    assertThat(fourth.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(first.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(held(broker)).containsExactly("first", "second", "fourth");
    folder = folder.kill();
    try (LateDiskBroker after = open(durability)) {
      assertThat(held(after)).containsExactly("first", "second", "fourth");
    }
  }

  /// A stop says of what is in the file that it is there.
  @ParameterizedTest
  @EnumSource(
      value = Durability.class,
      names = {"OS", "DISK"})
  void atTheEndWhatIsWrittenIsAcknowledged(Durability durability) {
    LateDiskBroker broker = open(durability);
    var first = append(broker, "first");
    broker.commitAll();
    spoil(broker, true);
    var second = append(broker, "second");
    assertThatThrownBy(broker::commitAll).hasMessageContaining("comes after");
    var third = append(broker, "third");
    broker.close();
    assertThat(first.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(second.join()).isInstanceOf(Receipt.Appended.class);
    assertThat(third.join()).isInstanceOf(Receipt.Failed.class);
    folder = folder.kill();
    try (LateDiskBroker after = open(durability)) {
      assertThat(held(after)).containsExactly("first", "second");
    }
  }
}
