package dev.duet.app;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `duet log`: what is on disk. What it does is in [LogTasks]: this is read whatever command is
/// meant, and loads nothing of a log.
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
  private final Shell shell;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  LogCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing, such as 'inspect'");
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
    return tasks(data).inspect(channels, limit, json);
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
        "Damage is known where the log has a hole there, of which readers are told.",
        "",
        "Exit codes: 0 all is well, 1 something is wrong, 2 wrong usage."
      })
  int verify(
      @Mixin DataOptions data,
      @Option(names = "--json", description = "As one JSON object.") boolean json) {
    return tasks(data).verify(json);
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
    return tasks(data).export(channels, since);
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
    return tasks(data).backup(to, copy);
  }

  private LogTasks tasks(DataOptions data) {
    return new LogTasks(shell, spec, data);
  }
}
