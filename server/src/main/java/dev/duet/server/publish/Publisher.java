package dev.duet.server.publish;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.NotCommittedException;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.BodyQuota;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The one way in for publications, whatever they came over. Any thread; nothing blocks.
public final class Publisher {
  /// A body up to this size is checked where it came in: about 100 microseconds of an event loop.
  private static final int CHECKED_IN_PLACE_BYTES = 64 << 10;

  private static final int RETRY_MILLIS = 1_000;

  private final Broker broker;
  private final PublishLimits limits;
  private final InFlight inFlight;
  private final Executor workers;
  private final LongSupplier ticker;
  private final Tally tally = new Tally();

  /// @param workers check large bodies, so that no event loop waits for them
  /// @param ticker nanoseconds of a monotonic clock, which measures how long a commit takes
  public Publisher(Broker broker, PublishLimits limits, Executor workers, LongSupplier ticker) {
    this.ticker = ticker;
    this.broker = broker;
    this.limits = limits;
    this.inFlight = new InFlight(limits.maxInFlightBytes());
    this.workers = workers;
  }

  /// The bounds on what comes in.
  public PublishLimits limits() {
    return limits;
  }

  /// Where the bytes of bodies count until their receipt.
  public BodyQuota quota() {
    return inFlight;
  }

  /// The bytes that count now.
  public long inFlightBytes() {
    return inFlight.held();
  }

  /// What became of publications.
  public PublishFigures figures() {
    return tally.figures(inFlight, ticker.getAsLong());
  }

  /// Returns `channel` if it may be published to.
  ///
  /// @throws DuetException [ErrorCode#BAD_CHANNEL], [ErrorCode#RESERVED_CHANNEL],
  ///     [ErrorCode#NO_NAMESPACE]
  public String check(String channel) {
    namespace(ChannelNames.checkPublishable(channel));
    return channel;
  }

  private Namespace namespace(String channel) {
    return broker.namespaces().required(channel);
  }

  /// Does work on `bytes` bytes that came in, on a worker if it is much, and completes on `loop`;
  /// exceptionally with whatever the work throws.
  public <T> CompletionStage<T> prepare(int bytes, Executor loop, Supplier<T> work) {
    try {
      return bytes > CHECKED_IN_PLACE_BYTES
          ? CompletableFuture.supplyAsync(work, workers)
              .whenCompleteAsync((done, failure) -> {}, loop)
          : CompletableFuture.completedStage(work.get());
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedStage(e);
    }
  }

  /// The draft of somebody in this process, checked as a body from the network is: its size, and
  /// whether its payload is what its type says. JSON with line breaks is copied onto one line.
  ///
  /// @throws DuetException [ErrorCode#TOO_LARGE], [ErrorCode#BAD_JSON], [ErrorCode#BAD_UTF8], or
  ///     [ErrorCode#BAD_PARAMETER] for a tombstone with a payload
  public Draft checked(Draft draft) {
    int length = draft.data().length;
    if (length > limits.maxBodyBytes()) {
      throw new DuetException(
          ErrorCode.TOO_LARGE,
          "a publication has at most "
              + limits.maxBodyBytes()
              + " bytes (limits.publication), this one "
              + length);
    }
    if (draft.deleted()) {
      if (length > 0) {
        throw new DuetException(ErrorCode.BAD_PARAMETER, "a tombstone has no payload");
      }
      return draft;
    }
    return Payload.checked(draft);
  }

  /// Appends; in the log in the order of one thread's calls. The stage completes with the outcome,
  /// on any thread.
  ///
  /// @throws DuetException as [#check] does
  public CompletionStage<Outcome> publish(String channel, Draft draft) {
    Namespace namespace = namespace(ChannelNames.checkPublishable(channel));
    if (draft.deleted() && namespace.retention().mode() != Retention.Mode.LATEST) {
      throw new DuetException(
          ErrorCode.BAD_PARAMETER,
          "'"
              + channel
              + "' keeps no latest publication per key (its namespace's retention has another mode"
              + " than latest), so no key can be deleted in it");
    }
    Log log = broker.logs().get(broker.logOf(channel));
    long began = ticker.getAsLong();
    return log.append(channel, draft)
        .thenApply(
            receipt -> {
              long now = ticker.getAsLong();
              Outcome outcome = outcome(namespace, log, channel, receipt);
              tally.count(receipt, outcome, now - began, now);
              return outcome;
            });
  }

