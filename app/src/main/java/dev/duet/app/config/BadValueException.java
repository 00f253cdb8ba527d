package dev.duet.app.config;

/// Thrown by a configuration record for a value that the type of its component allows, but the
/// record does not.
final class BadValueException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String component;

  /// @param component the record's component that it is about
  /// @param problem what is wrong with it, as the end of a sentence that begins with its key
  BadValueException(String component, String problem) {
    super(problem);
    this.component = component;
  }

  String component() {
    return component;
  }
}
