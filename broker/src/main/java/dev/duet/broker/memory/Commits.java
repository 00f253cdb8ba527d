package dev.duet.broker.memory;

/// When appends of a [MemoryLog] become committed. The log never commits by itself: it says that
/// something waits, and whoever makes it durable answers with [MemoryLog#commit] or
/// [MemoryLog#fail].
@FunctionalInterface
interface Commits {
  /// Memory has nothing to wait for.
  Commits IMMEDIATE = log -> log.commit(Integer.MAX_VALUE);

  /// Something was appended to `log`. Called under its lock.
  void appended(MemoryLog log);
}
