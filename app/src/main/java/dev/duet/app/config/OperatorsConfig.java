package dev.duet.app.config;

import dev.duet.server.access.OperatorSettings;

/// The group `operators`.
public record OperatorsConfig(
    @Setting(
            "Whether requests from the server's own machine may, without a key. Set it to false"
                + " behind a proxy there that does not name its clients in X-Forwarded-For or"
                + " Forwarded: all that it passes on comes from this machine")
        boolean local,
    @Setting(
            value =
                "What others show as Authorization: Bearer <key>: at least 16 visible ASCII"
                    + " characters; none: nobody else may",
            secret = true)
        String key) {

  private static final String NO_KEY = "none";

  public static final OperatorsConfig DEFAULT =
      new OperatorsConfig(OperatorSettings.DEFAULT.local(), NO_KEY);

  public OperatorsConfig {
    try {
      var unused = settings(local, key);
    } catch (IllegalArgumentException e) {
      throw new BadValueException("key", "cannot be: " + e.getMessage());
    }
  }

  OperatorSettings settings() {
    return settings(local, key);
  }

  private static OperatorSettings settings(boolean local, String key) {
    return new OperatorSettings(local, key.equals(NO_KEY) ? null : key);
  }

  /// Never shows the key.
  @Override
  public String toString() {
    return settings().toString();
  }
}
