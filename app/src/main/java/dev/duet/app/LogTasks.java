package dev.duet.app;

import dev.duet.app.config.Size;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.IoReason;
import dev.duet.broker.disk.store.LogBackup;
import dev.duet.broker.disk.store.LogBackup.Copied;
import dev.duet.broker.disk.store.LogExport;
import dev.duet.broker.disk.store.StoredLog;
import dev.duet.broker.disk.store.UnknownFormatException;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.DuetException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// What the commands of `duet log` do.
final class LogTasks {
  private static final int LINES_PER_CHECK = 256;

  private final Shell shell;
  private final CommandSpec spec;
  private final DataOptions data;

  /// @param spec of `duet log`
  LogTasks(Shell shell, CommandSpec spec, DataOptions data) {
    this.shell = shell;
    this.spec = spec;
    this.data = data;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  int inspect(boolean channels, int limit, boolean json) {
    return with(
        logs -> {
          var report =
              new LogReport(data.directory(shell).toAbsolutePath().normalize(), channels, limit);
          for (StoredLog log : logs) {
            report.add(log);
          }
          out().println(json ? report.json() : report.text());
          return 0;
        });
  }

  int verify(boolean json) {
    return with(logs -> json ? LogVerdict.json(logs, out()) : LogVerdict.text(logs, out()));
  }

  int export(@Nullable List<String> channels, @Nullable String since) {
    return with(logs -> export(logs, channels, since));
  }

  private int export(List<StoredLog> logs, @Nullable List<String> channels, @Nullable String since)
      throws IOException {
    PrintWriter out = out();
    PrintWriter err = spec.commandLine().getErr();
    var lost = new AtomicLong();
    Set<String> names = channels == null ? Set.of() : Set.copyOf(channels);
    boolean isTime = since != null && since.endsWith("Z");
    LogExport export;
    try {
      export =
          new LogExport(
              logs,
              names,
              since == null || isTime ? null : Cursor.parse(since),
              since != null && isTime ? Instant.parse(since).toEpochMilli() : 0,
              what -> {
                lost.incrementAndGet();
                err.println("duet: " + what);
              });
    } catch (DuetException | IllegalArgumentException | DateTimeParseException e) {
      String why = e instanceof DuetException bad ? bad.detail() : e.getMessage();
      throw new ParameterException(
          spec.commandLine().getSubcommands().get("export"),
          "--since '"
              + since
              + "' cannot be used: "
              + why
              + "; or a time is needed, such as 2026-01-31T12:00:00Z");
    }
    int lines = 0;
    for (var line = export.next(); line != null; line = export.next()) {
      out.print(Envelopes.line(line.publication(), line.cursor()));
      // Whoever reads may have had enough.
      if (++lines % LINES_PER_CHECK == 0 && out.checkError()) {
        return Complaints.FAILED;
      }
    }
    out.flush();
    return lost.get() == 0 ? 0 : Complaints.FAILED;
  }

  int backup(Path to, boolean copy) {
    Path from = data.directory(shell);
    Path target = shell.directory().resolve(to);
    List<Path> made = prepare(target);
    boolean done = false;
    try {
      var backup =
          new LogBackup(
              DiskFolder.open(from), DiskFolder.open(target), !copy, InstantSource.system());
      List<Copied> copied = backup.run();
      checkAny(from, copied.isEmpty());
      done = true;
      copied.forEach(this::tell);
    } catch (UnknownFormatException | DamagedException e) {
      throw failed(from, e);
    } catch (IOException e) {
      throw new DataException(
          "there is no backup of " + from + " in " + target + ": " + IoReason.of(e), e);
    } finally {
      if (!done) {
        made.forEach(LogTasks::remove);
      }
    }
    Path whole = target.toAbsolutePath().normalize();
    out().println("The backup is in " + whole);
    out().println("To restore it, stop the server, put a copy in the place of its data directory:");
    out().println("  cp -a " + whole + " NEW-DIR");
    out().println("  duet serve --data-dir NEW-DIR");
    return 0;
  }

  private void tell(Copied one) {
    out()
        .println(
            "%s: log %s up to %d (%s), %s, %s%s"
                .formatted(
                    one.log(),
                    one.id(),
                    one.last(),
                    LogReport.time(one.last()),
                    LogReport.count(one.files(), "file"),
                    new Size(one.bytes()).rounded(),
                    one.linked() == 0 ? "" : ", " + one.linked() + " of them links"));
  }

  /// Makes the directory, if it is not there.
  ///
  /// @return directories that were made, the innermost first
  private static List<Path> prepare(Path target) {
    List<Path> made = new ArrayList<>();
    try {
      if (Files.exists(target)) {
        if (!Files.isDirectory(target)) {
          throw new DataException(target + " is a file; a backup goes to an empty directory", null);
        }
        try (Stream<Path> files = Files.list(target)) {
          if (files.findAny().isPresent()) {
            throw new DataException(
                target + " is not empty; a backup goes to an empty directory", null);
          }
        }
      }
      for (Path one = target.toAbsolutePath().normalize();
          one != null && Files.notExists(one);
          one = one.getParent()) {
        made.add(one);
      }
      DiskFolder.make(target.toAbsolutePath().normalize());
    } catch (IOException e) {
      made.forEach(LogTasks::remove);
      throw new DataException(target + " cannot be made: " + IoReason.of(e), e);
    }
    return made;
  }

  private static void remove(Path made) {
    try {
      Files.deleteIfExists(made);
    } catch (IOException e) {
      // Somebody put something there, or it was not made.
      return;
    }
  }

  // ---- the logs of a directory

  /// What is done with the logs of a directory.
  private interface Task<T> {
    T run(List<StoredLog> logs) throws IOException;
  }

  /// Opens the logs of the directory, and closes them afterwards.
  ///
  /// @throws DataException if there are none, or they cannot be read
  private <T> T with(Task<T> task) {
    Path directory = data.directory(shell);
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

  private static void checkAny(Path directory, boolean isEmpty) {
    if (isEmpty) {
      throw new DataException(
          directory + " is not a data directory of Duet: it has no log in 'os' or 'disk'", null);
    }
  }

  private static DataException failed(Path directory, IOException e) {
    String why =
        switch (e) {
          case UnknownFormatException other -> other.getMessage() + "; use that version";
          case DamagedException damaged ->
              "is damaged: "
                  + damaged.getMessage()
                  + "; a server that starts on it mends what it can and says what is lost";
          default -> "cannot be read: " + IoReason.of(e);
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
