package dev.duet.broker.disk;

/// Says when what waits in a log is committed. The committer's thread does so at once; a test when
/// it likes.
@FunctionalInterface
interface Commits {
  /// Something was appended to `log`. Called under its lock.
  void appended(DiskLog log);

  /// Commits nothing from now on; waits for what is under way.
  default void close() {}
}
