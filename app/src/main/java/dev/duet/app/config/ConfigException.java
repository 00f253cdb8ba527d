package dev.duet.app.config;

import java.util.List;

/// A configuration that cannot be used. Each of its problems is one line that says where, what was
/// given and what is allowed; the message has all of them, a line each.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String[] problems;

  ConfigException(String problem) {
    this(List.of(problem));
  }

  ConfigException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = problems.toArray(String[]::new);
  }

  /// In the order of the file.
  public List<String> problems() {
    return List.of(problems);
  }
}
