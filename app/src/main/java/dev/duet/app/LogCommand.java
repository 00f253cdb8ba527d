package dev.duet.app;

import dev.duet.app.config.Size;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.LogBackup;
import dev.duet.broker.disk.store.LogBackup.Copied;
import dev.duet.broker.disk.store.LogExport;
import dev.duet.broker.disk.store.StoredLog;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.DuetException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `duet log`: what is on disk.
@Command(
    name = "log",
    header = {"Looks into a data directory: what is kept there, whether it is whole; backups.", ""},
    description = {
      "These commands only read, also while a server runs on the directory. What they show is the"
          + " log of the moment in which they began.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  duet log inspect --data-dir /var/lib/duet",
      "  duet log inspect --channels --limit 20",
      "  duet log verify",
      "  duet log export --channel orders --since 2026-01-31T12:00:00Z > orders.ndjson",
      "  duet log backup --to /backup/duet-monday"
    })
final class LogCommand implements Runnable {
  private static final int LINES_PER_CHECK = 256;

  private final Shell shell;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this.")
  private boolean help;

  LogCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing, such as 'inspect'");
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  // ---- inspect

  @Command(
      name = "inspect",
      header = {"Shows what a data directory keeps: logs, ids, segments, channels.", ""},
      sortOptions = false,
      footer = {
        "",
        "Times are those of the offsets, which are microseconds since 1970. What",
        "retention does not hold any more counts until its room is given back."
      })
  int inspect(
      @Mixin DataOptions data,
      @Option(names = "--channels", description = "Also the channels, the largest first.")
          boolean channels,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "100",
              description = "How many channels at most (100).")
          int limit,
      @Option(names = "--json", description = "As one JSON object.") boolean json) {
    if (limit < 1 || limit > 1_000_000) {
      throw new ParameterException(
          spec.commandLine().getSubcommands().get("inspect"), "--limit is from 1 to 1000000");
    }
    return data.with(
        shell,
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

  // ---- verify

  @Command(
      name = "verify",
      header = {"Reads every byte of a data directory and says what is damaged.", ""},
      description = {
        "Every record's checksum, every block of every index, one against the other, and whether"
            + " each record of a channel follows the one before it.",
        ""
      },
      sortOptions = false,
      footer = {
        "",
        "Of a log that is in use, or ended without a stop, the last bytes may be no",
        "whole record: that is said, and no problem.",
        "",
        "Exit codes: 0 all is well, 1 something is wrong, 2 wrong usage."
      })
  int verify(
      @Mixin DataOptions data,
      @Option(names = "--json", description = "As one JSON object.") boolean json) {
    return data.with(
        shell, logs -> json ? LogVerdict.json(logs, out()) : LogVerdict.text(logs, out()));
  }

  // ---- export

  @Command(
      name = "export",
      header = {"Prints the publications of a data directory, one JSON object a line.", ""},
      description = {
        "In log order, in the envelope of every stream (docs/protocol.md); \"end\":true where a"
            + " channel ends.",
        "What compaction let go is not there. What retention does not hold any more may be there,"
            + " until its room is given back; also what a later publication of its key replaced.",
        ""
      },
      sortOptions = false,
      footer = {"", "Exit codes: 0 all is there, 1 something could not be read, 2 wrong usage."})
  int export(
      @Mixin DataOptions data,
      @Option(
              names = "--channel",
              paramLabel = "NAME",
              description = "Only this channel. May come several times.")
          @Nullable List<String> channels,
      @Option(
              names = "--since",
              paramLabel = "WHEN",
              description = "Only what comes after a cursor, or from a time on (…Z).")
          @Nullable String since) {
    return data.with(shell, logs -> export(logs, channels, since));
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
          "--since '" + since + "' cannot be used: " + why);
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

  // ---- backup

  @Command(
      name = "backup",
      header = {"Copies the logs of a data directory, also while a server runs on it.", ""},
      description = {
        "The copy is the log of one moment. Files that do not change any more are linked where"
            + " the file system allows it: then they take no room, and lie on the same disk. Copy"
            + " the directory to another machine, or give --copy and a directory of another disk.",
        ""
      },
      sortOptions = false,
      footer = {
        "",
        "A server that starts on a backup gives its logs new ids: clients are told so,",
        "and read on from where they were, as far as the backup goes."
      })
  int backup(
      @Mixin DataOptions data,
      @Option(
              names = "--to",
              paramLabel = "DIR",
              required = true,
              description = "Where to: an empty directory, or one that is made.")
          Path to,
      @Option(names = "--copy", description = "Copies all files, links none.") boolean copy) {
    Path from = data.directory(shell);
    Path target = shell.directory().resolve(to);
    try {
      prepare(target);
      var backup =
          new LogBackup(
              DiskFolder.open(from), DiskFolder.open(target), !copy, InstantSource.system());
      List<Copied> copied = backup.run();
      DataOptions.checkAny(from, copied.isEmpty());
      copied.forEach(this::tell);
    } catch (IOException e) {
      throw DataOptions.failed(from, e);
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
            "%s: log %s up to %d (%s), %d files, %s%s"
                .formatted(
                    one.log(),
                    one.id(),
                    one.last(),
                    LogReport.time(one.last()),
                    one.files(),
                    new Size(one.bytes()).rounded(),
                    one.linked() == 0 ? "" : ", " + one.linked() + " of them links"));
  }

  private static void prepare(Path target) {
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
      Files.createDirectories(target);
    } catch (IOException e) {
      throw new DataException(target + " cannot be written: " + e, e);
    }
  }
}
