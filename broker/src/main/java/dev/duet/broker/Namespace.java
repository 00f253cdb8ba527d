package dev.duet.broker;

import dev.duet.protocol.ChannelNames;

/// The settings of all channels whose name matches a pattern.
///
/// @param pattern a channel's name, or the beginning of one followed by `*`; `*` alone matches all
/// @param retention what its channels keep
/// @param durability what its publications are to survive, where the server keeps a log for that;
///     [Log#durability()] says what they do. A namespace with retention `NONE` lives in the memory
///     log whatever this says
public record Namespace(String pattern, Retention retention, Durability durability) {
  /// @throws IllegalArgumentException if the pattern is empty, or has a `*` before its end
  public Namespace {
    int star = pattern.indexOf('*');
    if (pattern.isEmpty() || (star >= 0 && star != pattern.length() - 1)) {
      throw new IllegalArgumentException(
          "a namespace's pattern is a channel's name, or its beginning and one * at the end: '"
              + pattern
              + "'");
    }
  }

  /// What its publications are to survive: its durability, and nothing where it keeps nothing.
  public Durability wantedDurability() {
    return retention.mode() == Retention.Mode.NONE ? Durability.MEMORY : durability;
  }

  /// Whether `channel` belongs here, unless a namespace before this one takes it. One of the
  /// server's own (with `~`) belongs only to a pattern that has a `~` too: nobody who writes `*`
  /// means those.
  public boolean matches(String channel) {
    if (ChannelNames.isServerOwned(channel) && !ChannelNames.isServerOwned(pattern)) {
      return false;
    }
    int length = pattern.length() - 1;
    return pattern.charAt(length) == '*'
        ? channel.regionMatches(0, pattern, 0, length)
        : channel.equals(pattern);
  }
}
