package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.StateFile.State;
import java.io.IOException;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// Writes the state file. Guarded by the store's lock.
///
/// While a run goes on it has the boot's id and no mark of a clean stop. While a sync has failed it
/// has no boot either.
final class StateKeeper {
  private final StateFile file;
  private final String boot;
  private final InstantSource wall;
  private final LongSupplier age;
  private boolean running;
  private boolean certain;

  /// @param age the log's own clock, milliseconds
  StateKeeper(Folder folder, String boot, InstantSource wall, LongSupplier age) {
    this.file = new StateFile(folder);
    this.boot = boot;
    this.wall = wall;
    this.age = age;
  }

  /// Whether the file is known to say what it was last told to.
  boolean isCertain() {
    return certain;
  }

  /// A crash from now on is told from a clean stop, and from a power loss.
  void running() throws IOException {
    if (!certain || !running) {
      write(true);
    }
  }

  /// A crash from now on is like a power loss.
  void suspect() throws IOException {
    if (!certain || running) {
      write(false);
    }
  }

  /// Writes it again as it should be: whether the disk takes anything.
  void probe() throws IOException {
    write(running);
  }

  private void write(boolean sound) throws IOException {
    certain = false;
    running = sound;
    // The age first: a pause between the two makes it fall behind, and nothing expires too early.
    long now = age.getAsLong();
    file.write(new State(sound ? boot : StateFile.NO_BOOT, false, wall.millis(), now, -1, -1));
    certain = true;
  }

  /// All is synced.
  ///
  /// @param number of the last segment
  /// @param bytes of its file
  void stopped(long atAge, long number, long bytes) throws IOException {
    file.write(new State(boot, true, wall.millis(), atAge, number, bytes));
  }
}
