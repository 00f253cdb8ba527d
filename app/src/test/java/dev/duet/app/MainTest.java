package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.app.config.Config;
import dev.duet.app.config.ConfigFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class MainTest {
  @TempDir Path directory;

  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private Shell shell() {
    return new Shell(environment, directory, InputStream.nullInputStream(), false, false);
  }

  private int run(String... arguments) {
    return Main.commandLine(shell())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "serv | unknown command 'serv'; did you mean 'serve'? | duet help",
        "serve --prot 1 | unknown option '--prot'; did you mean '--port'? | duet help serve",
        "serve now | unknown argument 'now' | duet help serve",
        "serve --port | missing required parameter for option '--port' (PORT) | duet help serve",
        "config chek | unknown command 'chek'; did you mean 'check'? | duet help config",
        "config check a --config b | one file can be checked, not two | duet help config check",
        "log backup | missing required option: '--to=DIR' | duet help log backup",
        "help log bakup | unknown command 'bakup'; did you mean 'backup'? | duet help log",
        "help serve now | unknown argument 'now' | duet help serve",
        "config | a command is missing, such as 'check' | duet help config",
      })
  void wrongUsageIsToldInTwoLines(String line, String problem, String help) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err).hasToString("duet: " + problem + "\n'" + help + "' shows what there is.\n");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "serve --port -1 | --port: server.port is '-1', but must be a whole number from 0 to 65535",
        "serve --port 65536 | --port: server.port is '65536', but must be a whole number from 0 to"
            + " 65535",
        "serve --port x | --port: server.port is 'x', but must be a whole number from 0 to 65535",
        "serve --host= | --host: server.host has no value, but must be a text without spaces",
        "serve --log xml | --log: logging.format is 'xml', but must be one of text, json",
        "serve --set server.prot=1 | --set: there is no setting 'server.prot'; did you mean"
            + " 'server.port'?",
        "serve --set server.port | --set server.port has no value; write server.port=VALUE",
        "serve --set server.port=x | --set server.port: server.port is 'x', but must be a whole"
            + " number from 0 to 65535",
      })
  void aValueThatASettingDoesNotTake(String line, String problem) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err).hasToString("duet: " + problem + "\n");
  }

  @Test
  void withoutACommandItSaysSo() {
    assertThat(run()).isEqualTo(2);
    assertThat(err)
        .hasToString(
            "duet: a command is missing, such as 'serve'\n'duet help' shows what there is.\n");
  }

  @Test
  void helpNamesEveryFlag() {
    assertThat(run("help", "serve")).isZero();
    assertThat(out.toString())
        .contains("--host=HOST", "--port=PORT", "--config=FILE", "--memory", "--echo", "Examples:");
    assertThat(run("help")).isZero();
    assertThat(out.toString()).contains("serve", "version", "DUET_JAVA_OPTS", "Exit codes");
  }

  /// The help that a wrong use names, of every command there is, also one of another.
  @Test
  void helpOfEveryCommandIsThatOfItsFlag() {
    var commands = new ArrayList<>(List.of(Main.commandLine(shell())));
    for (int next = 0; next < commands.size(); next++) {
      commands.addAll(commands.get(next).getSubcommands().values());
    }
    var nested = new ArrayList<String>();
    for (CommandLine command : commands.subList(1, commands.size())) {
      String name = command.getCommandSpec().qualifiedName();
      List<String> words = List.of(name.split(" ")).subList(1, name.split(" ").length);
      if (words.size() > 1) {
        nested.add(name);
      }
      var asked = new ArrayList<>(List.of("help"));
      asked.addAll(words);
      out.getBuffer().setLength(0);
      assertThat(run(asked.toArray(String[]::new))).as(name).isZero();
      assertThat(out).as(name).hasToString(command.getUsageMessage());
      assertThat(out.toString()).as(name).contains("Usage: " + name);
      var flagged = new ArrayList<>(words);
      flagged.add("--help");
      out.getBuffer().setLength(0);
      assertThat(run(flagged.toArray(String[]::new))).as(name).isZero();
      assertThat(out).as(name).hasToString(command.getUsageMessage());
    }
    assertThat(nested).contains("duet log backup", "duet config check");
  }

  @Test
  void aFileIsCheckedAsAnArgumentAndAsAFlag() throws IOException {
    Files.writeString(directory.resolve("one.yaml"), "server:\n  port: 9000\n");
    String file = directory.resolve("one.yaml").toString();
    assertThat(run("config", "check", file)).isZero();
    String told = out.toString();
    assertThat(told).contains("server.port: 9000");
    out.getBuffer().setLength(0);
    assertThat(run("config", "check", "--config", file)).isZero();
    assertThat(out).hasToString(told);
  }

  /// Examples can be copied: no line of them is wrapped, and none is a format.
  @Test
  void helpIsAsItWasWritten() {
    var commands = new ArrayList<>(List.of(Main.commandLine(shell())));
    for (int next = 0; next < commands.size(); next++) {
      commands.addAll(commands.get(next).getSubcommands().values());
    }
    for (CommandLine command : commands) {
      String name = command.getCommandSpec().qualifiedName();
      String help = command.getUsageMessage();
      for (String line : command.getCommandSpec().usageMessage().footer()) {
        assertThat(help).as(name).contains(line.formatted() + "\n");
      }
    }
    assertThat(run("help", "publish")).isZero();
    assertThat(out.toString()).contains("  printf '%s\\n' '{\"data\":1}'").doesNotContain("%%");
  }

  @Test
  void theConfigurationThatHelpShowsIsOne() throws IOException {
    assertThat(run("help", "serve")).isZero();
    String help = out.toString();
    Path file =
        Files.writeString(
            directory.resolve("duet.yaml"),
            help.substring(help.indexOf('\n', help.indexOf("A small one:")) + 1).stripIndent());
    Config config = ConfigFile.read(file);
    assertThat(config.namespaces()).hasSize(3);
  }

  @Test
  void aServerThatCannotListenSaysWhy() {
    assertThat(run("serve", "--host", "192.0.2.1", "--port", "0")).isEqualTo(1);
    assertThat(err)
        .hasToString("duet: this machine has no address 192.0.2.1; choose another with --host\n");
  }

  @Test
  void version() {
    assertThat(run("version")).isZero();
    assertThat(out.toString()).startsWith("duet development (Java 2");
  }
}
