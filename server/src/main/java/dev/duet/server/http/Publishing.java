package dev.duet.server.http;

import dev.duet.protocol.Beginning;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.PayloadType;
import dev.duet.server.access.Action;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Response;
import dev.duet.server.publish.BatchLines;
import dev.duet.server.publish.ContentType;
import dev.duet.server.publish.Outcome;
import dev.duet.server.publish.Payload;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.publish.Publisher;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// `POST` to channels, and `DELETE`. Everything that can be refused by the head is, before the body
/// is read.
final class Publishing {
  private final Doorway doorway;
  private final Bodies bodies;
  private final Publisher publisher;

  Publishing(Doorway doorway, Bodies bodies, Publisher publisher) {
    this.doorway = doorway;
    this.bodies = bodies;
    this.publisher = publisher;
  }

  void post(Visit visit, List<String> channels) {
    channels.forEach(publisher::check);
    RequestHead head = visit.head();
    ContentType type = Bodies.type(head);
    if (type != null && type.isBatch()) {
      batch(visit, channels);
      return;
    }
    Query query = visit.query().only(List.of("event", "key", "end"));
    Draft template =
        new Draft(
            PayloadType.TEXT,
            new byte[0],
            query.get("event"),
            query.get("key"),
            null,
            false,
            query.flag("end"),
            Bodies.single(head, "idempotency-key"),
            ifMatch(head, channels.size() > 1));
    body(
        visit,
        channels,
        publisher.limits().maxBodyBytes(),
        body -> draft(template, Payload.of(type, body)),
        (draft, user) -> publish(channels, draft.withFrom(user)));
  }

  private void batch(Visit visit, List<String> channels) {
    if (channels.size() > 1) {
      throw new DuetException(
          ErrorCode.TOO_MANY_CHANNELS, "a batch goes to one channel, not to " + channels.size());
    }
    visit.query().only(List.of());
    ifMatch(visit.head(), true);
    String key = Bodies.single(visit.head(), "idempotency-key");
    Draft.of(PayloadType.TEXT, new byte[0]).withIdempotencyKey(key);
    body(
        visit,
        channels,
        PublishLimits.MAX_BATCH_BYTES,
        body -> BatchLines.parse(body, publisher.limits().maxBodyBytes(), key),
        (drafts, user) ->
            publisher
                .publishAll(
                    channels.getFirst(),
                    drafts.stream().map(draft -> draft.withFrom(user)).toList())
                .thenApply(Replies::of));
  }

  void delete(Visit visit, List<String> channels) {
    if (channels.size() > 1) {
      throw new DuetException(
          ErrorCode.TOO_MANY_CHANNELS, "DELETE is for one channel, not for " + channels.size());
    }
    String channel = publisher.check(channels.getFirst());
    Query query = visit.query().only(List.of("key", "before"));
    String key = query.get("key");
    String before = query.get("before");
    if ((key == null) == (before == null)) {
      throw Query.bad(
          "DELETE has one of key (deletes it) and before (forgets all up to that cursor, or now)");
    }
    if (key != null) {
      Draft tombstone =
          Draft.tombstone(key)
              .withIdempotencyKey(Bodies.single(visit.head(), "idempotency-key"))
              .withIfMatch(ifMatch(visit.head(), false));
      doorway.enter(
          visit,
          Action.PUBLISH,
          channels,
          pass -> Bodies.answer(visit, publish(channels, tombstone.withFrom(pass.user()))));
    } else {
      Cursor to = "now".equals(before) ? null : Beginning.cursor("before", String.valueOf(before));
      doorway.enter(
          visit,
          Action.TRIM,
          channels,
          pass -> Bodies.answer(visit, publisher.trim(channel, to).thenApply(Replies::of)));
    }
  }

  private CompletionStage<Response> publish(List<String> channels, Draft draft) {
    if (channels.size() == 1) {
      return publisher.publish(channels.getFirst(), draft).thenApply(Replies::of);
    }
    List<CompletableFuture<Outcome>> outcomes =
        channels.stream()
            .map(channel -> publisher.publish(channel, draft).toCompletableFuture())
            .toList();
    return CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
        .thenApply(
            all -> Replies.of(outcomes.stream().<Outcome>map(CompletableFuture::join).toList()));
  }

  /// Asks whether it may, reads the body, makes of it what is to be published, publishes it and
  /// answers.
  private <T> void body(
      Visit visit,
      List<String> channels,
      int maxBytes,
      Function<byte[], T> reading,
      BiFunction<T, @Nullable String, CompletionStage<Response>> publishing) {
    doorway.enter(
        visit,
        Action.PUBLISH,
        channels,
        pass ->
            bodies.take(
                visit, pass, maxBytes, reading, read -> publishing.apply(read, pass.user())));
  }

  private static Draft draft(Draft template, Payload payload) {
    return new Draft(
        payload.type(),
        payload.data(),
        template.event(),
        template.key(),
        null,
        false,
        template.end(),
        template.idempotencyKey(),
        template.ifMatch());
  }

  /// An offset, in quotes or not; `If-None-Match: *` stands for 0, nothing is held (RFC 9110,
  /// section 13.1.2).
  private static long ifMatch(RequestHead head, boolean several) {
    String value = Bodies.single(head, "if-match");
    String none = Bodies.single(head, "if-none-match");
    if (none != null && (value != null || !none.equals("*"))) {
      throw Query.bad("If-None-Match is *, without If-Match: only if nothing is held");
    }
    if (value == null && none == null) {
      return Draft.ANY;
    }
    if (several) {
      throw Query.bad(
          "If-Match is for one publication on one channel; a line of a batch has its own ifMatch");
    }
    if (value == null) {
      return 0;
    }
    String digits =
        value.length() > 2 && value.startsWith("\"") && value.endsWith("\"")
            ? value.substring(1, value.length() - 1)
            : value;
    if (!digits.matches("[0-9]{1,16}")) {
      throw Query.bad("If-Match is an offset from 0 to " + Cursor.MAX_OFFSET);
    }
    return Long.parseLong(digits);
  }
}
