package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What depends on a real file system: identities, and threads that are interrupted.
class RealDirectoryTest {
  @TempDir Path temp;

  private static DiskBroker open(Path data) {
    var all = new Namespace("*", Retention.DEFAULT, Durability.DISK);
    return DiskBroker.open(DiskSettings.of(data, new Namespaces(List.of(all))));
  }

  private static LogIds ids(Path data) {
    try (DiskBroker broker = open(data)) {
      return broker.logs().getFirst().ids();
    }
  }

  private static LogIds fill(Path data) throws Exception {
    try (DiskBroker broker = open(data)) {
      Receipt receipt =
          broker
              .logs()
              .getFirst()
              .append("chat", Draft.text("x"))
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS);
      assertThat(receipt).isInstanceOf(Receipt.Appended.class);
      return broker.logs().getFirst().ids();
    }
  }

  /// As `cp -a` does it.
  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path one : all.toList()) {
        Files.copy(one, to.resolve(from.relativize(one)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  @Test
  void aDirectoryKeepsItsIdsWhereverItIsMovedAndACopyHasOthers() throws Exception {
    Path data = temp.resolve("data");
    LogIds ids = fill(data);
    assertThat(ids(data)).isEqualTo(ids);
    Path copy = temp.resolve("copy");
    copy(data, copy);
    Path moved = temp.resolve("moved");
    Files.move(data, moved);
    assertThat(ids(moved)).isEqualTo(ids);
    copy(copy, data);
    assertThat(ids(data).current())
        .as("in the place of what was copied")
        .isNotEqualTo(ids.current());
    assertThat(ids(copy).current()).isNotEqualTo(ids.current());
    assertThat(ids(moved)).isEqualTo(ids);
  }

  /// An image of a disk is not known for a copy. Without the state file it is another log.
  @Test
  void withoutItsStateFileADirectoryIsAnotherLog() throws Exception {
    Path data = temp.resolve("data");
    LogIds ids = fill(data);
    Files.delete(data.resolve("disk/state"));
    LogIds other = ids(data);
    assertThat(other.current()).isNotEqualTo(ids.current());
    assertThat(other.past().getFirst().id()).isEqualTo(ids.current());
  }

  @Test
  void aStopOnAnInterruptedThreadLeavesTheMarkOfACleanStop() throws Exception {
    Path data = temp.resolve("data");
    DiskBroker broker = open(data);
    broker
        .logs()
        .getFirst()
        .append("chat", Draft.text("x"))
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
    Thread.currentThread().interrupt();
    broker.close();
    assertThat(Thread.interrupted()).as("it is still interrupted").isTrue();
    assertThat(Files.readAllLines(data.resolve("disk/state"))).contains("stop clean");
  }
}
