package dev.duet.server.session;

import dev.duet.server.access.Action;
import dev.duet.server.access.Caller;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Lease;
import dev.duet.server.access.Pass;
import dev.duet.server.access.Rights;
import dev.duet.server.access.Withdrawal;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

  /// With which answer each channel is followed; now and then some that are followed no longer.
  private final Map<String, Followed> followed = new HashMap<>(2);

  private @Nullable Session session;
  private @Nullable Lease socket;
  private boolean closed;

  /// Channels that are followed with one answer. It rests on that answer for them alone.
  private static final class Followed {
    final Set<String> channels;
    Pass pass;
    @Nullable Lease lease;

    Followed(List<String> channels, Pass pass) {
      this.channels = new TreeSet<>(channels);
      this.pass = pass;
    }
  }

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

  /// @param pass null where nobody was asked
  /// @throws dev.duet.protocol.DuetException if the answer is over
  void check(@Nullable Pass pass) {
    if (pass != null) {
      guard.check(pass);
    }
  }

  /// These channels are followed from now on.
  void follow(List<String> channels, @Nullable Pass pass) {
    Session of = session;
    if (of == null || pass == null || closed) {
      return;
    }
    if (followed.size() > 16 + 2 * of.subscriptions().size()) {
      Subscriptions now = of.subscriptions();
      left(followed.keySet().stream().filter(one -> !now.follows(List.of(one))).toList());
    }
    left(channels);
    var one = new Followed(channels, pass);
    channels.forEach(channel -> followed.put(channel, one));
    hold(of, one);
  }

  /// These channels are followed no longer, or anew; those that still are stay as they are.
  void left(Collection<String> channels) {
    Session of = session;
    if (of == null) {
      return;
    }
    Set<Followed> smaller = new LinkedHashSet<>();
    for (String channel : channels) {
      Followed one = followed.remove(channel);
      if (one != null && one.channels.remove(channel)) {
        smaller.add(one);
      }
    }
    smaller.forEach(one -> hold(of, one));
  }

  /// Rests on the answer for what is left of its channels.
  private void hold(Session of, Followed one) {
    release(one);
    if (!one.channels.isEmpty()) {
      one.pass = one.pass.of(List.copyOf(one.channels));
      one.lease = guard.hold(loop, one.pass, why -> withdraw(of, one, why));
    }
  }

  private static void release(Followed one) {
    if (one.lease != null) {
      one.lease.close();
    }
  }

  private void withdraw(Session of, Followed one, Withdrawal why) {
    List<String> channels = List.copyOf(one.channels);
    channels.forEach(followed::remove);
    Subscriptions subscriptions = of.subscriptions();
    int retryMillis = subscriptions.retryMillis(why.place());
    subscriptions.withdraw(channels, why.reason().code(), retryMillis);
  }

  void close() {
    closed = true;
    if (socket != null) {
      socket.close();
    }
    Set.copyOf(followed.values()).forEach(Grants::release);
    followed.clear();
  }
}
