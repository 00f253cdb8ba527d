package dev.duet.server.rpc;

import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.BodyQuota;
import dev.duet.server.publish.InFlight;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// The application's methods, and the calls of them that are under way. Any thread; nothing blocks.
public final class Calls {
  private static final String NAME = "[A-Za-z0-9._:-]{1," + ChannelNames.MAX_LENGTH + "}";

  private final RpcLimits limits;
  private final Executor threads;
  private final LongSupplier ticker;
  private final InFlight waiting;
  private final Semaphore room;
  private final Map<String, Method> methods = new ConcurrentHashMap<>();
  private final Set<Call> underWay = ConcurrentHashMap.newKeySet();
  private final Tally tally = new Tally();
  private volatile boolean stopping;

  /// @param threads runs each call on a thread that may block
  /// @param ticker nanoseconds of a monotonic clock
  public Calls(RpcLimits limits, Executor threads, LongSupplier ticker) {
    this.limits = limits;
    this.threads = threads;
    this.ticker = ticker;
    this.waiting = new InFlight(limits.maxWaitingBytes());
    this.room = new Semaphore(limits.maxCalls());
  }

  // ---- methods

  /// Adds a method.
  ///
  /// @throws IllegalArgumentException if its name is none, or taken
  public void register(String method, RpcHandler handler) {
    if (!isName(method)) {
      throw new IllegalArgumentException(illegal());
    }
    if (methods.putIfAbsent(method, new Method(method, handler)) != null) {
      throw new IllegalArgumentException("there is a method '" + method + "' already");
    }
  }

  /// Returns `method` if it may be the name of one, whether there is one or not.
  ///
  /// @throws DuetException [ErrorCode#BAD_PARAMETER]
  public static String checkName(String method) {
    if (!isName(method)) {
      throw new DuetException(ErrorCode.BAD_PARAMETER, illegal());
    }
    return method;
  }

  private static boolean isName(String text) {
    return text.matches(NAME) && !text.equals(".") && !text.equals("..");
  }

  private static String illegal() {
    return "a method's name has 1 to "
        + ChannelNames.MAX_LENGTH
        + " characters of A-Z a-z 0-9 . _ : -, and is not . or ..";
  }

  // ---- calls

  /// Refuses what would not be begun now.
  ///
  /// @throws DuetException [ErrorCode#NOT_FOUND], [ErrorCode#STOPPING]
  public void check(String method) {
    var unused = known(method);
  }

  private Method known(String name) {
    Method method = methods.get(name);
    if (method == null) {
      throw new DuetException(ErrorCode.NOT_FOUND, "there is no such method");
    }
    refuseWhenStopping();
    return method;
  }

  private void refuseWhenStopping() {
    if (stopping) {
      throw stopped();
    }
  }

  /// Begins a call. It is ended by its answer, by [Call#cancel], in time, or with the server.
  ///
  /// @throws DuetException [ErrorCode#NOT_FOUND], [ErrorCode#STOPPING], or [ErrorCode#BUSY] if too
  ///     many are under way
  public Call begin(RpcRequest request) {
    Method method = known(request.method());
    if (!room.tryAcquire()) {
      tally.ended(RpcFigures.Ending.BUSY);
      throw new DuetException(ErrorCode.BUSY, "too many calls are under way");
    }
    var call = new Call(this, method, request, ticker.getAsLong());
    underWay.add(call);
    try {
      // Again, before anything of it runs: a call that has begun is not one that comes too late.
      refuseWhenStopping();
      threads.execute(call);
    } catch (RuntimeException | Error e) {
      left(call);
      throw e;
    }
    return call;
  }

  /// Where the bytes of answers count that wait for a client who does not read.
  public BodyQuota waiting() {
    return waiting;
  }

  /// The calls that have not returned.
  public int underWay() {
    return underWay.size();
  }

  RpcLimits limits() {
    return limits;
  }

  long now() {
    return ticker.getAsLong();
  }

  /// The call's thread is done with it.
  void returned(Call call) {
    tally.returned(ticker.getAsLong() - call.begun);
    left(call);
  }

  private void left(Call call) {
    if (underWay.remove(call)) {
      room.release();
    }
  }

  /// The call was answered, or will not be.
  void ended(RpcFigures.Ending how) {
    tally.ended(how);
  }

  /// What became of all calls.
  public RpcFigures figures() {
    return tally.figures(underWay(), limits.maxCalls());
  }

  // ---- time

  /// How often [#tick] is to be called.
  public long tickMillis() {
    return Math.clamp(limits.timeout().toMillis() / 10, 1, TimeUnit.SECONDS.toMillis(1));
  }

  /// Ends the calls whose time is over.
  public void tick() {
    long now = ticker.getAsLong();
    for (Call call : underWay) {
      if (now - call.begun >= limits.timeout().toNanos()
          && call.end(RpcFigures.Ending.TIMEOUT, late())) {
        call.method.log("did not answer within " + limits.timeout(), null, now);
      }
    }
  }

  private static DuetException late() {
    return new DuetException(
        ErrorCode.TIMEOUT, "the method took too long; whether it was carried out is not known");
  }

  /// From now on calls are refused; those under way go on.
  public void stopping() {
    stopping = true;
  }

  /// Ends all calls.
  public void close() {
    stopping();
    underWay.forEach(call -> call.end(RpcFigures.Ending.STOPPED, stopped()));
  }

  private static DuetException stopped() {
    return new DuetException(ErrorCode.STOPPING, "the server stops");
  }
}
