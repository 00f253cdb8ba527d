package dev.duet.broker.disk.store;

import java.util.Random;

/// What has a name on a [MemoryDisk].
sealed interface Node permits FileNode, FolderNode {
  /// As long as it exists, whatever it is called.
  long id();

  /// It as a power loss may leave it.
  Node crashed(Random random);

  /// It as `cp -r` makes it, and everything of it synced.
  Node copied(Ids ids);

  /// Numbers of nodes: none twice, also on copies.
  final class Ids {
    private long last;

    synchronized long next() {
      return ++last;
    }
  }
}
