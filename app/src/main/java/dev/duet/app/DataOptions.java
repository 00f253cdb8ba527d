package dev.duet.app;

import dev.duet.app.config.ConfigSources;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Flags of the commands that look into a data directory. It names no class of a log, for it is
/// read whatever command is meant.
final class DataOptions {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "The data directory (that of 'duet serve' with the same configuration).")
  private @Nullable String data;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration that says where it is (as of 'duet serve').")
  private @Nullable Path config;

  /// The data directory that is meant.
  ///
  /// @throws DataException if there is none
  Path directory(Shell shell) {
    var flags = new ConfigSources.Flags().with("--data-dir", "log.data", data);
    ConfigSources sources =
        ConfigSources.load(config, shell.directory(), shell.environment(), flags);
    if (!sources.config().log().isOnDisk()) {
      throw new DataException(
          "this configuration keeps nothing on disk (log.data: none); --data-dir names a data"
              + " directory",
          null);
    }
    Path directory = shell.directory().resolve(sources.config().log().data());
    if (!Files.exists(directory)) {
      throw new DataException("there is no directory " + directory, null);
    }
    if (!Files.isDirectory(directory)) {
      throw new DataException(directory + " is a file; it must be a data directory", null);
    }
    if (!Files.isReadable(directory) || !Files.isExecutable(directory)) {
      throw new DataException("this user may not read " + directory, null);
    }
    return directory;
  }
}
