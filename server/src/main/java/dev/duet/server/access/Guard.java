package dev.duet.server.access;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Withdrawal.Reason;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the application who may what, and sees to it that nothing outlives the answer. Any thread.
public final class Guard {
  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

  /// A decision that was revoked while it was under way is asked for again this often.
  private static final int MAX_TRIES = 4;

  private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final AccessSettings settings;
  private final Operators operators;
  private final LongSupplier ticker;
  private final InstantSource wall;
  private final Revocations revocations = new Revocations();
  private final Map<Executor, Leases> leases = new ConcurrentHashMap<>();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicLong lastLogged;

  /// @param operators who may read the channels that are theirs
  /// @param ticker nanoseconds of a monotonic clock, which measures how long a pass holds
  /// @param wall the clock that ends of passes are compared with, once, when they are given
  public Guard(
      AccessSettings settings, Operators operators, LongSupplier ticker, InstantSource wall) {
    this.settings = settings;
    this.operators = operators;
    this.ticker = ticker;
    this.wall = wall;
    this.lastLogged = new AtomicLong(ticker.getAsLong() - LOG_EVERY_NANOS);
  }

  // ---- asking

  /// Asks. A stage that is not done when this returns completes on `loop`.
  ///
  /// @return completes exceptionally with a [DuetException]: `UNAUTHORIZED`, `FORBIDDEN`,
  ///     `EXPIRED`, or, where nobody decided, `UNDECIDED` or `BUSY`
  public CompletionStage<Pass> ask(Question question, Executor loop) {
    if (question.channels().stream().anyMatch(Operators::isTheirs)) {
      DuetException refusal = operators.refusal(question.caller().head());
      if (refusal != null) {
        return CompletableFuture.failedFuture(refusal);
      }
      if (question.names().stream().allMatch(Operators::isTheirs)) {
        return CompletableFuture.completedFuture(
            open(question.action(), question.names(), question.user()));
      }
    }
    return ask(question, loop, 1);
  }

  /// Who may see how the server is.
  public Operators operators() {
    return operators;
  }

  /// Whether everything is allowed, whoever asks.
  boolean isOpen() {
    return settings.access() == Access.OPEN;
  }

  /// The pass that [#ask] would give where everything is allowed.
  Pass open(Action action, List<String> names, @Nullable String user) {
    return new Pass(action, names, user, Pass.NEVER, revocations.count());
  }

  private CompletableFuture<Pass> ask(Question question, Executor loop, int tries) {
    if (isOpen()) {
      return CompletableFuture.completedFuture(
          open(question.action(), question.names(), question.user()));
    }
    long asked = revocations.count();
    if (pending.incrementAndGet() > settings.maxPending()) {
      pending.decrementAndGet();
      return CompletableFuture.failedFuture(
          new DuetException(ErrorCode.BUSY, "too many decisions on access are under way"));
    }
    CompletableFuture<Decision> decision = decision(question);
    if (decision.isDone()) {
      pending.decrementAndGet();
      return settled(question, loop, tries, asked, decision);
    }
    decision.whenComplete((known, failure) -> pending.decrementAndGet());
    return decision
        .copy()
        .orTimeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
        .handleAsync(
            (known, failure) -> {
              if (failure != null) {
                decision.cancel(true);
              }
              CompletableFuture<Decision> settled =
                  failure == null
                      ? CompletableFuture.completedFuture(known)
                      : CompletableFuture.failedFuture(failure);
              return settled(question, loop, tries, asked, settled);
            },
            loop)
        .thenCompose(settled -> settled);
  }

