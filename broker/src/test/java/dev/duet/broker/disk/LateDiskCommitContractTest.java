package dev.duet.broker.disk;

import dev.duet.broker.Bench;
import dev.duet.broker.CommitContract;
import dev.duet.broker.Durability;
import dev.duet.broker.JoinedBroker;
import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.memory.LateBroker;
import dev.duet.broker.memory.ManualClocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;

class LateDiskCommitContractTest extends CommitContract {
  @Override
  protected Held open(Namespaces namespaces) {
    Namespaces onDisk = LateDiskBroker.onDisk(namespaces, Durability.DISK);
    LateBroker memory = new LateBroker(onDisk);
    LateDiskBroker disk;
    try {
      disk =
          new LateDiskBroker(
              onDisk,
              DiskFolder.open(Files.createTempDirectory("duet-commit")),
              new ManualClocks(),
              1,
              true,
              settings -> settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var joined =
        new JoinedBroker(
            List.of(disk, memory),
            channel -> onDisk.wantedDurability(channel) == Durability.MEMORY ? 1 : 0);
    var bench =
        new Bench(
            joined,
            time -> {
              disk.advance(time);
              memory.advance(time);
              while (disk.tick() || memory.tick()) {}
            },
            () -> {
              disk.commitAll();
              memory.commitAll();
            });
    return new Held() {
      @Override
      public Bench bench() {
        return bench;
      }

      @Override
      public void commit(int count) {
        disk.commit(0, count);
        memory.commit(0, count);
      }

      @Override
      public void fail() {
        disk.fail(0);
        memory.fail(0);
      }
    };
  }
}
