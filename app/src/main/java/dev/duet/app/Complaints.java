package dev.duet.app;

import dev.duet.app.bench.BenchException;
import dev.duet.app.client.ClientException;
import dev.duet.app.config.ConfigException;
import dev.duet.app.config.Nearest;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// How a command that fails tells it: one line on stderr, and an exit code.
final class Complaints {
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;
  static final int CONDITION = 3;

  private Complaints() {}

  /// What was typed is wrong.
  static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String problem =
        e instanceof UnmatchedArgumentException unmatched
            ? unknown(unmatched.getUnmatched().getFirst(), command)
            : decapitalized(String.valueOf(e.getMessage())).replaceAll("\\s*\\R\\s*", "; ");
    PrintWriter err = command.getErr();
    err.println("duet: " + problem);
    String help = command.getCommandSpec().qualifiedName().replaceFirst("^duet", "duet help");
    err.println("'" + help + "' shows what there is.");
    return WRONG_USAGE;
  }

  /// It could not be done.
  static int execution(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    switch (e) {
      case ConfigException bad -> {
        bad.problems().forEach(problem -> err.println("duet: " + problem));
        return WRONG_USAGE;
      }
      case BenchException bad -> err.println("duet: " + bad.getMessage());
      case ClientException bad -> {
        err.println("duet: " + bad.getMessage());
        return bad.isCondition() ? CONDITION : FAILED;
      }
      case DataException bad -> err.println("duet: " + bad.getMessage());
      case StartException bad -> err.println("duet: " + bad.getMessage());
      default -> {
        err.println("duet: unexpected: " + e + ", which is a defect of Duet:");
        e.printStackTrace(err);
      }
    }
    return FAILED;
  }

  /// What is said of a word that no command, option or argument is.
  static String unknown(String word, CommandLine command) {
    boolean option = word.startsWith("-");
    List<String> known =
        option
            ? command.getCommandSpec().options().stream().map(OptionSpec::longestName).toList()
            : List.copyOf(command.getSubcommands().keySet());
    String near = Nearest.to(word, known);
    return "unknown "
        + (option ? "option" : known.isEmpty() ? "argument" : "command")
        + " '"
        + word
        + "'"
        + (near == null ? "" : "; did you mean '" + near + "'?");
  }

  private static String decapitalized(String text) {
    return text.isEmpty() ? text : Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }
}
