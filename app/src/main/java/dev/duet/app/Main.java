package dev.duet.app;

import dev.duet.app.bench.BenchCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The `duet` command.
@Command(
    name = "duet",
    header = {"A real-time server: Server-Sent Events and WebSocket over one resumable log.", ""},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ServeCommand.class,
      PublishCommand.class,
      SubscribeCommand.class,
      LogCommand.class,
      BenchCommand.class,
      ConfigCommand.class,
      CompletionCommand.class,
      RehearseCommand.class,
      VersionCommand.class,
      HelpCommand.class
    },
    versionProvider = VersionCommand.Version.class,
    sortOptions = false,
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Begin with:",
      "  duet serve",
      "  duet subscribe hello",
      "  duet publish hello 'Hello, world'",
      "  duet help serve",
      "",
      "Environment:",
      "  DUET_URL         the server of publish and subscribe (http://127.0.0.1:8080)",
      "  DUET_CONFIG      the configuration file of serve",
      "  DUET_…           each setting of the server: 'duet config doc' lists them",
      "  DUET_JAVA_OPTS   more options for the JVM, such as -Xmx4g",
      "  DUET_JAVA_HOME   the JDK to run on",
      "",
      "Exit codes: 0 done, 1 it failed, 2 wrong usage or configuration; more in a",
      "command's help."
    })
public final class Main implements Runnable {
  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @CommandLine.Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Shows this.")
  private boolean help;

  @CommandLine.Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Shows the version.")
  private boolean version;

  private Main() {}

  /// Runs a command and ends the process with its exit code.
  public static void main(String[] args) {
    System.exit(
        commandLine(Shell.ofProcess())
            .setOut(writer(FileDescriptor.out))
            .setErr(writer(FileDescriptor.err))
            .execute(args));
  }

  /// UTF-8, whatever the locale: what is printed is JSON, or was published as such. And not through
  /// `System.out`, which does not say that nobody reads any more.
  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
  }

  static CommandLine commandLine(Shell shell) {
    return new CommandLine(new Main(), new Commands(shell))
        .setParameterExceptionHandler(Complaints::usage)
        .setExecutionExceptionHandler(Complaints::execution);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing, such as 'serve'");
  }

  /// Makes the commands, with the shell where they want it.
  private record Commands(Shell shell) implements IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        return type.getDeclaredConstructor(Shell.class).newInstance(shell);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }
}
