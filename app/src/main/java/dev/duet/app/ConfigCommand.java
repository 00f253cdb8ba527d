package dev.duet.app;

import dev.duet.app.config.ConfigSources;
import dev.duet.app.config.ConfigText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `duet config`: what can be set, and what is.
@Command(
    name = "config",
    header = {"Checks and explains the configuration.", ""},
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  duet config check",
      "  duet config check /etc/duet/duet.yaml",
      "  duet config check --config /etc/duet/duet.yaml",
      "  duet config default > duet.yaml",
      "  duet config doc"
    })
final class ConfigCommand implements Runnable {
  private final Shell shell;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  ConfigCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing, such as 'check'");
  }

  @Command(
      name = "check",
      header = {"Says what is wrong with a configuration, and what differs from the defaults.", ""},
      description = {
        "It is read as 'duet serve' would, with the variables of the environment (DUET_…).",
        ""
      },
      footer = {"", "Exit codes: 0 it is fine, 2 it is not."})
  int check(
      @Parameters(
              index = "0",
              arity = "0..1",
              paramLabel = "FILE",
              description = "The file; else that of DUET_CONFIG, else duet.yaml in this directory.")
          @Nullable Path file,
      @Option(
              names = "--config",
              paramLabel = "FILE",
              description = "The same, as of 'duet serve'.")
          @Nullable Path config) {
    if (file != null && config != null) {
      throw new ParameterException(
          spec.commandLine().getSubcommands().get("check"), "one file can be checked, not two");
    }
    ConfigSources sources =
        ConfigSources.load(
            file == null ? config : file,
            shell.directory(),
            shell.environment(),
            new ConfigSources.Flags());
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    sources.warnings().forEach(warning -> err.println("duet: " + warning));
    List<String> differences = sources.differences();
    out.println("Configuration: " + sources.told());
    if (differences.isEmpty()) {
      out.println("Every setting is as by default.");
    } else {
      out.println("It is fine. What differs from the defaults:");
      differences.forEach(line -> out.println("  " + line));
    }
    return 0;
  }

  @Command(
      name = "doc",
      header = {"Prints what can be set, as a page of Markdown.", ""})
  void doc() {
    print(ConfigText.documentation());
  }

  @Command(
      name = "default",
      header = {"Prints a file with every setting and its default.", ""})
  void defaults() {
    print(ConfigText.defaults());
  }

  private void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
  }
}
