package dev.duet.server.hub;

import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Span;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What happens between a request for a stream and its first byte: its channels are watched, its
/// position is found, and what forbids it is known. Confined to the loop.
final class Opening {
  private final HubLoop loop;
  private final Subscriber subscriber;
  private final @Nullable Cursor cursor;
  private final Start start;

  private Opening(HubLoop loop, Subscriber subscriber, @Nullable Cursor cursor, Start start) {
    this.loop = loop;
    this.subscriber = subscriber;
    this.cursor = cursor;
    this.start = start;
  }

  /// Prepares a subscriber, which has joined its feeds, from a cursor or else a start. If it is
  /// [Admission.Verdict#READY] it is to be begun or closed, else it leaves its feeds. Completes on
  /// the loop.
  static CompletionStage<Admission.Verdict> begin(
      HubLoop loop, Subscriber subscriber, @Nullable Cursor cursor, Start start) {
    var opening = new Opening(loop, subscriber, cursor, start);
    return loop.feeds()
        .watched(subscriber.feeds().toArray())
        .thenComposeAsync(ignored -> opening.position(), loop::execute)
        .thenComposeAsync(opening::verdict, loop::execute)
        .whenComplete(
            (verdict, failure) -> {
              if (failure != null || verdict != Admission.Verdict.READY) {
                loop.execute(subscriber::leave);
              }
            });
  }

  private CompletionStage<ReadPosition> position() {
    return Beginnings.find(
        loop, loop.feeds().byLog(feeds()), cursor, start, !loop.feeds().anyKeepsLatest(feeds()));
  }

  private Feed[] feeds() {
    return subscriber.feeds().toArray();
  }

  private CompletionStage<Admission.Verdict> verdict(ReadPosition position) {
    if (loop.stopped() || subscriber.closed()) {
      return answer(Admission.Verdict.STOPPING);
    }
    if (!Feeds.endsKnown(feeds())) {
      return loop.feeds()
          .watched(feeds())
          .thenComposeAsync(ignored -> verdict(position), loop::execute);
    }
    if (allEnded(position)) {
      return answer(Admission.Verdict.ENDED);
    }
    subscriber.place(position);
    if (!subscriber.refusedAtGap()) {
      return answer(Admission.Verdict.READY);
    }
    if (!position.first().isEmpty()) {
      return answer(Admission.Verdict.GAP);
    }
    return firstItems(position)
        .thenApplyAsync(
            gap -> gap ? Admission.Verdict.GAP : Admission.Verdict.READY, loop::execute);
  }

  private boolean allEnded(ReadPosition position) {
    for (Feed feed : feeds()) {
      if (feed.endedAt == 0 || !position.complete(feed.log, feed.channel, feed.endedAt)) {
        return false;
      }
    }
    return position.first().isEmpty();
  }

  /// Whether the first thing that one of the logs would tell is a gap. What the ring still has is
  /// none.
  private CompletionStage<Boolean> firstItems(ReadPosition position) {
    var pages = new ArrayList<CompletableFuture<Page>>();
    var ring = new Catching(loop);
    for (int l = 0; l < loop.logs().size(); l++) {
      List<Span> spans = position.spans(l);
      if (spans != null && ring.find(l, position, loop.present(l), 1) == null) {
        var first = ReadRequest.forwards(spans, loop.readableTo(l, spans), 1, 1);
        pages.add(loop.read(l, first).toCompletableFuture());
      }
    }
    return CompletableFuture.allOf(pages.toArray(CompletableFuture[]::new))
        .thenApply(
            ignored ->
                pages.stream()
                    .anyMatch(
                        page ->
                            !page.join().items().isEmpty()
                                && page.join().items().getFirst() instanceof Gap));
  }

  private static CompletionStage<Admission.Verdict> answer(Admission.Verdict verdict) {
    return CompletableFuture.completedStage(verdict);
  }
}
