package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Bench;
import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.LogLife;
import dev.duet.broker.memory.LogModel;
import dev.duet.broker.memory.ManualClocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Random lives of a log on disk, each compared step by step with [LogModel]: with segments so
/// small that they are sealed and rewritten all the time, states that are dropped, clean stops and
/// kills.
class DiskModelTest {
  private static final int LIVES = Integer.getInteger("duet.lives", 500);

  private static final List<Namespace> KEPT =
      LogLife.NAMESPACES.list().stream()
          .filter(one -> one.retention().mode() != Mode.NONE && !one.pattern().equals("*"))
          .toList();

  @Test
  void theLogDoesWhatTheModelDoes() {
    LogLife.live(LIVES, 115, DiskModelTest::life);
  }

  private static LogLife life(long seed, boolean burst) {
    Durability durability = seed % 2 == 0 ? Durability.OS : Durability.DISK;
    var all = new java.util.ArrayList<>(KEPT);
    all.addAll(
        List.of("a", "b", "c").stream()
            .map(
                one ->
                    new Namespace(one, KEPT.getFirst().retention().withMaxCount(1000), durability))
            .toList());
    Namespaces namespaces = LateDiskBroker.onDisk(new Namespaces(all), durability);
    var machine = new Machine(namespaces, seed);
    return new Life(machine, burst);
  }

  /// A disk, its clocks, and the process on it.
  private static final class Machine {
    final Namespaces namespaces;
    final long seed;
    final ManualClocks clocks = new ManualClocks();
    MemoryFolder folder;
    LateDiskBroker broker;
    Compactor compactor;
    private long skew;
    private int starts;

    Machine(Namespaces namespaces, long seed) {
      this.namespaces = namespaces;
      this.seed = seed;
      this.folder = new MemoryFolder(seed);
      open();
    }

    private void open() {
      skew = skew();
      long bytes = 300 << new Random(seed).nextInt(4);
      broker =
          new LateDiskBroker(
              namespaces,
              folder,
              clocks,
              seed * 1_000 + starts++,
              true,
              settings ->
                  settings
                      .withSegments(new SegmentLimits(bytes, 64, 64))
                      .withKeys(10_000, settings.keyWindow()));
      compactor = log().compactor(written -> {});
    }

    private long skew() {
      return clocks.millis() - clocks.nanos() / 1_000_000;
    }

    /// Whether the log's own clock would go back with a kill: it knows the time since it was opened
    /// only from the wall clock.
    boolean isSetBack() {
      return skew() < skew;
    }

    DiskLog log() {
      return broker.log(0);
    }

    long age() {
      return log().core().clock().age();
    }

    void restart(boolean kill) {
      if (kill) {
        folder = folder.kill();
      } else {
        broker.close();
      }
      open();
    }

    void compact(int steps) {
      try {
        for (int i = 0; i < steps && compactor.step(); i++) {}
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Life extends LogLife {
    private final Machine machine;
    private final boolean burst;

    Life(Machine machine, boolean burst) {
      super(
          machine.namespaces,
          burst,
          machine.log(),
          new LogModel(
              machine.namespaces,
              machine.log().position(),
              channel -> machine.log().core().families().of(channel).floor()));
      this.machine = machine;
      this.burst = burst;
      model().restarted(machine.age(), machine.log().position());
    }

    @Override
    protected ManualClocks clocks() {
      return machine.clocks;
    }

    @Override
    protected int lookEvery() {
      return burst ? 16 : 4;
    }

    @Override
    protected void commitSome(int most) {
      machine.broker.commit(0, most);
    }

    @Override
    protected void failAll() {
      machine.broker.fail(0);
    }

    @Override
    protected void tick() {
      machine.broker.tick();
    }

    @Override
    protected void other(Step step) {
      if (step.kind() < 109) {
        machine.compact(1 + step.a() % 4);
      } else if (step.kind() < 112) {
        LogCore core = machine.log().core();
        core.locked(
            () -> {
              core.states().expire(core.clock().tick() + 60_000_000_000L, Integer.MAX_VALUE);
              return null;
            });
        reload();
      } else {
        boolean kill = step.a() % 2 == 0 && !machine.isSetBack();
        String id = machine.log().ids().current();
        machine.restart(kill);
        assertThat(machine.log().ids().current()).isEqualTo(id);
        assertThat(machine.log().store().recovered().notices()).isEmpty();
        model().restarted(machine.age(), machine.log().position());
        goOn(machine.log(), !kill);
        reload();
      }
    }

    /// What keeps the latest per key is loaded again.
    private void reload() {
      for (String channel : channels()) {
        if (model().isLatest(channel) && !model().isPinned(channel)) {
          var request =
              ReadRequest.forwards(
                  List.of(new Span(channel, 0, 0)), machine.log().position(), Bench.ALL, Bench.ALL);
          model().reloaded(channel, join(machine.log().read(request)));
        }
      }
    }
  }
}
