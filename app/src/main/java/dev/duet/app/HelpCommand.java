package dev.duet.app;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `duet help`: of picocli's, only the first word counts.
@Command(
    name = "help",
    helpCommand = true,
    header = {"Shows what a command does and takes.", ""},
    footer = {"", "Examples:", "  duet help serve", "  duet help log backup"})
final class HelpCommand implements Runnable {
  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "The command, and one of it.")
  private List<String> words = List.of();

  @Override
  public void run() {
    CommandLine command = spec.parent().commandLine();
    for (String word : words) {
      CommandLine inner = command.getSubcommands().get(word);
      if (inner == null) {
        throw new ParameterException(command, Complaints.unknown(word, command));
      }
      command = inner;
    }
    command.usage(spec.commandLine().getOut());
  }
}