  /// Appends one after the other; stops at the first that is not appended.
  ///
  /// @throws DuetException as [#check] does, before the first append
  public CompletionStage<List<Outcome>> publishAll(String channel, List<Draft> drafts) {
    check(channel);
    return new Batch(this, channel, drafts).run();
  }

  /// Forgets what a channel holds up to the cursor.
  ///
  /// @param before null: up to now
  /// @throws DuetException as [#check] does; [ErrorCode#BAD_CURSOR] if it says nothing about the
  ///     channel's log
  /// @return completes with such an exception too, if it could not be committed
  public CompletionStage<Log.ChannelInfo> trim(String channel, @Nullable Cursor before) {
    check(channel);
    Log log = broker.logs().get(broker.logOf(channel));
    long offset = before == null ? log.position() : log.ids().offsetIn(before.positions());
    if (offset < 0) {
      throw new DuetException(
          ErrorCode.BAD_CURSOR,
          "the cursor does not name the log in which '" + channel + "' lives");
    }
    return log.trim(channel, offset).exceptionallyCompose(Publisher::notTrimmed);
  }

  private static CompletionStage<Log.ChannelInfo> notTrimmed(Throwable failure) {
    Throwable why =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return CompletableFuture.failedFuture(
        switch (why) {
          case NotCommittedException one ->
              new DuetException(
                  one.isFull() ? ErrorCode.STORAGE_FULL : ErrorCode.NOT_COMMITTED,
                  String.valueOf(one.getMessage()));
          case IOException one ->
              new DuetException(ErrorCode.UNAVAILABLE, "the log could not be read, try again");
          default -> why;
        });
  }

  private Outcome outcome(Namespace namespace, Log log, String channel, Receipt receipt) {
    return switch (receipt) {
      case Receipt.Appended appended ->
          new Outcome.Published(
              channel,
              appended.offset(),
              cursorAfter(log, appended.offset()),
              broker.durabilityOf(channel),
              appended.duplicate());
      case Receipt.Conflict conflict ->
          refused(
              channel,
              ErrorCode.KEY_CONFLICT,
              "the idempotency key was used for another publication, at " + conflict.offset(),
              conflict.offset());
      case Receipt.Ended ended ->
          refused(
              channel,
              ErrorCode.ENDED,
              "channel '" + channel + "' ended at " + ended.offset(),
              ended.offset());
      case Receipt.Mismatch mismatch ->
          refused(
              channel,
              ErrorCode.MISMATCH,
              "the last publication is at " + mismatch.current() + ", not where If-Match says",
              mismatch.current());
      case Receipt.Busy busy ->
          new Outcome.Refused(
              channel,
              ErrorCode.BUSY,
              "too many publications are under way",
              -1,
              Math.max(1, busy.retryAfterMillis()));
      case Receipt.Failed failed ->
          new Outcome.Refused(
              channel,
              failed.full() ? ErrorCode.STORAGE_FULL : ErrorCode.NOT_COMMITTED,
              failed.why(),
              -1,
              RETRY_MILLIS);
    };
  }

  private static Outcome refused(String channel, ErrorCode code, String detail, long offset) {
    return new Outcome.Refused(channel, code, detail, offset, 0);
  }

  /// The other logs stand where they stand now.
  private Cursor cursorAfter(Log log, long offset) {
    var positions = new ArrayList<Cursor.Position>(broker.logs().size());
    for (Log one : broker.logs()) {
      positions.add(new Cursor.Position(one.ids().current(), one == log ? offset : one.position()));
    }
    return new Cursor(positions, null);
  }
}
