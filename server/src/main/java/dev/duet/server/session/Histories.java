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
/// and read again when there is. Confined to the loop.
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
    asked.add(new Asked(request, reply));
    next();
  }

  /// There is room again.
  void ready() {
    next();
  }

  private void next() {
    if (!reading && !asked.isEmpty() && !answers.waiting()) {
      reading = true;
      session.whenDone(hub.page(asked.getFirst().request()), this::came);
    }
  }

  private void came(@Nullable PageAnswer page, @Nullable Throwable failure) {
    reading = false;
    Reply reply = asked.getFirst().reply();
    if (page == null) {
      asked.removeFirst();
      reply.fail(
          failure instanceof DuetException
              ? failure
              : new DuetException(ErrorCode.UNAVAILABLE, "the log could not be read, try again"));
    } else if (session.closed() || answers.trySend(frame(reply, page))) {
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
