package dev.duet.app.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A configuration and what it was put together from: defaults, over them a file, over that
/// variables of the environment, over those flags.
///
/// @param file that was read, or null
/// @param origins what gave each setting that no file gave, by its path: `DUET_SERVER_PORT`,
///     `--port`
/// @param warnings lines on variables that look like ours and are not
public record ConfigSources(
    Config config, @Nullable Path file, Map<String, String> origins, List<String> warnings) {

  /// Where a file is looked for when none is named.
  public static final Path DEFAULT_FILE = Path.of("duet.yaml");

  public static final String FILE_VARIABLE = "DUET_CONFIG";

  private static final String PREFIX = "DUET_";

  /// Variables that are ours and set nothing: the launcher's, and the ones of the clients.
  private static final List<String> OTHERS =
      List.of(FILE_VARIABLE, "DUET_URL", "DUET_JAVA_OPTS", "DUET_JAVA_HOME");

  /// What Kubernetes sets for a service that is called `duet`.
  private static final Pattern SERVICE_LINK =
      Pattern.compile("DUET_SERVICE_.+|DUET_PORT(_[0-9].*)?");

  public ConfigSources {
    origins = Map.copyOf(origins);
    warnings = List.copyOf(warnings);
  }

  /// Puts a configuration together.
  ///
  /// @param named the file that a flag or an argument names, or null
  /// @param directory where [#DEFAULT_FILE] is looked for
  /// @param flags texts of settings by their path, and the flag that gave each
  /// @throws ConfigException if the file, a variable or a flag cannot be used
  public static ConfigSources load(
      @Nullable Path named, Path directory, Map<String, String> environment, Flags flags) {
    Path file = file(named, directory, environment);
    Config read = file == null ? Config.DEFAULT : ConfigFile.read(file);
    var warnings = new ArrayList<String>();
    Map<String, Overlay.Given> variables = variables(environment, warnings);
    Config effective = Overlay.over(Overlay.over(read, variables), flags.given);
    var origins = new LinkedHashMap<String, String>();
    variables.forEach((path, given) -> origins.put(path, given.origin()));
    flags.given.forEach((path, given) -> origins.put(path, given.origin()));
    return new ConfigSources(effective, file, origins, warnings);
  }

  private static @Nullable Path file(
      @Nullable Path named, Path directory, Map<String, String> environment) {
    if (named != null) {
      return named;
    }
    String variable = environment.getOrDefault(FILE_VARIABLE, "");
    if (!variable.isEmpty()) {
      return Path.of(variable);
    }
    Path usual = directory.resolve(DEFAULT_FILE);
    return Files.exists(usual) ? usual.normalize() : null;
  }

  private static Map<String, Overlay.Given> variables(
      Map<String, String> environment, List<String> warnings) {
    var known = new TreeMap<String, String>();
    Keys.settings().forEach(key -> known.put(key.variable(), key.path()));
    var given = new LinkedHashMap<String, Overlay.Given>();
    new TreeMap<>(environment)
        .forEach(
            (name, text) -> {
              if (!name.startsWith(PREFIX)
                  || OTHERS.contains(name)
                  || SERVICE_LINK.matcher(name).matches()) {
                return;
              }
              String path = known.get(name);
              if (path == null) {
                warnings.add(unknown(name, known));
              } else if (name.endsWith("_PORT") && text.startsWith("tcp://")) {
                warnings.add(
                    name + " is ignored: '" + text + "' is an address that Kubernetes set");
              } else if (!text.isEmpty()) {
                given.put(path, new Overlay.Given(name, text));
              }
            });
    return given;
  }

  private static String unknown(String name, Map<String, String> known) {
    var words = new LinkedHashMap<String, String>();
    known.keySet().forEach(variable -> words.put(word(variable), variable));
    OTHERS.forEach(variable -> words.put(word(variable), variable));
    String near = Nearest.to(word(name), List.copyOf(words.keySet()));
    return "the variable "
        + Scalars.shown(name)
        + " means nothing here"
        + (near == null ? "" : "; did you mean " + words.get(near) + "?");
  }

  private static String word(String variable) {
    return variable.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// A line for each setting that is not as by default: `server.port: 9000 (default 8080), from
  /// DUET_SERVER_PORT`.
  public List<String> differences() {
    return ConfigText.differences(this);
  }

  /// One line on where it came from, without what it says.
  public String told() {
    var parts = new ArrayList<String>();
    if (file != null) {
      parts.add(file.toString());
    }
    count(parts, true, "variable");
    count(parts, false, "flag");
    return parts.isEmpty()
        ? "as by default (there is no " + DEFAULT_FILE + " here)"
        : String.join(", ", parts);
  }

  private void count(List<String> parts, boolean variables, String what) {
    List<String> names =
        origins.values().stream()
            .filter(origin -> origin.startsWith(PREFIX) == variables)
            .sorted()
            .distinct()
            .toList();
    if (names.size() > 3) {
      parts.add(names.size() + " " + what + "s");
    } else {
      parts.addAll(names);
    }
  }

  /// Settings that the command line gives.
  public static final class Flags {
    private final Map<String, Overlay.Given> given = new LinkedHashMap<>();

    /// @param flag as it was typed, for errors
    /// @param path of a setting that exists
    /// @param text null where the flag was not given
    public Flags with(String flag, String path, @Nullable Object text) {
      if (text != null) {
        Keys.setting(path);
        given.put(path, new Overlay.Given(flag, text.toString()));
      }
      return this;
    }

    /// @param assignment `server.port=9000`
    /// @throws ConfigException if there is no such setting
    public Flags set(String assignment) {
      int equals = assignment.indexOf('=');
      String path = equals < 0 ? assignment : assignment.substring(0, equals);
      List<String> known = Keys.settings().stream().map(Keys.Key::path).toList();
      if (!known.contains(path)) {
        String near = Nearest.to(path, known);
        throw new ConfigException(
            "--set: there is no setting '%s'; %s"
                .formatted(
                    Scalars.shown(path),
                    near == null
                        ? "'duet config doc' lists them"
                        : "did you mean '" + near + "'?"));
      }
      if (equals < 0) {
        throw new ConfigException("--set " + path + " has no value; write " + path + "=VALUE");
      }
      return with("--set " + path, path, assignment.substring(equals + 1));
    }
  }
}
