package dev.duet.server.access;

import dev.duet.server.access.Withdrawal.Reason;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All that rests on passes on one event loop. Confined to it, but for [#end].
final class Leases {
  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  /// Leases that one task looks at, before other work comes first.
  private static final int SLICE = 256;

  private static final int CLOSED = -1;

  private final Executor loop;
  private final ArrayList<Lease> held = new ArrayList<>();

  /// How many of them expire; read by the timer.
  private final AtomicInteger expiring = new AtomicInteger();

  Leases(Executor loop) {
    this.loop = loop;
  }

  Lease add(Pass pass, Consumer<Withdrawal> withdrawn) {
    var lease = new Lease(this, pass, withdrawn);
    lease.index = held.size();
    held.add(lease);
    if (pass.expires()) {
      expiring.incrementAndGet();
    }
    return lease;
  }

  void remove(Lease lease) {
    int hole = lease.index;
    if (hole == CLOSED) {
      return;
    }
    lease.index = CLOSED;
    Lease last = held.removeLast();
    if (last != lease) {
      held.set(hole, last);
      last.index = hole;
    }
    if (lease.pass.expires()) {
      expiring.decrementAndGet();
    }
  }

  /// Withdraws one at once.
  void withdraw(Lease lease, Withdrawal why) {
    if (lease.index != CLOSED) {
      remove(lease);
      try {
        lease.withdraw(why);
      } catch (RuntimeException | Error e) {
        LOG.error("What rested on a pass could not be ended", e);
      }
    }
  }

  boolean anyExpires() {
    return expiring.get() > 0;
  }

  /// Ends those of which `over` is true, on the loop, in slices. Any thread.
  ///
  /// @param place counts all that end together, over all loops
  /// @return completes when it is done; with a loop that has ended, at once
  CompletableFuture<Void> end(Predicate<Pass> over, Reason reason, AtomicInteger place) {
    var done = new CompletableFuture<Void>();
    execute(() -> slice(held.size(), over, reason, place, done), done);
    return done;
  }

  /// Backwards: where one goes the last comes to its place, which was looked at or is yet to be.
  private void slice(
      int from,
      Predicate<Pass> over,
      Reason reason,
      AtomicInteger place,
      CompletableFuture<Void> done) {
    int i = Math.min(from, held.size());
    for (int looked = 0; i > 0 && looked < SLICE; looked++) {
      i = Math.min(i, held.size()) - 1;
      if (i >= 0 && over.test(held.get(i).pass)) {
        withdraw(held.get(i), new Withdrawal(reason, place.getAndIncrement()));
      }
    }
    int rest = i;
    if (rest > 0) {
      execute(() -> slice(rest, over, reason, place, done), done);
    } else {
      done.complete(null);
    }
  }

  private void execute(Runnable task, CompletableFuture<Void> done) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      done.complete(null);
    }
  }
}
