package dev.duet.server.session;

import dev.duet.protocol.Draft;
import dev.duet.protocol.DraftMembers;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Action;
import dev.duet.server.publish.Outcome;
import dev.duet.server.publish.Publisher;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `publish`: one publication to one channel, acknowledged if it has an id. What goes wrong is told
/// with and without one.
record Publish(Publisher publisher, String channel, Draft draft) implements Request {
  /// Publishes through `publisher`.
  record Kind(Publisher publisher) implements RequestKind {
    @Override
    public List<String> members() {
      var names = new ArrayList<>(DraftMembers.NAMES);
      names.add("channel");
      return names;
    }

    @Override
    public boolean takesPayload() {
      return true;
    }

    @Override
    public Request read(Incoming message) {
      String channel = message.members().string("channel");
      if (channel == null) {
        throw message.members().bad("'publish' has a 'channel'");
      }
      Draft draft = DraftMembers.read(message.members(), message.payload());
      int most = publisher.limits().maxBodyBytes();
      if (draft.data().length > most) {
        throw new DuetException(
            ErrorCode.TOO_LARGE,
            "a publication has at most " + most + " bytes, this one " + draft.data().length);
      }
      return new Publish(publisher, publisher.check(channel), draft);
    }
  }

  @Override
  public Action action() {
    return Action.PUBLISH;
  }

  @Override
  public List<String> names() {
    return List.of(channel);
  }

  @Override
  public void carryOut(Session session, Reply reply) {
    session.whenDone(
        publisher.publish(channel, draft.withFrom(reply.user())),
        (outcome, failure) -> done(reply, outcome, failure));
  }

  private static void done(Reply reply, @Nullable Outcome outcome, @Nullable Throwable failure) {
    if (failure != null) {
      reply.fail(failure);
    } else if (outcome instanceof Outcome.Refused refused) {
      reply.fail(refused);
    } else if (outcome instanceof Outcome.Published published && reply.id() != null) {
      reply.answer(
          reply
              .message("published")
              .text("channel", published.channel())
              .number("offset", published.offset())
              .text("cursor", published.cursor().toString())
              .text("durability", published.durability().text())
              .flag("duplicate", published.duplicate()));
    } else {
      reply.done();
    }
  }
}
