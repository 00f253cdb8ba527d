package dev.duet.server.access;

import dev.duet.protocol.DuetException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// What one connection may: each action and name is asked for once, and remembered as long as the
/// answer holds. Confined to its loop.
public final class Rights {
  /// Most names of the answers remembered, with 255 characters each half a megabyte. The answer
  /// used longest ago goes first, and is asked for again.
  private static final int MAX_NAMES = 256;

  private static final int MAX_REMEMBERED = 64;

  private final Guard guard;
  /// Null where everything is allowed: then nobody looks at it, and it is not kept.
  private final @Nullable Caller caller;

  /// What is told who asks for the operators' channels; null for an operator.
  private final @Nullable DuetException noOperator;

  private final @Nullable String user;
  private final Executor loop;

  /// The answers, those included that are still to come; the one used longest ago is first.
  private final Map<Name, CompletableFuture<Pass>> remembered = new LinkedHashMap<>(2, 0.75f, true);

  /// How many names they have together.
  private int names;

  private record Name(Action action, List<String> names) {}

  /// @param caller the request that opened the connection's socket
  /// @param user who was found then, or null
  public Rights(Guard guard, Caller caller, @Nullable String user, Executor loop) {
    this.guard = guard;
    this.caller = guard.isOpen() ? null : caller;
    this.noOperator = guard.operators().refusal(caller.head());
    this.user = user;
    this.loop = loop;
  }

  /// The user that was found when the socket was opened, or null.
  public @Nullable String user() {
    return user;
  }

  /// Asks, or remembers. A stage that is not done when this returns completes on the loop; see
  /// [Guard#ask].
  public CompletionStage<Pass> ask(Action action, List<String> names) {
    if (action.isOfChannels() && names.stream().anyMatch(Operators::isTheirs)) {
      if (noOperator != null) {
        return CompletableFuture.failedFuture(noOperator);
      }
      if (names.stream().allMatch(Operators::isTheirs)) {
        return CompletableFuture.completedFuture(guard.open(action, names, user));
      }
    }
    if (caller == null) {
      return CompletableFuture.completedFuture(guard.open(action, names, user));
    }
    var name = new Name(action, List.copyOf(names));
    CompletableFuture<Pass> known = remembered.get(name);
    if (known != null && (!known.isDone() || isGood(known))) {
      return known;
    }
    forget(name);
    CompletableFuture<Pass> answer =
        guard.ask(new Question(caller, action, name.names(), user), loop).toCompletableFuture();
    if (!answer.isDone() || isGood(answer)) {
      remember(name, answer);
    }
    return answer;
  }

  private boolean isGood(CompletableFuture<Pass> answer) {
    return answer.state() == Future.State.SUCCESS && guard.holds(answer.join());
  }

  private void remember(Name name, CompletableFuture<Pass> answer) {
    remembered.put(name, answer);
    names += name.names().size();
    while (names > MAX_NAMES || remembered.size() > MAX_REMEMBERED) {
      forget(remembered.keySet().iterator().next());
    }
  }

  private void forget(Name name) {
    if (remembered.remove(name) != null) {
      names -= name.names().size();
    }
  }
}
