package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A store on a disk that loses, tears and fails, in random schedules: nothing that was
/// acknowledged is lost but what the durability says, and what is lost is told by a new id of the
/// log.
///
/// `-Dduet.store.seed=N` runs one schedule, `-Dduet.store.schedules=N` as many.
class StoreCrashTest {
  private static final int SCHEDULES = Integer.getInteger("duet.store.schedules", 100);
  private static final int RUNS = 8;

  private enum Ending {
    CLEAN,
    KILL,
    CRASH,
    ENDED
  }

  @ParameterizedTest
  @EnumSource(names = {"OS", "DISK"})
  void nothingIsLostThatWasAcknowledged(Durability durability) throws IOException {
    Long only = Long.getLong("duet.store.seed");
    long first = only == null ? 1 : only;
    long end = only == null ? SCHEDULES : only;
    for (long seed = first; seed <= end; seed++) {
      try {
        schedule(seed, durability);
      } catch (Throwable e) {
        throw new AssertionError("-Dduet.store.seed=" + seed + " at " + durability, e);
      }
    }
  }

  private void schedule(long seed, Durability durability) throws IOException {
    var model = new StoreModel(seed, durability);
    if (seed % 3 != 0) {
      model.limits(new SegmentLimits(2000 + model.random.nextInt(4000), 40, 4));
    }
    Ending ending = Ending.CLEAN;
    boolean failed = false;
    for (int run = 0; run < RUNS; run++) {
      try {
        start(model, ending, failed, run == 0);
      } catch (LossyFolder.Ended e) {
        throw new AssertionError(e);
      }
      failed = false;
      ending = Ending.values()[model.random.nextInt(4)];
      if (ending == Ending.ENDED) {
        model.folder.budget = 1 + model.random.nextInt(60);
      }
      boolean troubled = model.random.nextInt(3) == 0;
      try {
        for (int step = model.random.nextInt(40); step >= 0; step--) {
          failed |= step(model, troubled);
        }
        if (ending == Ending.CLEAN) {
          model.folder.failing = 0;
          model.folder.full = false;
          model.pass(2000);
          model.store().close(model.store().recovered().age());
          failed = false;
        }
      } catch (LossyFolder.Ended e) {
        ending = Ending.ENDED;
      }
      if (ending == Ending.CRASH || ending == Ending.ENDED && model.random.nextBoolean()) {
        ending = Ending.CRASH;
        model.crash();
      } else {
        model.kill();
      }
    }
  }

  /// @return whether something failed
  private boolean step(StoreModel model, boolean troubled) throws IOException {
    Store store = model.store();
    switch (model.random.nextInt(12)) {
      case 0, 1 -> store.sync();
      case 2 -> model.pass(model.random.nextInt(3000));
      case 3 -> {
        if (troubled) {
          model.folder.failing = model.random.nextBoolean() ? 0.3 : 0;
        }
      }
      case 4 -> {
        if (troubled) {
          model.folder.full = model.random.nextInt(3) == 0;
        }
      }
      case 5 -> {
        List<String> unreadable = new ArrayList<>();
        Map<Long, StoredRecord> all = model.all(unreadable);
        assertThat(unreadable).isEmpty();
        assertThat(all.keySet()).isEqualTo(model.held.keySet());
        model.checkSame(all);
      }
      default -> {
        boolean taken = model.write(1 + model.random.nextInt(5));
        assertThat(taken || troubled || model.folder.budget == 0).isTrue();
      }
    }
    if (model.folder.budget == 0) {
      throw new LossyFolder.Ended();
    }
    return store.failing() != null;
  }

  private void start(StoreModel model, Ending ending, boolean failed, boolean isNew)
      throws IOException {
    Store store = model.open();
    if (Boolean.getBoolean("duet.store.trace")) {
      System.out.println(ending + " " + model.said + " " + store.manifest());
    }
    List<String> unreadable = new ArrayList<>();
    Map<Long, StoredRecord> found = model.all(unreadable);
    assertThat(unreadable).isEmpty();
    model.checkSame(found);
    LogIds ids = store.manifest().ids();
    LogIds before = model.ids;
    if (before != null) {
      boolean renewed = !ids.current().equals(before.current());
      if (model.durability == Durability.DISK || ending == Ending.CLEAN) {
        assertThat(renewed).as("a new id: %s", model.said).isFalse();
      } else if (ending == Ending.CRASH) {
        assertThat(renewed).isTrue();
      } else if (!failed) {
        assertThat(renewed).as("a new id: %s", model.said).isFalse();
      }
      long end = renewed ? ids.endOf(before.current()) : Long.MAX_VALUE;
      for (long offset : model.held.keySet()) {
        assertThat(offset > end || found.containsKey(offset))
            .as("%d was acknowledged, and is lost; old id ends at %d; %s", offset, end, model.said)
            .isTrue();
      }
      if (!renewed) {
        assertThat(store.manifest().holes()).isEqualTo(model.holes);
      }
    }
    model.ids = ids;
    model.holes = store.manifest().holes();
    assertThat(isNew).isEqualTo(before == null);
    model.adopt(found);
    checkKeys(model, store);
  }

  private static void checkKeys(StoreModel model, Store store) {
    List<Long> expected = new ArrayList<>();
    long since = store.recovered().age() - 120_000;
    model.held.forEach(
        (offset, record) -> {
          if (record.idempotencyKey() != null && record.age() >= since) {
            expected.add(offset);
          }
        });
    assertThat(store.recovered().keyed().stream().map(StoredRecord::offset).toList())
        .isEqualTo(expected);
    store
        .recovered()
        .keyed()
        .forEach(
            record ->
                StoreModel.checkSame(
                    Objects.requireNonNull(model.held.get(record.offset())), record));
  }
}
