package dev.duet.server.http;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Pass;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Response;
import dev.duet.server.publish.ContentType;
import dev.duet.server.publish.Payload;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.publish.Publisher;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The bodies of requests, whatever becomes of them.
final class Bodies {
  private final Guard guard;
  private final Publisher publisher;

  Bodies(Guard guard, Publisher publisher) {
    this.guard = guard;
    this.publisher = publisher;
  }

  /// What a body will be, by its head: null if that does not say.
  ///
  /// @throws DuetException [ErrorCode#UNSUPPORTED_TYPE], [ErrorCode#BAD_REQUEST]
  static @Nullable ContentType type(RequestHead head) {
    return Payload.check(single(head, "content-type"), single(head, "content-encoding"));
  }

  /// The value of a field that comes once at most.
  static @Nullable String single(RequestHead head, String name) {
    List<String> values = head.headers(name);
    if (values.size() > 1) {
      throw new DuetException(ErrorCode.BAD_REQUEST, "there are several fields " + name);
    }
    return values.isEmpty() ? null : values.getFirst();
  }

  /// Reads the body, makes something of it, does that if it is still allowed, and answers. The body
  /// counts as under way until then.
  ///
  /// @param reading called on any thread
  /// @param doing called on the visit's loop
  <T> void take(
      Visit visit,
      Pass pass,
      int maxBytes,
      Function<byte[], T> reading,
      Function<T, CompletionStage<Response>> doing) {
    visit
        .exchange()
        .body(maxBytes, publisher.quota())
        .whenComplete(
            (body, failure) -> {
              if (body == null) {
                visit.fail(withSetting(failure, maxBytes));
                return;
              }
              int bytes = body.length;
              answer(
                  visit,
                  publisher
                      .prepare(bytes, visit.loop(), () -> reading.apply(body))
                      .thenCompose(
                          read -> {
                            guard.check(pass);
                            return doing.apply(read);
                          })
                      .whenComplete((done, failed) -> publisher.quota().release(bytes)));
            });
  }

  /// Names the setting, where one would help.
  private static Throwable withSetting(Throwable failure, int maxBytes) {
    String setting =
        switch (failure instanceof DuetException refused ? refused.code() : ErrorCode.INTERNAL) {
          case TOO_LARGE -> maxBytes == PublishLimits.MAX_BATCH_BYTES ? "" : "limits.publication";
          case BUSY -> "limits.in-flight";
          default -> "";
        };
    return failure instanceof DuetException refused && !setting.isEmpty()
        ? new DuetException(refused.code(), refused.detail() + " (" + setting + ")")
        : failure;
  }

  /// Answers when it is known what.
  static void answer(Visit visit, CompletionStage<Response> answer) {
    answer.whenCompleteAsync(
        (response, failure) -> {
          if (response == null) {
            visit.fail(failure);
          } else {
            visit.respond(response);
          }
        },
        visit.loop());
  }
}
