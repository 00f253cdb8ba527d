package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.LogBackup;
import dev.duet.broker.disk.store.StoredLog.Condition;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// What `duet log backup` makes.
class LogBackupTest extends StoredLogScene {
  @Test
  void aBackupOfARunningServerHasEverythingUpToItsMoment() throws Exception {
    Path backup = Files.createDirectory(directory.resolve("backup"));
    Map<Long, String> before;
    List<LogBackup.Copied> copied;
    String id;
    try (DiskBroker broker = open(data())) {
      before = fill(broker, 400, 10);
      await(() -> sealed(data()) > 0);
      id = broker.logs().getFirst().ids().current();
      var stop = new AtomicBoolean();
      var writing =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  Map<Long, String> more = new HashMap<>();
                  for (int i = 0; !stop.get() && i < 1000; i++) {
                    more.putAll(fill(broker, 20, 100 + i));
                  }
                  return more;
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      copied =
          new LogBackup(
                  DiskFolder.open(data()), DiskFolder.open(backup), true, InstantSource.system())
              .run();
      stop.set(true);
      writing.get(120, TimeUnit.SECONDS);
    }
    assertThat(copied).extracting(LogBackup.Copied::log).containsExactly("os", "disk");
    assertThat(copied.getFirst().id()).isEqualTo(id);
    assertThat(copied.getFirst().linked()).isPositive();
    assertThat(verify(backup, before.size())).isEmpty();
    assertThat(facts(backup)).allMatch(one -> one.condition() == Condition.BACKUP);
    List<Long> there = offsets(export(backup, Set.of(), null));
    assertThat(there).containsAll(before.keySet());

    Path restored = directory.resolve("restored");
    copy(backup, restored);
    try (DiskBroker broker = open(restored)) {
      for (int i = 0; i < 2; i++) {
        Log log = broker.logs().get(i);
        assertThat(log.ids().past()).hasSize(1);
        assertThat(log.ids().current()).isNotEqualTo(copied.get(i).id());
        assertThat(log.ids().endOf(copied.get(i).id())).isEqualTo(copied.get(i).last());
      }
      // Whoever had the first half goes on with the second, without a gap.
      List<Long> chat =
          before.entrySet().stream()
              .filter(one -> one.getValue().equals("chat.2"))
              .map(Map.Entry::getKey)
              .toList();
      long had = chat.get(chat.size() / 2);
      Log os = broker.logs().getFirst();
      Page page =
          os.read(
                  ReadRequest.forwards(
                      List.of(Span.after("chat.2", had)), os.position(), 1000, 1 << 20))
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS);
      assertThat(page.items()).allMatch(Publication.class::isInstance);
      assertThat(page.items().stream().map(one -> ((Publication) one).offset()).toList())
          .containsAll(chat.subList(chat.size() / 2 + 1, chat.size()))
          .isSubsetOf(there);
      assertThat(publish(broker, "chat.2", Draft.text("after")))
          .isGreaterThan(os.ids().past().getFirst().end());
    }
    assertThat(verify(restored, before.size())).isEmpty();
    // A server on the backup itself does not touch what that is linked with.
    try (DiskBroker broker = open(backup)) {
      fill(broker, 200, 12);
    }
    assertThat(verify(data(), before.size())).isEmpty();
    try (DiskBroker broker = open(data())) {
      assertThat(broker.logs().getFirst().ids()).isEqualTo(LogIds.of(id));
    }
  }

  @Test
  void aBackupWithoutLinksIsTheSame() throws Exception {
    Path backup = Files.createDirectory(directory.resolve("backup"));
    Map<Long, String> written;
    try (DiskBroker broker = open(data())) {
      written = fill(broker, 400, 11);
    }
    var copied =
        new LogBackup(
                DiskFolder.open(data()), DiskFolder.open(backup), false, InstantSource.system())
            .run();
    assertThat(copied).allMatch(one -> one.linked() == 0);
    assertThat(offsets(export(backup, Set.of(), null))).containsExactlyElementsOf(written.keySet());
    try (DiskBroker broker = open(backup)) {
      assertThat(broker.logs().getFirst().ids().past()).hasSize(1);
    }
  }
}
