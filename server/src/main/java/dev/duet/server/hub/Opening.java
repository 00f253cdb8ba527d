package dev.duet.server.hub;

import dev.duet.broker.Log;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Span;
import dev.duet.protocol.Gap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What happens between a request for a stream and its first byte: its channels are watched, its
/// position is found, and what forbids it is known. Confined to the loop.
final class Opening {
  private final HubLoop loop;
  private final StreamRequest request;
  private final Subscriber subscriber;

  private Opening(HubLoop loop, StreamRequest request) {
    this.loop = loop;
    this.request = request;
    this.subscriber = new Subscriber(loop, request);
  }

  static CompletionStage<Admission> begin(HubLoop loop, StreamRequest request) {
    if (loop.stopped()) {
      return CompletableFuture.completedStage(new Admission(Admission.Verdict.STOPPING, null));
    }
    var opening = new Opening(loop, request);
    return loop.feeds()
        .watched(opening.subscriber.feeds())
        .thenComposeAsync(ignored -> opening.position(), loop::execute)
        .thenComposeAsync(opening::verdict, loop::execute)
        .whenComplete(
            (admission, failure) -> {
              if (failure != null || admission.verdict() != Admission.Verdict.READY) {
                loop.execute(opening.subscriber::close);
              }
            });
  }

  private CompletionStage<ReadPosition> position() {
    return Beginnings.find(
        loop,
        loop.feeds().byLog(subscriber.feeds()),
        request.cursor(),
        request.start(),
        !loop.feeds().anyKeepsLatest(subscriber.feeds()));
  }

  private CompletionStage<Admission> verdict(ReadPosition position) {
    if (loop.stopped() || subscriber.closed()) {
      return answer(Admission.Verdict.STOPPING);
    }
    if (!Feeds.endsKnown(subscriber.feeds())) {
      return loop.feeds()
          .watched(subscriber.feeds())
          .thenComposeAsync(ignored -> verdict(position), loop::execute);
    }
    if (allEnded(position)) {
      return answer(Admission.Verdict.ENDED);
    }
    subscriber.place(position);
    if (!request.endAtGap() || !request.wire().carriesCursor()) {
      return answer(Admission.Verdict.READY);
    }
    if (!position.first().isEmpty()) {
      return answer(Admission.Verdict.GAP);
    }
    return firstItems(position)
        .thenApplyAsync(
            gap -> admission(gap ? Admission.Verdict.GAP : Admission.Verdict.READY), loop::execute);
  }

  private boolean allEnded(ReadPosition position) {
    for (Feed feed : subscriber.feeds()) {
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
        Log log = loop.logs().log(l);
        var first = ReadRequest.forwards(spans, loop.readableTo(l, spans), 1, 1);
        pages.add(log.read(first).toCompletableFuture());
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

  private CompletionStage<Admission> answer(Admission.Verdict verdict) {
    return CompletableFuture.completedStage(admission(verdict));
  }

  private Admission admission(Admission.Verdict verdict) {
    return new Admission(verdict, verdict == Admission.Verdict.READY ? subscriber : null);
  }
}
