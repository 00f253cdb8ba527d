package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every byte of the files of a small log that was stopped cleanly, turned over and cut off: it
/// opens, nothing that is read is wrong, and what is missing is told, by a hole, an error for the
/// one record, or a new id.
class StoreDamageTest {
  private final StoreModel model = new StoreModel(7, Durability.DISK);

  @ParameterizedTest
  @EnumSource(names = {"flipped", "cut"})
  void noDamageIsReadAsARecordOrStaysUntold(Damage damage) throws IOException {
    model.limits(new StoreSettings.Limits(700, 40, 10));
    model.open();
    while (model.store().manifest().segments().size() < 4) {
      assertThat(model.write(2)).isTrue();
      model.pass(10);
    }
    model.store().close(100);
    Map<String, byte[]> files = model.folder.bytes();
    model.folder.restoreIdentities();
    String id = model.open().manifest().ids().current();
    model.kill();
    for (String name : files.keySet()) {
      for (int at = 0; at < files.get(name).length; at++) {
        files.forEach((other, bytes) -> model.folder.put(other, bytes));
        model.folder.names.keySet().retainAll(files.keySet());
        model.folder.restoreIdentities();
        byte[] bytes = files.get(name).clone();
        model.folder.put(name, damage.of(bytes, at));
        check(name + " at " + at, id);
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

  private void check(String what, String id) throws IOException {
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
