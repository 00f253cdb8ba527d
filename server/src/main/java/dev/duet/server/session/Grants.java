package dev.duet.server.session;

import dev.duet.server.access.Action;
import dev.duet.server.access.Caller;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Lease;
import dev.duet.server.access.Pass;
import dev.duet.server.access.Rights;
import dev.duet.server.access.Withdrawal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// What one session may: asks before each request, and ends what rested on an answer that is over.
/// Confined to its loop.
final class Grants {
  private final Guard guard;
  private final Rights rights;
  private final Pass opened;
  private final Executor loop;
  private final List<Followed> followed = new ArrayList<>(2);
  private @Nullable Session session;
  private @Nullable Lease socket;
  private boolean closed;

  /// Channels that are followed with one answer, unless they were left since.
  private record Followed(List<String> channels, Lease lease) {}

  Grants(Guard guard, Caller caller, Pass opened, Executor loop) {
    this.guard = guard;
    this.rights = new Rights(guard, caller, opened.user(), loop);
    this.opened = opened;
    this.loop = loop;
  }

  /// The socket is open.
  void begin(Session of) {
    session = of;
    socket = guard.hold(loop, opened, why -> of.withdrawn(why.reason().code()));
  }

  CompletionStage<Pass> ask(Action action, List<String> names) {
    return rights.ask(action, names);
  }

  /// @throws dev.duet.protocol.DuetException if the answer is over
  void check(Pass pass) {
    guard.check(pass);
  }

  /// These channels are followed from now on.
  void follow(List<String> channels, @Nullable Pass pass) {
    Session of = session;
    if (of == null || pass == null || closed) {
      return;
    }
    if (followed.size() > 16 + 2 * of.subscriptions().size()) {
      left();
    }
    Lease lease = guard.hold(loop, pass, why -> withdraw(of, channels, why));
    followed.add(new Followed(channels, lease));
  }

  /// Some of the channels are no longer followed.
  void left() {
    Session of = session;
    if (of != null) {
      followed.removeIf(one -> leaves(of, one));
    }
  }

  private static boolean leaves(Session of, Followed one) {
    boolean left = !of.subscriptions().follows(one.channels);
    if (left) {
      one.lease.close();
    }
    return left;
  }

  private static void withdraw(Session of, List<String> channels, Withdrawal why) {
    Subscriptions subscriptions = of.subscriptions();
    int retryMillis = subscriptions.retryMillis(why.place());
    subscriptions.withdraw(channels, why.reason().code(), retryMillis);
  }

  void close() {
    closed = true;
    if (socket != null) {
      socket.close();
    }
    followed.forEach(one -> one.lease.close());
    followed.clear();
  }
}
