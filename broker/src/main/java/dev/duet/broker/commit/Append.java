package dev.duet.broker.commit;

import dev.duet.broker.Receipt;
import dev.duet.protocol.Publication;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A publication that has its offset and is not yet committed.
public class Append {
  private final Publication publication;
  private final IdempotencyWindow.@Nullable Entry use;
  private final int relief;
  private final CompletableFuture<Receipt> answer = new CompletableFuture<>();

  /// The one that was added to [Pending] after it.
  @Nullable Append next;

  /// @param publication what will be committed
  /// @param use the use of its idempotency key
  /// @param relief weight of the publication that this tombstone of the log's own takes away, or 0
  public Append(Publication publication, IdempotencyWindow.@Nullable Entry use, int relief) {
    this.publication = publication;
    this.use = use;
    this.relief = relief;
  }

  /// What will be committed.
  public final Publication publication() {
    return publication;
  }

  /// The use of its idempotency key.
  public final IdempotencyWindow.@Nullable Entry use() {
    return use;
  }

  /// Weight of the publication that this tombstone of the log's own takes away, or 0.
  public final int relief() {
    return relief;
  }

  /// Completes when it is committed or failed.
  public final CompletableFuture<Receipt> answer() {
    return answer;
  }

  /// An answer that rests on this append: it waits for it and fails with it.
  public final CompletableFuture<Receipt> then(Receipt receipt) {
    return answer.thenApply(own -> own instanceof Receipt.Appended ? receipt : own);
  }

  /// Whether it is a tombstone of the log's own.
  public final boolean isOwn() {
    return relief > 0;
  }
}
