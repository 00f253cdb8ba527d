package dev.duet.app.config;

/// A configuration that cannot be used. Its message is one line that says where, what was given and
/// what is allowed.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ConfigException(String message) {
    super(message);
  }
}
