package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `duet completion`.
final class CompletionTest {
  @TempDir Path directory;

  private String script(String shell) {
    var out = new StringWriter();
    int exit =
        Main.commandLine(
                new Shell(Map.of(), directory, InputStream.nullInputStream(), false, false))
            .setOut(new PrintWriter(out, true))
            .execute("completion", shell);
    assertThat(exit).isZero();
    return out.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "duet subs,subscribe",
    "duet publish --idem,--idempotency-key",
    "duet config ch,check",
    "duet log ve,verify",
    "duet log export --ch,--channel",
    "duet subscribe --transport web,websocket"
  })
  void bashCompletes(String typed, String completed) throws Exception {
    Path script = Files.writeString(directory.resolve("duet.bash"), script("bash"));
    String line =
        "source '%s'; COMP_LINE='%s'; COMP_WORDS=($COMP_LINE); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _complete_duet; echo \"${COMPREPLY[@]}\""
            .formatted(script, typed);
    Process bash =
        new ProcessBuilder("bash", "-c", line)
            // Outside of a completion compopt says that it is.
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said.strip()).isEqualTo(completed);
  }

  @Test
  void fishHasALineForEachCommandAndFlag() {
    assertThat(script("fish").lines())
        .allSatisfy(line -> assertThat(line).startsWith("complete -c duet "))
        .contains(
            "complete -c duet -n __fish_use_subcommand -a publish -d 'Publishes to a channel, or to"
                + " several.'",
            "complete -c duet -n '__fish_seen_subcommand_from config' -a 'check default doc'")
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith(
                        "complete -c duet -n '__fish_seen_subcommand_from subscribe' -l transport"
                            + " -r -a 'sse ndjson poll websocket duet.v1' -d "));
  }
}
