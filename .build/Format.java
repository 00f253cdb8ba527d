import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.StringWrapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Formats every Java source below the working directory with google-java-format, or checks that
/// it is formatted.
///
/// google-java-format continues a `///` comment that is too long with `//`, which takes the rest
/// out of the documentation. So such lines are hidden from it and wrapped here.
final class Format {
  static final int COLUMNS = 100;
  static final Set<String> SKIPPED = Set.of("target", "node_modules", ".git", ".duet");

  static final Pattern HIDDEN = Pattern.compile("(?m)^( *)/// §(\\d+)§$");
  static final Pattern LIST_ITEM = Pattern.compile("( *)([-*+]|\\d+[.)]) +");

  /// One line of a comment; `code` is never broken.
  record Comment(String text, boolean code) {}

  private Format() {}

  public static void main(String[] args) throws IOException {
    boolean write = args[0].equals("write");
    List<Path> sources =
        args.length == 1
            ? sources(Path.of("."))
            : List.of(args).subList(1, args.length).stream().map(Path::of).toList();
    List<String> complaints =
        sources.parallelStream()
            .map(path -> complaint(path, write))
            .filter(c -> c != null)
            .toList();
    complaints.forEach(System.err::println);
    if (!complaints.isEmpty() && !write) {
      System.err.println(
          "Not formatted: " + complaints.size() + " of " + sources.size() + " files.");
      System.err.println("./format formats them.");
    }
    System.exit(complaints.isEmpty() ? 0 : 1);
  }

  static List<Path> sources(Path root) throws IOException {
    List<Path> sources = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return SKIPPED.contains(directory.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              sources.add(root.relativize(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    sources.sort(null);
    return sources;
  }

  /// What is wrong with a file, or null.
  static String complaint(Path path, boolean write) {
    try {
      String source = Files.readString(path);
      String formatted = format(source);
      if (formatted.equals(source)) {
        return null;
      }
      if (write) {
        Files.writeString(path, formatted);
        return null;
      }
      return path.toString();
    } catch (FormatterException e) {
      return path + ": " + e.formatDiagnostics(path.toString(), null).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String format(String source) throws FormatterException {
    List<Comment> hidden = new ArrayList<>();
    Formatter formatter =
        new Formatter(
            JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.GOOGLE).build());
    String formatted = formatter.formatSourceAndFixImports(hide(source, hidden));
    formatted = StringWrapper.wrap(formatted, formatter);
    return HIDDEN
        .matcher(formatted)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    wrap(match.group(1), hidden.get(Integer.parseInt(match.group(2))))));
  }

  /// Replaces the text of each `///` line by its number in `hidden`. Text blocks are left alone.
  static String hide(String source, List<Comment> hidden) {
    StringBuilder result = new StringBuilder();
    boolean inTextBlock = false;
    boolean inCode = false;
    for (String line : source.split("(?<=\n)")) {
      String text = line.strip();
      if (!inTextBlock && text.startsWith("///")) {
        boolean fence = text.substring(3).strip().startsWith("```");
        hidden.add(new Comment(text, inCode || fence));
        inCode ^= fence;
        result.append(line, 0, line.indexOf('/')).append("/// §" + (hidden.size() - 1) + "§\n");
      } else {
        inCode = false;
        inTextBlock ^= !text.startsWith("//") && (text.split("\"\"\"", -1).length - 1) % 2 == 1;
        result.append(line);
      }
    }
    return result.toString();
  }

  /// Breaks one `///` line at spaces; what follows a list item is indented as the item's text is.
  static String wrap(String indent, Comment comment) {
    String rest = comment.text().substring(3);
    int width = COLUMNS - indent.length() - 3;
    if (rest.length() <= width || comment.code() || rest.strip().startsWith("|")) {
      return indent + comment.text();
    }
    Matcher item = LIST_ITEM.matcher(rest);
    int hang = item.lookingAt() ? item.end() : rest.length() - rest.stripLeading().length();
    StringBuilder result = new StringBuilder();
    int text = hang;
    while (rest.length() > width) {
      int space = rest.lastIndexOf(' ', width);
      if (space < text) {
        space = rest.indexOf(' ', text);
      }
      if (space < 0) {
        break;
      }
      result.append(indent).append("///").append(rest, 0, space).append('\n');
      rest = " ".repeat(hang) + rest.substring(space + 1).stripLeading();
      text = hang;
    }
    return result.append(indent).append("///").append(rest).toString();
  }
}
