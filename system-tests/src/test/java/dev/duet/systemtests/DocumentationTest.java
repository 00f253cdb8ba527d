package dev.duet.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.CloseCode;
import dev.duet.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What can be checked of the pages: their links, the tests and files that they name, and the
/// tables that come from enums.
class DocumentationTest {
  private static final Path ROOT = root();
  private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]\\n]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
  private static final Pattern NAMED_TEST = Pattern.compile("`([A-Z]\\w+)#(\\w+)`");

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("docs/adr"))) {
      at = at.getParent();
    }
    return at;
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    var broken = new ArrayList<String>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(withoutCode(page)).results().toList()) {
        String target = link.group(1);
        if (!target.matches("[a-z]+:.*") && !resolves(page, target)) {
          broken.add(ROOT.relativize(page) + ": " + target);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static boolean resolves(Path page, String target) throws IOException {
    int hash = target.indexOf('#');
    String file = hash < 0 ? target : target.substring(0, hash);
    Path to = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (!to.startsWith(ROOT) || !Files.exists(to)) {
      return false;
    }
    return hash < 0 || anchors(to).contains(target.substring(hash + 1));
  }

  private static List<String> anchors(Path page) throws IOException {
    return HEADING
        .matcher(withoutCode(page))
        .results()
        .map(heading -> anchor(heading.group(1)))
        .toList();
  }

  /// As sites that show Markdown make it.
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }

  @Test
  void everyTestOfTheGuaranteesExists() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/guarantees.md"));
    List<MatchResult> named = NAMED_TEST.matcher(page).results().toList();
    assertThat(named).hasSizeGreaterThan(50);
    var missing = new ArrayList<String>();
    for (MatchResult test : named) {
      if (!exists(test.group(1), test.group(2))) {
        missing.add(test.group());
      }
    }
    assertThat(missing).isEmpty();
    List<String> rows =
        page.lines().filter(row -> row.startsWith("| ") && !row.startsWith("| in detail")).toList();
    assertThat(rows)
        .filteredOn(row -> !row.startsWith("| ---"))
        .allMatch(row -> NAMED_TEST.matcher(row).find(), "names a test");
  }

  private static boolean exists(String type, String method) throws IOException {
    for (Path source : testSources()) {
      if (source.getFileName().toString().equals(type + ".java")) {
        String text = Files.readString(source);
        int at = text.indexOf("void " + method + "(");
        // Its annotations stand after the end of the method before it.
        return at >= 0
            && text.substring(text.lastIndexOf("\n  }\n", at) + 1, at)
                .matches("(?s).*@(Parameterized)?Test\\b.*");
      }
    }
    return false;
  }

  @Test
  void theKeyFilesOfTheArchitectureAreThere() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/architecture.md"));
    String section = page.split("## Key files, in reading order\n", 2)[1].split("\n## ", 2)[0];
    List<String> files =
        Pattern.compile("(?m)^[0-9]+\\. `([^`]+)`$")
            .matcher(section)
            .results()
            .map(file -> file.group(1))
            .toList();
    assertThat(files)
        .hasSizeBetween(1, 8)
        .allMatch(file -> Files.isRegularFile(ROOT.resolve(file)));
  }

  @Test
  void theTableOfErrorsIsThatOfTheCode() throws IOException {
    List<String> wanted =
        Stream.of(ErrorCode.values())
            .map(
                code ->
                    "`%s` | %d | %d | %s | %s"
                        .formatted(
                            code.text(),
                            code.status(),
                            code.closeCode().code(),
                            code.temporary() ? "yes" : "no",
                            code.title()))
            .toList();
    compare("errors", wanted, 5);
  }

  @Test
  void theTableOfCloseCodesIsThatOfTheCode() throws IOException {
    List<String> wanted =
        Stream.of(CloseCode.values())
            .map(
                code ->
                    "%d | `%s` | %s".formatted(code.code(), code, code.reconnect() ? "yes" : "no"))
            .toList();
    compare("close-codes", wanted, 3);
  }

  /// The first columns of the table come from the code; what follows is written by hand, and must
  /// be there.
  private static void compare(String table, List<String> wanted, int columns) throws IOException {
    String page = Files.readString(ROOT.resolve("docs/protocol.md"));
    String begin = "<!-- " + table + " -->\n";
    String end = "<!-- /" + table + " -->";
    String text = page.substring(page.indexOf(begin) + begin.length(), page.indexOf(end));
    List<String[]> rows =
        text.lines().skip(2).map(row -> row.substring(2, row.length() - 2).split(" \\| ")).toList();
    assertThat(rows)
        .as("docs/protocol.md, between %s and %s", begin.strip(), end)
        .extracting(row -> Arrays.stream(row).limit(columns).collect(Collectors.joining(" | ")))
        .containsExactlyElementsOf(wanted);
    assertThat(rows).allSatisfy(row -> assertThat(row).hasSize(columns + 1));
  }

  private static String withoutCode(Path page) throws IOException {
    return Files.readString(page).replaceAll("(?ms)^```.*?^```", "");
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
        Stream<Path> top = Files.list(ROOT)) {
      return Stream.concat(docs, top).filter(file -> file.toString().endsWith(".md")).toList();
    }
  }

  private static List<Path> testSources() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      var sources = new ArrayList<Path>();
      for (Path module : modules.toList()) {
        Path tests = module.resolve("src/test/java");
        if (Files.isDirectory(tests)) {
          try (Stream<Path> files = Files.walk(tests)) {
            files
                .filter(
                    file ->
                        file.toString().endsWith("Test.java")
                            || file.toString().endsWith("Contract.java")
                            || file.toString().endsWith("Clauses.java"))
                .forEach(sources::add);
          }
        }
      }
      return sources;
    }
  }
}
