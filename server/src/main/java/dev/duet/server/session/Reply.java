package dev.duet.server.session;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Pass;
import dev.duet.server.publish.Outcome;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The answer to one request: exactly one of [#answer], [#done] and [#fail] settles it, once. Until
/// then the request is under way, and its bytes count. Confined to the session's loop.
public final class Reply {
  private static final Logger LOG = LoggerFactory.getLogger(Reply.class);

  private static final int RETRY_MILLIS = 1_000;

  private final Session session;
  private final @Nullable String id;

  /// Those of the request that count.
  private int bytes;

  private boolean settled;
  private @Nullable Pass pass;

  Reply(Session session, @Nullable String id, int bytes) {
    this.session = session;
    this.id = id;
    this.bytes = bytes;
  }

  /// The request was allowed, with this pass; null where nobody was asked.
  void allowed(@Nullable Pass by) {
    pass = by;
  }

  /// What the request was allowed with; null where nobody was asked.
  public @Nullable Pass pass() {
    return pass;
  }

  /// Who asks, or null.
  public @Nullable String user() {
    return pass == null ? null : pass.user();
  }

  /// What the answer is known by, as JSON text; null if the client named nothing.
  public @Nullable String id() {
    return id;
  }

  /// A message that answers, to be filled.
  public Message message(String type) {
    return Message.of(type, id);
  }

  /// Answers; the message is let go if the socket has closed.
  public void answer(Message message) {
    session.say(message);
    done();
  }

  /// What is kept of the request is small from now on: its bytes no longer count.
  void uncount() {
    session.uncount(bytes);
    bytes = 0;
  }

  /// Settles it; whatever there was to say has been said.
  public void done() {
    if (settled) {
      throw new IllegalStateException("a request is answered once");
    }
    settled = true;
    session.settled(bytes);
  }

  /// Tells what was wrong: a [DuetException] its own words, of anything else that the server
  /// failed.
  public void fail(@Nullable Throwable failure) {
    if (failure instanceof CompletionException && failure.getCause() != null) {
      fail(failure.getCause());
    } else if (failure instanceof DuetException e) {
      answer(error(e));
    } else {
      LOG.error("A request of a session failed", failure);
      answer(error(ErrorCode.INTERNAL, "the server failed; its log says more", RETRY_MILLIS));
    }
  }

  /// Tells why a publication is not in the log.
  void fail(Outcome.Refused refused) {
    Message error =
        error(refused.code(), refused.detail(), refused.retryMillis())
            .text("channel", refused.channel());
    answer(refused.offset() < 0 ? error : error.number("offset", refused.offset()));
  }

  /// What was wrong, as a message to be filled.
  Message error(DuetException failure) {
    return error(failure.code(), failure.detail(), failure.code().temporary() ? RETRY_MILLIS : 0);
  }

  private Message error(ErrorCode code, String detail, int retryMillis) {
    session.refused(code);
    Message error = message("error").text("code", code.text()).text("message", detail);
    return retryMillis > 0 ? error.number("retry", retryMillis) : error;
  }
}
