package dev.duet.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Java of the pages compiles, against the server as it is.
final class EmbeddingDocumentationTest {
  private static final Pattern SNIPPET = Pattern.compile("(?ms)^```java\\n(.*?)^```");

  /// What a page takes for granted: a running server, and things of the reader's application.
  private static final String AROUND =
      """
      import static java.nio.charset.StandardCharsets.UTF_8;
      import dev.duet.broker.*;
      import dev.duet.protocol.*;
      import dev.duet.server.*;
      import dev.duet.server.access.*;
      import dev.duet.server.http.*;
      import dev.duet.server.publish.*;
      import dev.duet.server.rpc.*;
      import dev.duet.server.subscribe.*;

      record Booking(String seat) {}
      interface Json { <T> T readValue(String json, Class<T> type); }
      interface Seats { boolean take(String seat, String user); }
      interface Sessions { String userOf(String cookie); }
      interface Rooms { boolean mayUse(String user, List<String> channels); }
      interface Ledger {
        String cursor();
        void add(Publication publication, String cursor) throws Exception;
        void fetchAnew(String channel);
        void close(String channel);
      }

      Duet duet;
      Sessions sessions;
      Json json;
      Seats seats;
      Rooms rooms;
      Ledger ledger;

      void snippet() throws Exception {
      %s
      }

      void main() {}
      """;

  @TempDir private Path folder;

  @Test
  void everySnippetCompiles() throws Exception {
    int seen = 0;
    for (String page : List.of("../docs/embedding.md", "../README.md")) {
      String text = Files.readString(Path.of(page));
      for (MatchResult snippet : SNIPPET.matcher(text).results().toList()) {
        String code = snippet.group(1);
        String errors = errors(code.contains("void main(") ? code : AROUND.formatted(code));
        assertThat(errors).as("%s:%n%s", page, code).isEmpty();
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(5);
  }

  @Test
  void whatDoesNotCompileIsNoticed() throws Exception {
    assertThat(errors(AROUND.formatted("duet.shout(\"orders\");"))).contains("shout");
  }

  /// It is run by [EmbeddingWireTest].
  @Test
  void theFirstProgramIsTheExample() throws Exception {
    MatchResult first =
        SNIPPET
            .matcher(Files.readString(Path.of("../docs/embedding.md")))
            .results()
            .findFirst()
            .orElseThrow();
    assertThat(first.group(1))
        .isEqualTo(Files.readString(Path.of("embedding/PublishAndShow.java")));
  }

  private String errors(String source) throws Exception {
    Path file = Files.writeString(folder.resolve("Snippet.java"), source);
    var compiler = ToolProvider.getSystemJavaCompiler();
    var diagnostics = new DiagnosticCollector<JavaFileObject>();
    try (var files = compiler.getStandardFileManager(diagnostics, null, null)) {
      List<String> options =
          List.of(
              "-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
      boolean good =
          compiler
              .getTask(null, files, diagnostics, options, null, files.getJavaFileObjects(file))
              .call();
      return good ? "" : diagnostics.getDiagnostics().toString();
    }
  }
}
