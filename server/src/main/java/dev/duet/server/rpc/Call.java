package dev.duet.server.rpc;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.rpc.RpcFigures.Ending;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One call under way. Any thread.
public final class Call implements Runnable {
  final Method method;

  /// When, by the calls' ticker.
  final long begun;

  private final Calls all;
  private final RpcRequest request;
  private final CompletableFuture<RpcAnswer> answer = new CompletableFuture<>();

  /// The thread that runs the handler; under this object's monitor, so that none is interrupted
  /// that does something else by now.
  private @Nullable Thread thread;

  private boolean cancelled;

  Call(Calls all, Method method, RpcRequest request, long begun) {
    this.all = all;
    this.method = method;
    this.request = request;
    this.begun = begun;
  }

  /// Completes with the answer, or exceptionally with an [RpcException] of the method's or a
  /// [DuetException]: [ErrorCode#INTERNAL], [ErrorCode#TIMEOUT], [ErrorCode#STOPPING], on any
  /// thread.
  public CompletionStage<RpcAnswer> answer() {
    return answer;
  }

  /// Nobody waits for the answer any more. The handler's thread is interrupted; what it answers all
  /// the same is the answer.
  public void cancel() {
    synchronized (this) {
      cancelled = true;
      if (thread != null) {
        thread.interrupt();
        return;
      }
    }
    settle(Ending.GIVEN_UP, answer.completeExceptionally(abandoned()));
  }

  /// Ends it with this failure, unless it was answered.
  ///
  /// @return whether it was not
  boolean end(Ending how, DuetException failure) {
    boolean isFirst = settle(how, answer.completeExceptionally(failure));
    synchronized (this) {
      cancelled = true;
      if (thread != null) {
        thread.interrupt();
      }
    }
    return isFirst;
  }

  @Override
  public void run() {
    RpcAnswer known = null;
    Throwable failure = null;
    if (begin()) {
      try {
        known = checked(method.handler.call(request));
      } catch (Throwable e) {
        failure = e;
      }
    }
    leave();
    all.returned(this);
    if (known != null) {
      settle(Ending.ANSWERED, answer.complete(known));
    } else if (answer.isDone()) {
      // It was told that it was too late, or that the server stops; that it failed then is no news.
      return;
    } else if (failure instanceof RpcException) {
      settle(Ending.REFUSED, answer.completeExceptionally(failure));
    } else if (wasCancelled()) {
      settle(Ending.GIVEN_UP, answer.completeExceptionally(abandoned()));
    } else {
      method.log("failed", failure, all.now());
      settle(Ending.FAILED, answer.completeExceptionally(failed()));
    }
  }

  /// Counts how it ended, if that was this.
  private boolean settle(Ending how, boolean isFirst) {
    if (isFirst) {
      all.ended(how);
    }
    return isFirst;
  }

  private synchronized boolean begin() {
    if (!cancelled) {
      thread = Thread.currentThread();
    }
    return !cancelled;
  }

  private synchronized void leave() {
    if (thread != null) {
      thread = null;
      var unused = Thread.interrupted();
    }
  }

  private RpcAnswer checked(@Nullable RpcAnswer given) {
    if (given == null) {
      throw new IllegalStateException(
          "it returned null; RpcAnswer.DONE says that there is nothing");
    }
    int most = all.limits().maxAnswerBytes();
    if (given.bytes().length > most) {
      throw new IllegalStateException(
          "its answer has " + given.bytes().length + " bytes; at most " + most + " are allowed");
    }
    return given;
  }

  private static DuetException failed() {
    return new DuetException(ErrorCode.INTERNAL, "the method failed; the server's log says more");
  }

  private synchronized boolean wasCancelled() {
    return cancelled;
  }

  private static DuetException abandoned() {
    return new DuetException(
        ErrorCode.BAD_REQUEST,
        "the call was given up: a client keeps its connection open until it is answered");
  }
}
