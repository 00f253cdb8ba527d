package dev.duet.server.access;

import org.jspecify.annotations.Nullable;

/// Who may see how the server is: `/metrics`, and the channels whose names begin with `~`.
///
/// @param local whether requests that come from this machine may, without a key. Set it to false
///     behind a proxy on this machine that does not name its clients: all requests come from it
/// @param key what others show as `Authorization: Bearer <key>`; null if nobody else may. At least
///     [#MIN_KEY_LENGTH] visible ASCII characters
public record OperatorSettings(boolean local, @Nullable String key) {
  /// Fewest characters of a key.
  public static final int MIN_KEY_LENGTH = 16;

  /// This machine only.
  public static final OperatorSettings DEFAULT = new OperatorSettings(true, null);

  /// @throws IllegalArgumentException if the key is too short, or cannot be sent
  public OperatorSettings {
    if (key != null && key.length() < MIN_KEY_LENGTH) {
      throw new IllegalArgumentException(
          "a key has at least " + MIN_KEY_LENGTH + " characters, this one has " + key.length());
    }
    if (key != null && !key.matches("[!-~]+")) {
      throw new IllegalArgumentException("a key has visible ASCII characters only");
    }
  }

  /// These, but with a key for those who come from elsewhere.
  public OperatorSettings withKey(String value) {
    return new OperatorSettings(local, value);
  }

  /// These, but not without a key, also from this machine, or without.
  public OperatorSettings withLocal(boolean value) {
    return new OperatorSettings(value, key);
  }

  /// Never shows the key.
  @Override
  public String toString() {
    return "OperatorSettings[local=" + local + ", key=" + (key == null ? "none" : "set") + "]";
  }
}
