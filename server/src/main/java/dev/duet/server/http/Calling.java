package dev.duet.server.http;

import dev.duet.server.access.Action;
import dev.duet.server.access.Pass;
import dev.duet.server.exchange.Response;
import dev.duet.server.publish.ContentType;
import dev.duet.server.publish.Payload;
import dev.duet.server.rpc.Call;
import dev.duet.server.rpc.Calls;
import dev.duet.server.rpc.RpcAnswer;
import dev.duet.server.rpc.RpcException;
import dev.duet.server.rpc.RpcRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// `POST` to the application's methods. Whether there is such a method is told to those only who
/// may call it.
final class Calling {
  private final Doorway doorway;
  private final Bodies bodies;
  private final Calls calls;
  private final int maxBytes;

  Calling(Doorway doorway, Bodies bodies, Calls calls, int maxBytes) {
    this.doorway = doorway;
    this.bodies = bodies;
    this.calls = calls;
    this.maxBytes = maxBytes;
  }

  void post(Visit visit, String method) {
    Calls.checkName(method);
    visit.query().only(List.of());
    ContentType type = Bodies.type(visit.head());
    doorway.enter(
        visit,
        Action.RPC,
        List.of(method),
        pass -> {
          calls.check(method);
          bodies.take(
              visit,
              pass,
              maxBytes,
              body -> Payload.of(type, body),
              payload -> call(visit, pass, method, payload));
        });
  }

  private CompletionStage<Response> call(Visit visit, Pass pass, String method, Payload payload) {
    var request =
        new RpcRequest(method, payload.type(), payload.data(), pass.user(), visit.head().remote());
    Call call = calls.begin(request);
    visit.exchange().onGone(call::cancel);
    return call.answer()
        .handle(
            (answer, failure) ->
                failure instanceof RpcException refused
                    ? CompletableFuture.completedFuture(Replies.of(refused))
                    : known(answer, failure))
        .thenCompose(response -> response);
  }

  private static CompletableFuture<Response> known(
      @Nullable RpcAnswer answer, @Nullable Throwable failure) {
    return answer == null
        ? CompletableFuture.failedFuture(
            failure == null ? new IllegalStateException("there is no answer") : failure)
        : CompletableFuture.completedFuture(response(answer));
  }

  private static Response response(RpcAnswer answer) {
    return switch (answer.type()) {
      case JSON -> Response.of(200, "application/json", answer.bytes());
      case TEXT -> Response.of(200, "text/plain; charset=utf-8", answer.bytes());
      case BYTES -> Response.of(200, "application/octet-stream", answer.bytes());
      case null -> Response.empty(204);
    };
  }
}
