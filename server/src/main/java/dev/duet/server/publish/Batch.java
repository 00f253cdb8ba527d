package dev.duet.server.publish;

import dev.duet.protocol.Draft;
import dev.duet.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A batch on its way into one channel. Lines without a condition follow each other without
/// waiting: if the commit of one fails, those of all after it fail with it. A line whose answer may
/// be a refusal that is not known at once (it has an idempotency key or `If-Match`) is waited for.
final class Batch {
  private final Publisher publisher;
  private final String channel;
  private final List<Draft> drafts;
  private final List<CompletableFuture<Outcome>> appended = new ArrayList<>();
  private final CompletableFuture<List<Outcome>> done = new CompletableFuture<>();

  Batch(Publisher publisher, String channel, List<Draft> drafts) {
    this.publisher = publisher;
    this.channel = channel;
    this.drafts = drafts;
  }

  CompletionStage<List<Outcome>> run() {
    goOn();
    return done;
  }

  private void goOn() {
    while (appended.size() < drafts.size()) {
      Draft draft = drafts.get(appended.size());
      CompletableFuture<Outcome> outcome;
      try {
        outcome = publisher.publish(channel, draft).toCompletableFuture();
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
        return;
      }
      appended.add(outcome);
      if (outcome.isCompletedExceptionally()) {
        break;
      }
      if (outcome.isDone()) {
        if (!(outcome.join() instanceof Outcome.Published)) {
          break;
        }
      } else if (draft.idempotencyKey() != null || draft.ifMatch() != Draft.ANY) {
        outcome.whenComplete(
            (known, failure) -> {
              if (known instanceof Outcome.Published) {
                goOn();
              } else {
                finish();
              }
            });
        return;
      }
    }
    finish();
  }

  private void finish() {
    CompletableFuture.allOf(appended.toArray(CompletableFuture[]::new))
        .whenComplete(
            (all, failure) -> {
              if (failure == null) {
                done.complete(outcomes());
              } else {
                done.completeExceptionally(failure);
              }
            });
  }

  private List<Outcome> outcomes() {
    var outcomes = new ArrayList<Outcome>(drafts.size());
    boolean tried = true;
    for (int i = 0; i < drafts.size(); i++) {
      if (tried) {
        Outcome outcome = appended.get(i).join();
        outcomes.add(outcome);
        tried = outcome instanceof Outcome.Published;
      } else {
        outcomes.add(
            new Outcome.Refused(
                channel,
                ErrorCode.NOT_TRIED,
                "a line before it was not appended, see the first problem",
                -1,
                0));
      }
    }
    return outcomes;
  }
}
