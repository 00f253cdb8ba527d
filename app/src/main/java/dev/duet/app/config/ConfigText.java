package dev.duet.app.config;

import dev.duet.app.config.Keys.Key;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The configuration in words: as YAML, as documentation, as what differs from the defaults.
public final class ConfigText {
  /// What needs no quotes as a value of YAML, also within brackets.
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/][A-Za-z0-9/._:-]*");

  private static final int WIDTH = 90;

  private ConfigText() {}

  // ---- YAML

  /// The defaults as a file with comments, which reads as the defaults.
  public static String defaults() {
    var yaml = new StringBuilder();
    yaml.append("# The configuration of Duet, with its defaults: keep what you change.\n");
    group(yaml, Config.DEFAULT, "");
    return yaml.toString();
  }

  private static void group(StringBuilder yaml, Object record, String indent) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      var key = new Key(Keys.of(component), component, Keys.value(component, record));
      if (indent.isEmpty()) {
        yaml.append('\n');
      }
      comment(yaml, indent, key);
      String name = Keys.of(component);
      if (key.isListOfGroups() && ((List<?>) key.byDefault()).isEmpty()) {
        yaml.append(name).append(": []\n");
        var of = new StringBuilder();
        group(of, Keys.defaultOf(Keys.elements(component)), indent + "    ");
        yaml.append(dashed(of.toString(), indent).replaceAll("(?m)^(?=.)", "# "));
      } else if (key.isGroup()) {
        yaml.append(indent).append(name).append(":\n");
        group(yaml, key.byDefault(), indent + "  ");
      } else if (key.isListOfGroups()) {
        yaml.append(indent).append(name).append(":\n");
        for (Object element : (List<?>) key.byDefault()) {
          var of = new StringBuilder();
          group(of, element, indent + "    ");
          // Its first line that is no comment gets the dash; comments before it stay above.
          yaml.append(dashed(of.toString(), indent));
        }
      } else {
        boolean fixed = key.setting().byDefault().isEmpty();
        yaml.append(indent)
            .append(fixed ? "" : "# ")
            .append(name)
            .append(": ")
            .append(flow(key.byDefault()))
            .append('\n');
      }
    }
  }

  private static String dashed(String element, String indent) {
    String inner = indent + "    ";
    int first = 0;
    while (element.startsWith(inner + "#", first)) {
      first = element.indexOf('\n', first) + 1;
    }
    return element.substring(0, first).replaceAll("(?m)^ {2}", "")
        + indent
        + "  - "
        + element.substring(first + inner.length());
  }

  private static void comment(StringBuilder yaml, String indent, Key key) {
    var line = new StringBuilder(indent + "#");
    String text = key.setting().value() + (key.isGroup() ? "" : bounds(key));
    for (String word : text.split(" ")) {
      if (line.length() + 1 + word.length() > WIDTH) {
        yaml.append(line).append('\n');
        line.setLength(0);
        line.append(indent).append('#');
      }
      line.append(' ').append(word);
    }
    yaml.append(line).append('\n');
  }

  private static String bounds(Key key) {
    Setting setting = key.setting();
    String range = range(setting);
    return (range.isEmpty() ? "" : " (" + range + ")")
        + (setting.byDefault().isEmpty() ? "" : "; by default " + setting.byDefault() + ", here");
  }

  private static String range(Setting setting) {
    if (setting.min().isEmpty()) {
      return setting.max().isEmpty() ? "" : "at most " + setting.max();
    }
    return setting.max().isEmpty()
        ? "at least " + setting.min()
        : setting.min() + " to " + setting.max();
  }

  /// A value in one line of YAML.
  static String flow(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(ConfigText::flow).collect(Collectors.joining(", ", "[", "]"));
    }
    if (value.getClass().isRecord() && !(value instanceof Size)) {
      var parts = new ArrayList<String>();
      for (RecordComponent component : value.getClass().getRecordComponents()) {
        parts.add(Keys.of(component) + ": " + flow(Keys.value(component, value)));
      }
      return "{" + String.join(", ", parts) + "}";
    }
    String text = Scalars.text(value);
    boolean isText = value instanceof String || value instanceof Path;
    boolean isPlain = PLAIN.matcher(text).matches() && !text.endsWith(":") && !text.equals("null");
    return !isText || isPlain ? text : "'" + text.replace("'", "''") + "'";
  }

  // ---- differences

  static List<String> differences(ConfigSources sources) {
    var lines = new ArrayList<String>();
    differences(lines, sources, sources.config(), Config.DEFAULT, "");
    return lines;
  }

  private static void differences(
      List<String> lines, ConfigSources sources, Object record, Object defaults, String group) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      String path = group.isEmpty() ? Keys.of(component) : group + "." + Keys.of(component);
      Object value = Keys.value(component, record);
      Object byDefault = Keys.value(component, defaults);
      if (new Key(path, component, byDefault).isGroup()) {
        differences(lines, sources, value, byDefault, path);
      } else if (!value.equals(byDefault)) {
        String origin = sources.origins().get(path);
        lines.add(
            path
                + ": "
                + (Keys.setting(component).secret() ? "(not shown)" : flow(value))
                + " (default "
                + flow(byDefault)
                + ")"
                + (origin == null ? "" : ", from " + origin));
      }
    }
  }

  // ---- documentation

  /// Every setting, as a page of Markdown.
  public static String documentation() {
    var page = new StringBuilder();
    page.append(
        """
        # Configuration

        Every setting, in the order of the file. `duet config doc` wrote this page; `duet config default` prints a file with all
        of it, and `duet config check` says what is wrong with one, and what differs from the defaults.

        A setting is taken from the first of these that has it:

        1. a flag of `duet serve`: `--host`, `--port`, `--data-dir`, `--memory`, `--log`, `--log-level`, and `--set server.port=9000` for each of them
        2. a variable of the environment: `DUET_SERVER_PORT=9000`. Texts in a list are separated by commas; a list of groups is written
           as YAML: `DUET_NAMESPACES='[{pattern: prices.*, retention: {mode: latest}}]'`. An empty one counts as not set, an unknown one is a warning
        3. the file: the one that `--config` names, else the one that `DUET_CONFIG` names, else `duet.yaml` in the directory where
           `duet` is started. The server says at its start which it was
        4. the default

        The file is YAML 1.2, at most 1 MiB. An unknown key is an error, and so is a value out of its range; all errors are told at once, with
        their lines.
        """);
    for (RecordComponent component : Config.class.getRecordComponents()) {
      var key = new Key(Keys.of(component), component, Keys.value(component, Config.DEFAULT));
      page.append("\n## ").append(key.path()).append("\n\n").append(key.setting().value());
      page.append(".\n");
      if (key.isListOfGroups()) {
        String form =
            key.setting().byName()
                ? "A group with the `"
                    + Keys.of(Keys.elements(component).getRecordComponents()[0])
                    + "` of each before its colon, or a list"
                : "A list";
        page.append(form).append(", in `").append(key.variable()).append("`; by default `");
        page.append(flow(key.byDefault())).append("`. Each of its elements has:\n");
      }
      page.append("\n| key | value | default | variable | |\n| --- | --- | --- | --- | --- |\n");
      Keys.all().stream()
          .filter(below -> !below.isGroup() && below.path().matches(key.path() + "(\\[])?\\..*"))
          .forEach(below -> row(page, below));
    }
    return page.toString();
  }

  private static void row(StringBuilder page, Key key) {
    Setting setting = key.setting();
    Class<?> type = key.component().getType();
    String value = key.isList() ? "list of texts" : Scalars.kind(type);
    if (!setting.unit().isEmpty()) {
      value += ", " + setting.unit();
    }
    if (!range(setting).isEmpty()) {
      value += "; " + range(setting);
    }
    String byDefault =
        setting.required()
            ? "must be given"
            : setting.byDefault().isEmpty()
                ? "`" + flow(key.byDefault()) + "`"
                : setting.byDefault();
    String variable = key.path().indexOf('[') < 0 ? "`" + key.variable() + "`" : "";
    page.append(
        "| `%s` | %s | %s | %s | %s |\n"
            .formatted(
                key.path().replace("[]", ""),
                value,
                byDefault,
                variable,
                escaped(setting.value())));
  }

  private static String escaped(String text) {
    return text.replace("|", "\\|").replace("*", "\\*");
  }
}
