package dev.duet.broker.disk;

import dev.duet.broker.Bench;
import dev.duet.broker.Broker;
import dev.duet.broker.BrokerContract;
import dev.duet.broker.Durability;
import dev.duet.broker.JoinedBroker;
import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.memory.LateBroker;
import dev.duet.broker.memory.ManualClocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

class DiskBrokerContractTest extends BrokerContract {
  @TempDir private Path directory;

  @Override
  protected Bench openBench(Namespaces namespaces) {
    Namespaces onDisk = LateDiskBroker.onDisk(namespaces, Durability.OS);
    LateBroker memory = new LateBroker(onDisk);
    LateDiskBroker disk;
    try {
      Path own = Files.createTempDirectory(directory, "data");
      disk =
          new LateDiskBroker(
              onDisk, DiskFolder.open(own), new ManualClocks(), 1, false, settings -> settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Broker joined =
        new JoinedBroker(
            List.of(disk, memory),
            channel -> onDisk.wantedDurability(channel) == Durability.MEMORY ? 1 : 0);
    return new Bench(
        joined,
        time -> {
          disk.advance(time);
          memory.advance(time);
          while (disk.tick() || memory.tick()) {}
        },
        memory::commitAll);
  }
}
