package dev.duet.server;

import dev.duet.broker.Broker;
import dev.duet.broker.Durability;
import dev.duet.broker.JoinedBroker;
import dev.duet.broker.Namespaces;
import dev.duet.broker.disk.DiskBroker;
import dev.duet.broker.disk.DiskSettings;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The logs that a server keeps by itself: one in memory, and on disk one for each durability that
/// its namespaces want, if it has a data directory.
///
/// @param broker has them all
/// @param tick lets go what is too old; due about once a second
record OwnLogs(Broker broker, Runnable tick) {
  /// Blocks: it may read files.
  ///
  /// @throws dev.duet.broker.disk.UnusableDirectoryException if the data directory cannot be used
  static OwnLogs open(DuetSettings settings) {
    Namespaces namespaces = settings.namespaces();
    var memory =
        new MemoryBroker(MemorySettings.of(namespaces).withMaxBytes(settings.memoryBytes()));
    Path directory = settings.dataDirectory();
    if (directory == null || (!isWanted(namespaces) && !Files.exists(directory))) {
      return new OwnLogs(memory, memory::tick);
    }
    // Logs that are there are opened also if no namespace wants them: they note that.
    DiskBroker disk =
        DiskBroker.open(
            DiskSettings.of(directory, namespaces)
                .withMaxBytes(settings.diskBytes())
                .withSegments(SegmentLimits.DEFAULT.withBytes(settings.segmentBytes())));
    var joined =
        new JoinedBroker(
            List.of(disk, memory),
            channel -> namespaces.wantedDurability(channel) == Durability.MEMORY ? 1 : 0);
    return new OwnLogs(
        joined,
        () -> {
          memory.tick();
          disk.tick();
        });
  }

  private static boolean isWanted(Namespaces namespaces) {
    return namespaces.list().stream()
        .anyMatch(namespace -> namespace.wantedDurability() != Durability.MEMORY);
  }
}
