package dev.duet.broker.commit;

import dev.duet.broker.Receipt;
import dev.duet.protocol.Draft;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Decides whether a draft is appended, in the order of the law: its idempotency key, the channel's
/// end, `If-Match`, room. An answer that rests on an append under way waits for it. Guarded by the
/// log's lock.
public final class Conditions {
  /// There is room again when something is committed: soon.
  private static final int RETRY_AFTER_MILLIS = 100;

  private final IdempotencyWindow window;
  private final Pending<? extends Append> pending;
  private final int maxCount;
  private final long maxBytes;
  private final LongSupplier ticker;

  /// @param maxCount most appends that are under way
  /// @param maxBytes most bytes of them
  /// @param ticker the monotonic clock that the window is used with
  public Conditions(
      IdempotencyWindow window,
      Pending<? extends Append> pending,
      int maxCount,
      long maxBytes,
      LongSupplier ticker) {
    this.window = window;
    this.pending = pending;
    this.maxCount = maxCount;
    this.maxBytes = maxBytes;
    this.ticker = ticker;
  }

  /// What is committed of the draft's channel.
  ///
  /// @param endedAt offset of the publication that ended it, or 0
  /// @param ofKey whether `If-Match` asks for the draft's key, not for the channel
  /// @param current the offset that it asks for, 0 if nothing is held; looked at only if there is
  ///     such a condition
  public record Committed(long endedAt, boolean ofKey, long current) {}

  /// Answers a draft that is not to be appended; null if it is.
  ///
  /// @param print of the draft, if it has an idempotency key
  public @Nullable CompletableFuture<Receipt> refuse(
      String channel, Draft draft, long print, Committed committed) {
    if (draft.idempotencyKey() != null) {
      var use = window.find(channel, draft.idempotencyKey(), ticker.getAsLong());
      if (use != null) {
        return after(
            use.pending(),
            use.print() == print
                ? new Receipt.Appended(use.offset(), true)
                : new Receipt.Conflict(use.offset()));
      }
    }
    Pending.Tentative<? extends Append> tentative = pending.of(channel);
    Append end = tentative == null ? null : tentative.end();
    if (end != null || committed.endedAt > 0) {
      long endedAt = end == null ? committed.endedAt : end.publication().offset();
      return after(end, new Receipt.Ended(endedAt));
    }
    if (draft.ifMatch() != Draft.ANY) {
      Append rest = tentative == null ? null : current(tentative, draft, committed.ofKey);
      long current = rest == null ? committed.current : rest.publication().offset();
      if (current != draft.ifMatch()) {
        return after(rest, new Receipt.Mismatch(current));
      }
    }
    return isFull(pending.size(), pending.bytes(), draft) ? busy() : null;
  }

  private static @Nullable Append current(
      Pending.Tentative<? extends Append> tentative, Draft draft, boolean ofKey) {
    return ofKey ? tentative.of(Pending.key(draft.key())) : tentative.last();
  }

  /// Whether there is no room for a draft beside so many others.
  public boolean isFull(int count, long bytes, Draft draft) {
    return count >= maxCount || (count > 0 && bytes + draft.data().length > maxBytes);
  }

  /// The answer if there is no room.
  public static CompletableFuture<Receipt> busy() {
    return CompletableFuture.completedFuture(new Receipt.Busy(RETRY_AFTER_MILLIS));
  }

  private static CompletableFuture<Receipt> after(@Nullable Append append, Receipt receipt) {
    return append == null ? CompletableFuture.completedFuture(receipt) : append.then(receipt);
  }
}
