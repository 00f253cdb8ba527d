package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every byte of the files of a small log, stopped cleanly or killed, turned over and cut off: it
/// opens, nothing that is read is wrong, and what is missing is told, by a hole, an error for the
/// one record, or a new id. Of a log that was killed a damage in its last batch, or a cut in its
/// last file, cannot be told from a write that was not finished.
class StoreDamageTest {
  private StoreModel model = new StoreModel(7, Durability.DISK);
  private long lastBatch;
  private long lastBase;

  @ParameterizedTest
  @CsvSource({
    "flipped, DISK, true", "flipped, DISK, false", "flipped, OS, true", "flipped, OS, false",
    "cut, DISK, true", "cut, DISK, false", "cut, OS, true", "cut, OS, false"
  })
  void noDamageIsReadAsARecordOrStaysUntold(Damage damage, Durability durability, boolean stopped)
      throws IOException {
    model = new StoreModel(7, durability);
    model.limits(new SegmentLimits(700, 40, 10));
    model.open();
    for (int more = 3; model.store().manifest().segments().size() < 4 || more-- > 0; ) {
      lastBatch = model.held.keySet().stream().reduce(0L, Math::max);
      assertThat(model.write(2)).isTrue();
      model.pass(10);
      if (model.random.nextInt(4) == 0) {
        model.store().sync();
      }
    }
    Manifest.Entry last = model.store().manifest().segments().getLast();
    String lastFile = SegmentHeader.logName(last.number());
    lastBase = last.base();
    if (stopped) {
      model.store().close(100);
    } else {
      model.kill();
    }
    Map<String, byte[]> files = model.folder.bytes();
    model.folder.restoreIdentities();
    String id = model.open().manifest().ids().current();
    assertThat(read(new ArrayList<>()).keySet()).isEqualTo(model.held.keySet());
    model.kill();
    for (String name : files.keySet()) {
      for (int at = 0; at < files.get(name).length; at++) {
        files.forEach((other, bytes) -> model.folder.put(other, bytes));
        model.folder.names.keySet().retainAll(files.keySet());
        model.folder.restoreIdentities();
        byte[] bytes = files.get(name).clone();
        model.folder.put(name, damage.of(bytes, at));
        long sure = Long.MAX_VALUE;
        if (!stopped && name.equals(lastFile)) {
          sure = damage == Damage.cut ? lastBase : lastBatch;
        }
        check(name + " at " + at, id, sure);
        model.kill();
      }
    }
  }

  private enum Damage {
    flipped,
    cut;

    byte[] of(byte[] bytes, int at) {
      if (this == cut) {
        return Arrays.copyOf(bytes, at);
      }
      bytes[at] ^= (byte) (1 << at % 8);
      return bytes;
    }
  }

  private void check(String what, String id, long sure) throws IOException {
    Store store = model.open();
    List<String> unreadable = new ArrayList<>();
    Map<Long, StoredRecord> found = read(unreadable);
    model.checkSame(found);
    if (!store.manifest().ids().current().equals(id)) {
      return;
    }
    for (long offset : model.held.keySet()) {
      boolean told =
          found.containsKey(offset)
              || offset > sure
              || unreadable.stream().anyMatch(one -> one.contains("@" + offset + ":"))
              || store.manifest().holes().stream()
                  .anyMatch(hole -> hole.from() < offset && offset <= hole.to());
      assertThat(told)
          .as("%s: %d is missing, and nothing says so; %s", what, offset, model.said)
          .isTrue();
    }
  }

  /// As a reader does: an index that is wrong is made anew.
  private Map<Long, StoredRecord> read(List<String> unreadable) throws IOException {
    for (int tries = 0; ; tries++) {
      try {
        return model.all(unreadable);
      } catch (DamagedException e) {
        assertThat(e.isIndex() && tries < 4).as(e.getMessage()).isTrue();
        unreadable.clear();
        try (Snapshot snapshot = model.store().snapshot()) {
          for (Segment segment : snapshot.segments()) {
            model.store().reindex(segment, lost -> {});
          }
        }
      }
    }
  }
}
