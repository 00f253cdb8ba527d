package dev.duet.server.access;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// May this caller do that?
///
/// @param caller who asks, as far as the request says
/// @param action what it wants to do
/// @param names with what: channels (sorted, none twice; one to a hundred, but of a subscription
///     over `duet.v1` as many as a socket may follow, 1,000 by default), the method of a call, or
///     the path of a socket. The answer is for all of them
/// @param user the user that was found when its socket was opened, or null: nobody, or there is no
///     socket yet
public record Question(Caller caller, Action action, List<String> names, @Nullable String user) {
  public Question {
    names = List.copyOf(names);
  }

  /// The channels; empty where the names are none.
  public List<String> channels() {
    return action.isOfChannels() ? names : List.of();
  }
}
