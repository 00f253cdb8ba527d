package dev.duet.server.access;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A yes that was given: to whom, for what, until when. Immutable.
public final class Pass {
  static final long NEVER = Long.MAX_VALUE;

  private final Action action;
  private final List<String> names;
  private final @Nullable String user;
  final long deadline;
  final long asked;

  /// @param deadline by the guard's ticker, or [#NEVER]
  /// @param asked the number of revocations when it was asked for
  Pass(Action action, List<String> names, @Nullable String user, long deadline, long asked) {
    this.action = action;
    this.names = names;
    this.user = user;
    this.deadline = deadline;
    this.asked = asked;
  }

  /// Who it is, or null.
  public @Nullable String user() {
    return user;
  }

  /// The same, for some of its names alone.
  public Pass of(List<String> some) {
    return new Pass(action, List.copyOf(some), user, deadline, asked);
  }

  /// The channels that it is for; empty where it is for none.
  List<String> channels() {
    return action.isOfChannels() ? names : List.of();
  }

  boolean expires() {
    return deadline != NEVER;
  }
}
