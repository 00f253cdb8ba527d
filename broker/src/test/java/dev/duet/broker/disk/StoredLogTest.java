package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.LogIds;
import dev.duet.broker.disk.store.ChannelTotals;
import dev.duet.broker.disk.store.ChannelTotals.Total;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.LogBackup;
import dev.duet.broker.disk.store.LogExport;
import dev.duet.broker.disk.store.LogFacts;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.disk.store.StoredLog;
import dev.duet.broker.disk.store.StoredLog.Condition;
import dev.duet.broker.disk.store.UnknownFormatException;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// What `duet log` shows of a data directory, also while a server runs on it.
class StoredLogTest extends StoredLogScene {
  @Test
  void whatIsThereIsShownWhileItRunsAndAfterwards() throws Exception {
    Map<Long, String> written;
    String id;
    try (DiskBroker broker = open(data())) {
      written = fill(broker, 600, 1);
      id = broker.logs().getFirst().ids().current();
      await(() -> sealed(data()) > 0);
      LogFacts os = facts(data()).getFirst();
      assertThat(os.condition()).isEqualTo(Condition.IN_USE);
      assertThat(verify(data(), written.size())).isEmpty();
      assertThat(offsets(export(data(), Set.of(), null)))
          .containsExactlyElementsOf(written.keySet());
    }
    List<LogFacts> facts = facts(data());
    assertThat(facts).extracting(LogFacts::name).containsExactly("os", "disk");
    LogFacts os = facts.getFirst();
    assertThat(os.ids()).isEqualTo(LogIds.of(id));
    assertThat(os.condition()).isEqualTo(Condition.STOPPED);
    assertThat(os.position())
        .isEqualTo(
            written.entrySet().stream()
                .filter(one -> !one.getValue().startsWith("safe"))
                .mapToLong(Map.Entry::getKey)
                .max()
                .orElseThrow());
    assertThat(os.epochs()).hasSize(1);
    assertThat(os.holes()).isEmpty();
    // A trim is a record as well.
    assertThat(os.records() + facts.get(1).records()).isEqualTo(written.size() + 1);
    assertThat(verify(data(), written.size() + 1)).isEmpty();
  }

  @Test
  void channelsAreAddedUpOverSegments() throws Exception {
    Map<Long, String> written;
    try (DiskBroker broker = open(data())) {
      written = fill(broker, 600, 2);
    }
    try (StoredLog log = StoredLog.openAll(DiskFolder.open(data())).getFirst()) {
      ChannelTotals.Totals all = ChannelTotals.of(log, 100);
      assertThat(all.channels()).isEqualTo(6);
      for (Total total : all.largest()) {
        var offsets =
            written.entrySet().stream()
                .filter(one -> one.getValue().equals(total.channel()))
                .mapToLong(Map.Entry::getKey)
                .toArray();
        assertThat(total.tail()).isEqualTo(offsets[offsets.length - 1]);
        if (total.latest()) {
          assertThat(total.records()).isLessThan(offsets.length);
        } else {
          assertThat(total.records()).isEqualTo(offsets.length);
        }
      }
      assertThat(all.largest())
          .isSortedAccordingTo(Comparator.comparingLong(Total::bytes).reversed());
      assertThat(ChannelTotals.of(log, 2).largest()).isEqualTo(all.largest().subList(0, 2));
      assertThat(ChannelTotals.of(log, 2).channels()).isEqualTo(6);
    }
  }

  @Test
  void anExportBeginsAfterACursorAndHasOnlyItsChannels() throws Exception {
    Map<Long, String> written;
    try (DiskBroker broker = open(data())) {
      written = fill(broker, 400, 3);
    }
    List<LogExport.Line> all = export(data(), Set.of(), null);
    for (int at : new int[] {0, 17, 200, 399}) {
      Cursor cursor = Cursor.parse(all.get(at).cursor());
      assertThat(offsets(export(data(), Set.of(), cursor)))
          .isEqualTo(offsets(all).subList(at + 1, all.size()));
    }
    assertThat(export(data(), Set.of("chat.3", "safe.one"), null))
        .extracting(line -> line.publication().channel())
        .containsExactlyElementsOf(
            written.values().stream()
                .filter(one -> one.equals("chat.3") || one.equals("safe.one"))
                .toList());
    assertThatThrownBy(() -> export(data(), Set.of(), Cursor.of("zzzzz", 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// Nobody holds the files while compaction takes them away.
  @Test
  void itLooksWhileFilesComeAndGo() throws Exception {
    DiskSettings small =
        DiskSettings.of(data(), NAMESPACES)
            .withSegments(new SegmentLimits(8 << 10, 1000, 100))
            .withMaxBytes(64 << 10);
    try (DiskBroker broker = DiskBroker.open(small)) {
      publish(broker, "chat.1", Draft.text("first"));
      long first = facts(data()).getFirst().segments().getFirst().number();
      var stop = new AtomicBoolean();
      var writing =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  int i = 0;
                  for (; !stop.get() && i < 1000; i++) {
                    for (int j = 0; j < 50; j++) {
                      String channel = j % 8 == 0 ? "safe.one" : "chat." + j % 5;
                      append(broker, channel, Draft.text("x".repeat(j * 4)));
                    }
                    // Where segments are full faster than indexes are written it is refused.
                    Thread.sleep(25);
                    while (broker.tick()) {}
                  }
                  return i;
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      for (int i = 0; i < 12 || i < 1000 && first == number(data()); i++) {
        if (i >= 12) {
          // The compactor looks every few seconds.
          Thread.sleep(50);
          continue;
        }
        assertThat(verify(data(), 1)).isEmpty();
        Path backup = Files.createDirectory(directory.resolve("backup" + i));
        new LogBackup(
                DiskFolder.open(data()), DiskFolder.open(backup), true, InstantSource.system())
            .run();
        assertThat(verify(backup, 1)).isEmpty();
      }
      stop.set(true);
      assertThat(writing.get(120, TimeUnit.SECONDS)).isPositive();
      assertThat(number(data())).isGreaterThan(first);
    }
    assertThat(verify(data(), 1)).isEmpty();
  }

  private long number(Path where) throws IOException {
    return facts(where).getFirst().segments().getFirst().number();
  }

  @Test
  void whatIsNoLogOrANewerOneIsRefused() throws Exception {
    Files.createDirectories(data().resolve("os"));
    assertThat(StoredLog.openAll(DiskFolder.open(data()))).isEmpty();
    try (DiskBroker broker = open(data())) {
      fill(broker, 5, 9);
    }
    Path manifest = data().resolve("os/manifest");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("position", "p0sition"));
    assertThatThrownBy(() -> StoredLog.openAll(DiskFolder.open(data())))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("os/manifest");
    String newer = text.replaceFirst("duet log 1", "duet log 2");
    newer = newer.substring(0, newer.lastIndexOf("check "));
    write(manifest, newer);
    assertThatThrownBy(() -> StoredLog.openAll(DiskFolder.open(data())))
        .isInstanceOf(UnknownFormatException.class)
        .hasMessageContaining("os/manifest");
  }
}
