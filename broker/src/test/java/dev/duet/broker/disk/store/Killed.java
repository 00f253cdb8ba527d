package dev.duet.broker.disk.store;

/// The process is dead: thrown by everything that a [MemoryFolder] is asked from the moment at
/// which a test lets it die. An error, so that nothing takes it for a failure of the disk.
public final class Killed extends Error {
  private static final long serialVersionUID = 1;

  Killed() {
    super("the process was killed", null, false, false);
  }
}
