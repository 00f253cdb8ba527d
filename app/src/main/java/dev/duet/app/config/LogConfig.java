package dev.duet.app.config;

import dev.duet.server.DuetSettings;
import java.nio.file.Path;

/// The group `log`.
public record LogConfig(
    @Setting(
            "Directory of what is kept on disk; made if it is not there, and one server's at a"
                + " time. none: all is kept in memory, whatever durability a namespace has")
        Path data,
    @Setting(
            value =
                "Most bytes of each log on disk (there is one for each durability in use); the"
                    + " oldest publications go first",
            min = "64MiB",
            max = "1048576GiB")
        Size disk,
    @Setting(
            value =
                "Size at which a file of a log on disk is closed and the next one begun; what is"
                    + " let go gives its space back file by file",
            min = "1MiB",
            max = "1GiB")
        Size segment,
    @Setting(
            value = "Most heap that the log in memory takes; the oldest publications go first",
            min = "1MiB",
            byDefault = "a quarter of the heap")
        Size memory) {

  /// Stands for no directory.
  public static final Path NONE = Path.of("none");

  public static final LogConfig DEFAULT =
      new LogConfig(
          Path.of("duet-data"),
          new Size(DuetSettings.DEFAULT.diskBytes()),
          new Size(DuetSettings.DEFAULT.segmentBytes()),
          new Size(DuetSettings.DEFAULT.memoryBytes()));

  public LogConfig {
    long heap = Runtime.getRuntime().maxMemory();
    if (memory.bytes() > heap / 4 * 3) {
      throw new BadValueException(
          "memory",
          "is %s, but must be at most three quarters of the heap, which is %s (-Xmx sets it)"
              .formatted(memory, new Size(heap).rounded()));
    }
  }

  /// Whether there is a log on disk.
  public boolean isOnDisk() {
    return !data.equals(NONE);
  }
}
