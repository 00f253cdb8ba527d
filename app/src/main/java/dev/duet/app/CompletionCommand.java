package dev.duet.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `duet completion`.
@Command(
    name = "completion",
    header = {"Prints a script with which a shell completes what is typed.", ""},
    footer = {
      "",
      "Examples:",
      "  source <(duet completion bash)          in ~/.bashrc",
      "  source <(duet completion zsh)           in ~/.zshrc, after compinit",
      "  duet completion fish | source           in ~/.config/fish/config.fish"
    })
final class CompletionCommand implements Runnable {
  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
  private String shell;

  @Override
  public void run() {
    CommandLine duet = spec.parent().commandLine();
    String script =
        switch (shell) {
          // picocli's script works in both.
          case "bash", "zsh" -> AutoComplete.bash("duet", duet);
          case "fish" -> fish(duet);
          default ->
              throw new ParameterException(
                  spec.commandLine(), "'" + shell + "' is not one of bash, zsh, fish");
        };
    PrintWriter out = spec.commandLine().getOut();
    out.print(script);
    out.flush();
  }

  private static String fish(CommandLine duet) {
    var lines = new ArrayList<String>();
    lines.add("complete -c duet -f");
    duet.getSubcommands()
        .forEach(
            (name, command) -> {
              if (command.getCommandSpec().usageMessage().hidden()) {
                return;
              }
              lines.add(
                  "complete -c duet -n __fish_use_subcommand -a %s -d %s"
                      .formatted(name, quoted(header(command))));
              List<String> below = command.getSubcommands().keySet().stream().sorted().toList();
              if (!below.isEmpty()) {
                lines.add(of(name) + " -a " + quoted(String.join(" ", below)));
              }
              command.getCommandSpec().options().forEach(option -> lines.add(of(of(name), option)));
              command
                  .getSubcommands()
                  .forEach(
                      (inner, one) ->
                          one.getCommandSpec()
                              .options()
                              .forEach(option -> lines.add(of(of(name, inner), option))));
            });
    return String.join("\n", lines) + "\n";
  }

  private static String header(CommandLine command) {
    String[] header = command.getCommandSpec().usageMessage().header();
    return header.length == 0 ? "" : header[0];
  }

  private static String of(String command) {
    return "complete -c duet -n " + quoted("__fish_seen_subcommand_from " + command);
  }

  private static String of(String command, String inner) {
    return "complete -c duet -n "
        + quoted(
            "__fish_seen_subcommand_from "
                + command
                + "; and __fish_seen_subcommand_from "
                + inner);
  }

  private static String of(String prefix, OptionSpec option) {
    var line = new StringBuilder(prefix);
    for (String name : option.names()) {
      line.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    if (option.arity().max() > 0) {
      boolean isFile = option.type() == Path.class;
      line.append(isFile ? " -r -F" : " -r");
      if (option.completionCandidates() != null) {
        line.append(" -a ").append(quoted(String.join(" ", option.completionCandidates())));
      }
    }
    String[] description = option.description();
    return description.length == 0
        ? line.toString()
        : line.append(" -d ").append(quoted(description[0])).toString();
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
