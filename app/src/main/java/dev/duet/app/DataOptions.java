package dev.duet.app;

import dev.duet.app.config.ConfigSources;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.StoredLog;
import dev.duet.broker.disk.store.UnknownFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Flags of the commands that look into a data directory.
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

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this.")
  private boolean help;

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
    return directory;
  }

  /// What is done with the logs of a directory.
  interface Task<T> {
    T run(List<StoredLog> logs) throws IOException;
  }

  /// Opens the logs of the directory, and closes them afterwards.
  ///
  /// @throws DataException if there are none, or they cannot be read
  <T> T with(Shell shell, Task<T> task) {
    Path directory = directory(shell);
    List<StoredLog> logs = List.of();
    try {
      logs = StoredLog.openAll(DiskFolder.open(directory));
      checkAny(directory, logs.isEmpty());
      return task.run(logs);
    } catch (IOException e) {
      throw failed(directory, e);
    } finally {
      for (StoredLog log : logs) {
        close(log);
      }
    }
  }

  static void checkAny(Path directory, boolean isEmpty) {
    if (isEmpty) {
      throw new DataException(
          directory + " is not a data directory of Duet: it has no log in 'os' or 'disk'", null);
    }
  }

  static DataException failed(Path directory, IOException e) {
    String why =
        switch (e) {
          case UnknownFormatException other -> other.getMessage() + "; use that version";
          case DamagedException damaged ->
              "is damaged: "
                  + damaged.getMessage()
                  + "; a server that starts on it mends what it can and says what is lost";
          default -> "cannot be read: " + e.getMessage();
        };
    return new DataException(directory + ": " + why, e);
  }

  private static void close(StoredLog log) {
    try {
      log.close();
    } catch (IOException e) {
      // It was only read.
      return;
    }
  }
}
