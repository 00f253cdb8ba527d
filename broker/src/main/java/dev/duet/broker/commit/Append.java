package dev.duet.broker.memory;

import dev.duet.broker.Receipt;
import dev.duet.protocol.Publication;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A publication that has its offset and is not yet committed.
///
/// @param publication what will be committed
/// @param use the use of its idempotency key
/// @param relief weight of the publication that this tombstone of the log's own takes away, or 0
/// @param answer completes when it is committed or failed
record Append(
    Publication publication,
    IdempotencyWindow.@Nullable Entry use,
    int relief,
    CompletableFuture<Receipt> answer) {

  /// An answer that rests on this append: it waits for it and fails with it.
  CompletableFuture<Receipt> then(Receipt receipt) {
    return answer.thenApply(own -> own instanceof Receipt.Appended ? receipt : own);
  }

  boolean isOwn() {
    return relief > 0;
  }
}
