package dev.duet.app.config;

/// The group `logging`.
public record LoggingConfig(
    @Setting("How much is told") Level level,
    @Setting("text: a line each, for people; json: a JSON object in a line each") Format format,
    @Setting("How much the network library tells") Level nettyLevel) {

  public static final LoggingConfig DEFAULT =
      new LoggingConfig(Level.INFO, Format.TEXT, Level.WARN);

  /// From the least to the most.
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /// What a line of the log looks like.
  public enum Format {
    TEXT,
    JSON
  }
}
