package dev.duet.server.session;

import dev.duet.protocol.DraftMembers;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.JsonMembers;
import dev.duet.server.access.Action;
import dev.duet.server.hub.JsonBytes;
import dev.duet.server.rpc.Call;
import dev.duet.server.rpc.Calls;
import dev.duet.server.rpc.RpcAnswer;
import dev.duet.server.rpc.RpcException;
import dev.duet.server.rpc.RpcRequest;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `rpc`: a call of one of the application's methods. It is begun in its order, and whatever comes
/// after it does not wait for its answer.
public record Rpc(Calls calls, String method, JsonMembers.Payload payload) implements Request {
  /// Calls these methods.
  ///
  /// @param maxBytes largest payload
  public record Kind(Calls calls, int maxBytes) implements RequestKind {
    @Override
    public List<String> members() {
      return List.of("method", "data", "data64");
    }

    @Override
    public boolean takesPayload() {
      return true;
    }

    @Override
    public Request read(Incoming message) {
      String method = message.members().string("method");
      if (method == null) {
        throw message.members().bad("'rpc' has a 'method'");
      }
      JsonMembers.Payload payload = DraftMembers.payload(message.members(), message.payload());
      if (payload.data().length > maxBytes) {
        throw new DuetException(
            ErrorCode.TOO_LARGE,
            "a call has at most " + maxBytes + " bytes, this one " + payload.data().length);
      }
      return new Rpc(calls, Calls.checkName(method), payload);
    }
  }

  @Override
  public Action action() {
    return Action.RPC;
  }

  @Override
  public List<String> names() {
    return List.of(method);
  }

  @Override
  public void carryOut(Session session, Reply reply) {
    if (session.closed()) {
      reply.done();
      return;
    }
    var request =
        new RpcRequest(method, payload.type(), payload.data(), reply.user(), session.remote());
    Call call = calls.begin(request);
    session.began(call);
    session.whenDone(
        call.answer(),
        (answer, failure) -> {
          session.ended(call);
          done(session, reply, answer, failure);
        });
  }

  private void done(
      Session session, Reply reply, @Nullable RpcAnswer answer, @Nullable Throwable failure) {
    if (failure instanceof RpcException refused) {
      reply.answer(
          reply
              .message("error")
              .text("code", refused.code())
              .text("message", refused.detail())
              .text("method", method));
    } else if (answer == null) {
      reply.fail(failure);
    } else if (reply.id() == null || session.say(result(reply, answer), calls.waiting())) {
      reply.done();
    } else {
      reply.fail(
          new DuetException(
              ErrorCode.BUSY,
              "the method was carried out, but there is no room for answers that are not read"));
    }
  }

  private static ByteBuf result(Reply reply, RpcAnswer answer) {
    Message result = reply.message("result");
    return switch (answer.type()) {
      case JSON -> {
        JsonBytes.ascii(result.members(), ",\"data\":");
        result.members().writeBytes(answer.bytes());
        yield result.frame();
      }
      case TEXT -> result.text("data", new String(answer.bytes(), StandardCharsets.UTF_8)).frame();
      case BYTES -> result.binaryFrame(answer.bytes());
      case null -> result.frame();
    };
  }
}
