package dev.duet.server.session;

import dev.duet.server.access.Action;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `unsubscribe`: channels to follow no longer. Those that are not followed are no error.
record Unsubscribe(List<String> names) implements Request {
  /// So many channels at most.
  record Kind(SessionLimits limits) implements RequestKind {
    @Override
    public List<String> members() {
      return Channels.MEMBERS;
    }

    @Override
    public Request read(Incoming message) {
      return new Unsubscribe(Channels.names(message.members(), limits.maxChannels()));
    }
  }

  @Override
  public @Nullable Action action() {
    return null;
  }

  @Override
  public void carryOut(Session session, Reply reply) {
    session.subscriptions().leave(names);
    session.grants().left(names);
    reply.answer(reply.message("unsubscribed"));
  }
}
