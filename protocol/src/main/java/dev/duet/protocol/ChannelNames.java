package dev.duet.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// The grammar of channel names: 1 to 255 characters of `A-Z a-z 0-9 . _ : -`. A `~` marks a
/// channel of the server's own, which may be read but not published to (`orders~presence`,
/// `~connections`). `.` and `..` are refused because a browser resolves them away in a URL.
public final class ChannelNames {
  /// Longest name, in characters (all of them ASCII, so also in bytes).
  public static final int MAX_LENGTH = 255;

  /// Most channels in one stream: 100 names of 255 characters still fit in a request line of 32
  /// KiB.
  public static final int MAX_PER_STREAM = 100;

  private ChannelNames() {}

  /// Returns `name` if it is a legal channel name.
  ///
  /// @throws DuetException [ErrorCode#BAD_CHANNEL] naming the first illegal character, or the
  ///     length
  public static String check(String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw new DuetException(
          ErrorCode.BAD_CHANNEL,
          "a channel name has 1 to " + MAX_LENGTH + " characters, this one has " + name.length());
    }
    for (int i = 0; i < name.length(); i++) {
      if (!legal(name.charAt(i))) {
        throw new DuetException(
            ErrorCode.BAD_CHANNEL,
            "character %s at position %d of a channel name; allowed are A-Z a-z 0-9 . _ : -"
                .formatted(show(name.charAt(i)), i));
      }
    }
    if (name.equals(".") || name.equals("..")) {
      throw new DuetException(ErrorCode.BAD_CHANNEL, "'" + name + "' is not a channel name");
    }
    return name;
  }

  /// Returns `name` if it is legal and not one of the server's own.
  ///
  /// @throws DuetException [ErrorCode#BAD_CHANNEL], or [ErrorCode#RESERVED_CHANNEL] for a name with
  ///     `~`
  public static String checkPublishable(String name) {
    if (isServerOwned(check(name))) {
      throw new DuetException(
          ErrorCode.RESERVED_CHANNEL,
          "'" + name + "' is the server's own; names with ~ are read-only");
    }
    return name;
  }

  /// Whether `name` belongs to the server.
  public static boolean isServerOwned(String name) {
    return name.indexOf('~') >= 0;
  }

  /// Splits a list of names at its commas: checked, sorted, doubles dropped, 1 to [#MAX_PER_STREAM]
  /// of them.
  ///
  /// @throws DuetException [ErrorCode#BAD_CHANNEL] or [ErrorCode#TOO_MANY_CHANNELS]
  public static List<String> parseList(String names) {
    var sorted = new TreeSet<String>();
    int from = 0;
    while (true) {
      int comma = names.indexOf(',', from);
      sorted.add(check(names.substring(from, comma < 0 ? names.length() : comma)));
      if (sorted.size() > MAX_PER_STREAM) {
        throw new DuetException(
            ErrorCode.TOO_MANY_CHANNELS, "one stream has at most " + MAX_PER_STREAM + " channels");
      }
      if (comma < 0) {
        return List.copyOf(new ArrayList<>(sorted));
      }
      from = comma + 1;
    }
  }

  private static boolean legal(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == ':'
        || c == '-'
        || c == '~';
  }

  private static String show(char c) {
    return c > ' ' && c < 127 ? "'" + c + "'" : "U+%04X".formatted((int) c);
  }
}