  private CompletableFuture<Decision> decision(Question question) {
    try {
      return settings.access().decide(question).toCompletableFuture();
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<Pass> settled(
      Question question,
      Executor loop,
      int tries,
      long asked,
      CompletableFuture<Decision> decision) {
    Pass pass;
    try {
      pass = pass(question, asked, decision.join());
    } catch (DuetException e) {
      return CompletableFuture.failedFuture(e);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(undecided(question, e));
    }
    if (!revocations.haveTaken(pass)) {
      return CompletableFuture.completedFuture(pass);
    }
    if (tries == MAX_TRIES) {
      return CompletableFuture.failedFuture(
          new DuetException(ErrorCode.UNDECIDED, "access was revoked again and again, try later"));
    }
    return ask(question, loop, tries + 1);
  }

  private Pass pass(Question question, long asked, @Nullable Decision decision) {
    return switch (decision) {
      case Decision.Refused refused -> throw new DuetException(refused.code(), refused.text());
      case Decision.Allowed allowed -> {
        String user = allowed.user() == null ? question.user() : allowed.user();
        yield new Pass(question.action(), question.names(), user, deadline(allowed), asked);
      }
      case null -> throw new IllegalStateException("the answer was null");
    };
  }

  private long deadline(Decision.Allowed allowed) {
    if (allowed.until() == null) {
      return Pass.NEVER;
    }
    Duration left = Duration.between(wall.instant(), allowed.until());
    if (left.isNegative() || left.isZero()) {
      throw Reason.EXPIRED.failure();
    }
    return left.toDays() > 36_500 ? Pass.NEVER : ticker.getAsLong() + left.toNanos();
  }

  private DuetException undecided(Question question, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    long last = lastLogged.get();
    long now = ticker.getAsLong();
    if (now - last >= LOG_EVERY_NANOS && lastLogged.compareAndSet(last, now)) {
      String what = question.action() + " of " + question.names();
      if (cause instanceof TimeoutException) {
        LOG.warn("Access to {} was not decided within {}", what, settings.timeout());
      } else {
        LOG.error("Access to {} could not be decided", what, cause);
      }
    }
    return new DuetException(ErrorCode.UNDECIDED, "nobody could decide on access, try again");
  }

  // ---- what rests on a pass

  /// Refuses to go on with what rested on a pass for a while without a lease.
  ///
  /// @throws DuetException `EXPIRED` or `REVOKED`
  public void check(Pass pass) {
    Reason why = withdrawn(pass);
    if (why != null) {
      throw why.failure();
    }
  }

  /// Whether the pass still holds.
  public boolean holds(Pass pass) {
    return withdrawn(pass) == null;
  }

  private @Nullable Reason withdrawn(Pass pass) {
    if (pass.expires() && ticker.getAsLong() - pass.deadline >= 0) {
      return Reason.EXPIRED;
    }
    return revocations.haveTaken(pass) ? Reason.REVOKED : null;
  }

  /// Something begins that rests on the pass. Called on `loop`.
  ///
  /// @param withdrawn called once, on the loop and not before this returns, if the pass no longer
  ///     holds; the lease is closed by then
  public Lease hold(Executor loop, Pass pass, Consumer<Withdrawal> withdrawn) {
    Leases on = leases.computeIfAbsent(loop, Leases::new);
    Lease lease = on.add(pass, withdrawn);
    Reason why = withdrawn(pass);
    if (why != null) {
      loop.execute(() -> on.withdraw(lease, new Withdrawal(why, 0)));
    }
    return lease;
  }

  // ---- withdrawing

  /// Takes back all that this user was allowed.
  ///
  /// @return completes when all of it has been told to end, with how many that were
  public CompletionStage<Integer> revoke(String user) {
    return withdraw(pass -> user.equals(pass.user()));
  }

  /// Takes back what was allowed of channels, where the rule says so of the user (null: nobody in
  /// particular) and one of the channels. Must be fast: it is asked on event loops.
  ///
  /// @return completes when all of it has been told to end, with how many that were
  public CompletionStage<Integer> revoke(BiPredicate<@Nullable String, String> rule) {
    return withdraw(
        pass -> {
          for (String channel : pass.channels()) {
            if (rule.test(pass.user(), channel)) {
              return true;
            }
          }
          return false;
        });
  }

  private CompletionStage<Integer> withdraw(Predicate<Pass> of) {
    revocations.add(of);
    return end(pass -> Revocations.isOf(of, pass), Reason.REVOKED, leases.values());
  }

  /// Ends what has expired. Called about once a second.
  public void tick() {
    long now = ticker.getAsLong();
    var unused =
        end(
            pass -> pass.expires() && now - pass.deadline >= 0,
            Reason.EXPIRED,
            leases.values().stream().filter(Leases::anyExpires).toList());
  }

  private static CompletionStage<Integer> end(
      Predicate<Pass> over, Reason reason, Iterable<Leases> on) {
    var place = new AtomicInteger();
    CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
    for (Leases some : on) {
      all = all.thenCombine(some.end(over, reason, place), (one, other) -> null);
    }
    return all.thenApply(ended -> place.get());
  }
}
