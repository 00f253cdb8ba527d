package dev.duet.server.session;

import dev.duet.protocol.Beginning;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.JsonMembers;
import java.util.List;
import java.util.TreeSet;

/// The members `channel` and `channels` of a request.
final class Channels {
  static final List<String> MEMBERS = List.of("channel", "channels");

  private Channels() {}

  /// The names, sorted, without doubles.
  ///
  /// @throws DuetException [ErrorCode#BAD_PARAMETER] if there is not one of the two,
  ///     [ErrorCode#BAD_CHANNEL], [ErrorCode#TOO_MANY_CHANNELS]
  static List<String> names(JsonMembers members, int most) {
    var sorted = new TreeSet<String>();
    for (Object element : elements(members, "names")) {
      if (!(element instanceof String name)) {
        throw members.bad("'channels' is a list of names");
      }
      sorted.add(ChannelNames.check(name));
      bound(sorted.size(), most);
    }
    return List.copyOf(sorted);
  }

  /// What stands in `channel` or `channels`: at least one.
  static List<Object> elements(JsonMembers members, String of) {
    String one = members.string("channel");
    List<Object> several = members.list("channels", of);
    if ((one == null) == (several == null)) {
      throw members.bad("there is one of 'channel' (a name) and 'channels' (a list of " + of + ")");
    }
    if (several != null && several.isEmpty()) {
      throw members.bad("'channels' has at least one element");
    }
    return one != null ? List.of(one) : several == null ? List.of() : several;
  }

  /// Where `cursor`, or else `since`, says to begin.
  ///
  /// @throws DuetException as [Beginning#since] does
  static Beginning beginning(JsonMembers members, Beginning otherwise) {
    String cursor = members.string("cursor");
    if (cursor != null) {
      return Beginning.after(cursor);
    }
    String since = members.string("since");
    return since == null ? otherwise : Beginning.since(since);
  }

  static void bound(int count, int most) {
    if (count > most) {
      throw new DuetException(
          ErrorCode.TOO_MANY_CHANNELS, "at most " + most + " channels may be named here");
    }
  }
}
