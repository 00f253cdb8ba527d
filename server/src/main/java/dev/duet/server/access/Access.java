package dev.duet.server.access;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Says who may what. Implemented by the embedding application.
///
/// ```java
/// settings.withAccess(AccessSettings.of(Access.blocking(question -> {
///   User user = sessions.find(question.caller().cookie("session"));
///   return user == null ? Decision.unauthorized("sign in first") : Decision.allow(user.name());
/// })));
/// ```
///
/// It is asked once for each request, and on a socket once for each action and name, as long as the
/// answer holds. An answer that does not come in time, a failure and null are 503: never a yes.
@FunctionalInterface
public interface Access {
  /// Everything is allowed, to nobody in particular.
  Access OPEN = question -> CompletableFuture.completedStage(Decision.allow());

  /// Decides. Called on an event loop: must not block; the stage may complete on any thread. One
  /// that is too late is cancelled: of a future that several wait for, give a copy. See [#blocking]
  /// for one that may block.
  CompletionStage<Decision> decide(Question question);

  /// Decides on a virtual thread of its own, so that it may block: ask a database, another server.
  /// It is interrupted when its time is over.
  static Access blocking(Deciding deciding) {
    return question -> Asking.begin(deciding, question);
  }

  /// The form of [Access] that may block.
  @FunctionalInterface
  interface Deciding {
    /// Decides.
    ///
    /// @throws Exception if it cannot: the client is told 503
    Decision decide(Question question) throws Exception;
  }

  /// A decision under way on a virtual thread. It completes when that ends, whoever cancels it.
  final class Asking extends CompletableFuture<Decision> {
    private final Thread thread;

    private Asking(Deciding deciding, Question question) {
      thread =
          Thread.ofVirtual()
              .name("duet-access")
              .unstarted(
                  () -> {
                    try {
                      complete(deciding.decide(question));
                    } catch (Throwable e) {
                      completeExceptionally(e);
                    }
                  });
    }

    private static Asking begin(Deciding deciding, Question question) {
      var asking = new Asking(deciding, question);
      asking.thread.start();
      return asking;
    }

    /// Interrupts the thread.
    @Override
    public boolean cancel(boolean mayInterrupt) {
      thread.interrupt();
      return false;
    }
  }
}
