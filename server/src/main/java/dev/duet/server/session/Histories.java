package dev.duet.server.session;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.PageAnswer;
import dev.duet.server.hub.PageRequest;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The pages that a session asked for, one under way at a time. One that finds no room is dropped
/// and read again when there is, if it is still allowed. Those that wait do not count as under way
/// bytes: they wait as long as the client likes, and of each no more is kept than its channels and
/// its beginning. Confined to the loop.
final class Histories {
  private final Session session;
  private final HubLoop hub;
  private final Answers answers;
  private final ArrayDeque<Asked> asked = new ArrayDeque<>();

  /// The first of them is being read.
  private boolean reading;

  private record Asked(PageRequest request, Reply reply) {}

  Histories(Session session, HubLoop hub, Answers answers) {
    this.session = session;
    this.hub = hub;
    this.answers = answers;
  }

  void ask(PageRequest request, Reply reply) {
    reply.uncount();
    asked.add(new Asked(request, reply));
    next();
  }

  /// There is room again.
  void ready() {
    next();
  }

  /// Nobody hears them any more.
  void close() {
    while (!reading && !asked.isEmpty()) {
      asked.removeFirst().reply().done();
    }
  }

  private void next() {
    if (!reading && !asked.isEmpty() && !answers.waiting() && isAllowed()) {
      reading = true;
      session.whenDone(hub.page(asked.getFirst().request()), this::came);
    }
  }

  /// Refuses those that come next and are allowed no longer.
  ///
  /// @return false if there is no other
  private boolean isAllowed() {
    while (!asked.isEmpty()) {
      Reply reply = asked.getFirst().reply();
      try {
        session.grants().check(reply.pass());
        return true;
      } catch (DuetException e) {
        asked.removeFirst();
        reply.fail(e);
      }
    }
    return false;
  }

  private void came(@Nullable PageAnswer page, @Nullable Throwable failure) {
    reading = false;
    if (session.closed()) {
      close();
      return;
    }
    Asked first = asked.getFirst();
    if (!isAllowed() || asked.getFirst() != first) {
      next();
      return;
    }
    Reply reply = first.reply();
    if (page == null) {
      asked.removeFirst();
      reply.fail(
          failure instanceof DuetException
              ? failure
              : new DuetException(ErrorCode.UNAVAILABLE, "the log could not be read, try again"));
    } else if (answers.trySend(frame(reply, page))) {
      asked.removeFirst();
      reply.done();
    } else {
      return;
    }
    next();
  }

  private static ByteBuf frame(Reply reply, PageAnswer page) {
    Message message = reply.message("history");
    page.write(message.members());
    return message.frame();
  }
}
