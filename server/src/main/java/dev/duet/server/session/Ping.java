package dev.duet.server.session;

import dev.duet.server.access.Action;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `ping`: is the server there, and where does it stand.
record Ping() implements Request {
  static final RequestKind KIND =
      new RequestKind() {
        @Override
        public List<String> members() {
          return List.of();
        }

        @Override
        public Request read(Incoming message) {
          return new Ping();
        }
      };

  @Override
  public @Nullable Action action() {
    return null;
  }

  @Override
  public List<String> names() {
    return List.of();
  }

  @Override
  public void carryOut(Session session, Reply reply) {
    reply.answer(reply.message("pong").text("cursor", session.present()));
  }
}
