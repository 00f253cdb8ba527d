package dev.duet.server.http;

import dev.duet.server.access.Action;
import dev.duet.server.access.Caller;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Pass;
import dev.duet.server.access.Question;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/// Where a request waits until it is known whether it may go on. An answer that is there at once is
/// gone on with at once. Nothing else is read of its connection meanwhile, so the order of requests
/// holds.
final class Doorway {
  private final Guard guard;

  Doorway(Guard guard) {
    this.guard = guard;
  }

  Guard guard() {
    return guard;
  }

  /// Goes on with the pass, or refuses with its status.
  void enter(Visit visit, Action action, List<String> names, Consumer<Pass> then) {
    enter(visit, action, names, then, visit::fail);
  }

  /// Goes on with the pass, or refuses in a way of the caller's own.
  ///
  /// @param then what it throws becomes the answer
  void enter(
      Visit visit,
      Action action,
      List<String> names,
      Consumer<Pass> then,
      Consumer<Throwable> refused) {
    var question = new Question(new Caller(visit.head()), action, names, null);
    CompletableFuture<Pass> pass = guard.ask(question, visit.loop()).toCompletableFuture();
    if (pass.isDone()) {
      decided(visit, pass, then, refused);
    } else {
      pass.whenComplete((known, failure) -> decided(visit, pass, then, refused));
    }
  }

  private static void decided(
      Visit visit, CompletableFuture<Pass> decided, Consumer<Pass> then, Consumer<Throwable> no) {
    Pass pass;
    try {
      pass = decided.join();
    } catch (CompletionException e) {
      no.accept(e.getCause() == null ? e : e.getCause());
      return;
    }
    try {
      then.accept(pass);
    } catch (RuntimeException | Error e) {
      visit.fail(e);
    }
  }
}
