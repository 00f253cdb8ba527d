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

/// Formats every Java source below the working directory with google-java-format, or checks that it
/// is formatted.
///
/// google-java-format continues a `///` comment that is too long with `//`, which takes the rest
/// out of the documentation. So such lines are hidden from it, and their paragraphs filled here.
final class Format {
  static final int COLUMNS = 100;
  static final Set<String> SKIPPED = Set.of("target", "node_modules", ".git", ".duet");

  static final Pattern HIDDEN = Pattern.compile("(?m)^( *)/// §(\\d+)§$");

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
    List<String> hidden = new ArrayList<>();
    Formatter formatter =
        new Formatter(
            JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.GOOGLE).build());
    String formatted = formatter.formatSourceAndFixImports(hide(source, hidden));
    return show(StringWrapper.wrap(formatted, formatter), hidden);
  }

  /// Replaces the text of each `///` line by its number in `hidden`. Text blocks are left alone.
  static String hide(String source, List<String> hidden) {
    StringBuilder result = new StringBuilder();
    boolean inTextBlock = false;
    for (String line : source.split("(?<=\n)")) {
      String text = line.strip();
      if (!inTextBlock && text.startsWith("///")) {
        hidden.add(text.substring(3));
        result.append(line, 0, line.indexOf('/')).append("/// §" + (hidden.size() - 1) + "§\n");
      } else {
        inTextBlock ^= !text.startsWith("//") && (text.split("\"\"\"", -1).length - 1) % 2 == 1;
        result.append(line);
      }
    }
    return result.toString();
  }

  /// Puts the hidden lines back, filled comment by comment.
  static String show(String formatted, List<String> hidden) {
    StringBuilder result = new StringBuilder();
    List<String> comment = new ArrayList<>();
    String indent = "";
    for (String line : formatted.split("(?<=\n)")) {
      Matcher match = HIDDEN.matcher(line);
      if (match.find()) {
        indent = match.group(1);
        comment.add(hidden.get(Integer.parseInt(match.group(2))));
        continue;
      }
      append(result, indent, comment);
      comment.clear();
      result.append(line);
    }
    append(result, indent, comment);
    return result.toString();
  }

  private static void append(StringBuilder result, String indent, List<String> comment) {
    String start = indent + "///";
    for (String line : new Markdown(COLUMNS - start.length()).fill(comment)) {
      result.append((start + line).stripTrailing()).append('\n');
    }
  }

  /// Fills the paragraphs of one comment. Code, tables and headings are left as they are.
  static final class Markdown {
    private static final Pattern ITEM = Pattern.compile(" *([-*+]|\\d+[.)]) +");
    private static final Pattern TAG = Pattern.compile(" *@[a-z]+ .*");
    private static final Pattern VERBATIM = Pattern.compile(" *(#+ |\\|).*");

    /// What would begin something else at the start of a line.
    private static final Pattern BEGINS =
        Pattern.compile("[-*+]|\\d+[.)]|#+|\\|.*|@[a-z]+|```.*|~~~.*");

    private final int width;
    private final List<String> lines = new ArrayList<>();
    private final List<String> words = new ArrayList<>();
    private String first = " ";
    private String hang = " ";

    Markdown(int width) {
      this.width = width;
    }

    List<String> fill(List<String> comment) {
      boolean fenced = false;
      boolean afterBlank = true;
      boolean inList = false;
      for (String line : comment) {
        String text = line.strip();
        boolean fence = text.startsWith("```") || text.startsWith("~~~");
        boolean code = afterBlank && words.isEmpty() && !inList && line.startsWith("     ");
        Matcher item = ITEM.matcher(line);
        if (fenced || fence || text.isEmpty() || code || VERBATIM.matcher(line).matches()) {
          end();
          lines.add(line.stripTrailing());
        } else if (item.lookingAt()) {
          begin(line.substring(0, item.end()), " ".repeat(item.end()));
          words.addAll(words(line.substring(item.end())));
          inList = true;
        } else if (TAG.matcher(line).matches()) {
          begin(" ", "     ");
          words.addAll(words(text));
          inList = false;
        } else {
          if (words.isEmpty()) {
            String margin = line.substring(0, line.length() - line.stripLeading().length());
            begin(margin, margin);
            inList &= margin.length() > 1;
          }
          words.addAll(words(text));
        }
        if (text.endsWith("\\")) {
          String margin = hang;
          begin(margin, margin);
        }
        fenced ^= fence;
        afterBlank = text.isEmpty() || (code && !fenced);
      }
      end();
      return lines;
    }

    private static List<String> words(String text) {
      return List.of(text.strip().split(" +"));
    }

    private void begin(String firstMargin, String otherMargin) {
      end();
      first = firstMargin;
      hang = otherMargin;
    }

    private void end() {
      if (words.isEmpty()) {
        return;
      }
      StringBuilder line = new StringBuilder(first).append(words.getFirst());
      for (int i = 1; i < words.size(); i++) {
        // A word that may not begin a line takes the one before it along.
        int reach = words.get(i).length() + 1;
        for (int j = i + 1; j < words.size() && BEGINS.matcher(words.get(j)).matches(); j++) {
          reach += words.get(j).length() + 1;
        }
        if (line.length() + reach > width && !BEGINS.matcher(words.get(i)).matches()) {
          lines.add(line.toString());
          line.setLength(0);
          line.append(hang).append(words.get(i));
        } else {
          line.append(' ').append(words.get(i));
        }
      }
      lines.add(line.toString());
      words.clear();
    }
  }
}
