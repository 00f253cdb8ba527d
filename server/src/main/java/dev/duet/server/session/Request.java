package dev.duet.server.session;

import dev.duet.server.access.Action;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One request, read and legal. It is decided whether it is allowed, and then it is carried out.
public interface Request {
  /// What it wants to do with its names, or null: whoever may open the socket may do that.
  @Nullable Action action();

  /// What it is about, channels above all: what a decision on it rests on.
  List<String> names();

  /// Carries it out, after all requests before it were begun. Called on the session's loop; must
  /// not block. The reply is settled now or later.
  ///
  /// @throws DuetException if it is refused; the client is told
  void carryOut(Session session, Reply reply);
}
