package dev.duet.server.session;

import java.util.List;

/// A kind of request: what a client may name as `type`. Stateless; any thread.
public interface RequestKind {
  /// The members that it has beside `type` and `id`.
  List<String> members();

  /// Whether it takes a payload beside its members, in a binary frame.
  default boolean takesPayload() {
    return false;
  }

  /// Reads what is asked for. Members that are not in [#members] have been refused.
  ///
  /// @throws DuetException if it is not legal; the client is told
  Request read(Incoming message);
}
